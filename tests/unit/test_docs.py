"""Every setting, command and address is described in the documentation, and nothing that is not."""

from __future__ import annotations

import re

import pytest
import typer
from addresses import addresses
from paths import ROOT, TESTS

from liveblog import metrics
from liveblog.cli.main import app
from liveblog.models.content import EventKind
from liveblog.settings import FOR_COMMANDS, FROM_FILE, Settings
from liveblog.web.routes import routes

SETTINGS, COMMANDS, URLS = (
    (ROOT / "docs" / f"{name}.md").read_text() for name in ("settings", "commands", "urls")
)


def test_every_setting_is_documented_with_what_it_accepts_and_its_default() -> None:
    for field in Settings.model_fields.values():
        default = f" `{field.default}` " if field.default not in ("", None) else " "
        assert f"| `{field.alias}` | {field.description} |{default}|" in SETTINGS


def test_only_settings_that_exist_are_documented() -> None:
    known = {str(field.alias) for field in Settings.model_fields.values()}
    known |= {f"{name}_FILE" for name in FROM_FILE} | FOR_COMMANDS
    defaults = {str(field.default) for field in Settings.model_fields.values()}
    assert set(re.findall(r"`([A-Z][A-Z_]+)`", SETTINGS)) - defaults == known


def commands() -> dict[str, set[str]]:
    """The options of every command, by its whole name."""
    found = {}
    groups = [("liveblog", typer.main.get_command(app))]
    for name, command in groups:
        nested = getattr(command, "commands", None)
        if nested is None:
            options = {option for parameter in command.params for option in parameter.opts}
            found[name] = {option for option in options if option.startswith("--")} - {"--help"}
        else:
            groups += [(f"{name} {word}", inner) for word, inner in nested.items()]
    return found


@pytest.mark.parametrize("name", commands())
def test_every_command_is_documented_with_its_options(name: str) -> None:
    described = [line for line in COMMANDS.splitlines() if re.match(rf"\| `{name}[` ]", line)]
    assert len(described) == 1
    usage = described[0].split("`")[1]
    assert set(re.findall(r"--[a-z-]+", usage)) == commands()[name]


def test_only_commands_that_exist_are_documented() -> None:
    named = {
        re.sub(r" (\[|[A-Z-]).*", "", usage)
        for usage in re.findall(r"\| `(liveblog [^`]*)`", COMMANDS)
    }
    assert named - {"liveblog"} == commands().keys()


def documented() -> set[tuple[str, str]]:
    return set(re.findall(r"`(GET|POST|PUT|PATCH|DELETE|WS) (/[^`?]*)", URLS))


def test_every_address_is_documented_and_none_that_does_not_exist() -> None:
    assert documented() == addresses(routes(Settings()))


def test_every_metric_is_documented_and_none_that_does_not_exist() -> None:
    described = set(re.findall(r"^\| `(liveblog_\w+)` \| (.+) \|$", URLS, re.MULTILINE))
    counted = {
        (family.name + ("_total" if family.type == "counter" else ""), family.documentation)
        for family in metrics._registry.collect()
    }
    assert described == counted


def test_every_kind_of_event_is_documented_for_sockets_and_for_webhooks() -> None:
    webhooks = (ROOT / "docs" / "ways-in.md").read_text()
    for kind in EventKind:
        assert f"`{kind}`" in URLS
        assert f"`{kind}`" in webhooks


def test_every_failure_names_the_tests_that_show_what_closes_it() -> None:
    delivery = (ROOT / "docs" / "delivery.md").read_text()
    _, _, table = delivery.partition("| failure | closed by | shown by |\n|---|---|---|\n")
    rows = table.partition("\n\n")[0].splitlines()
    assert rows
    for row in rows:
        shown_by = row.rstrip("| ").rpartition("|")[2]
        assert re.fullmatch(r" (`test_\w+\.py`(, )?)+", shown_by), row


def test_every_test_that_is_named_exists() -> None:
    there = [path.relative_to(ROOT).as_posix() for path in TESTS.rglob("*.py")]
    code = [*(ROOT / "liveblog").rglob("*.py"), *(ROOT / "static").glob("*.css")]
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *code]:
        for name in re.findall(r"\btests/[\w/]+\.py\b|(?<!/)\btest_\w+\.py\b", page.read_text()):
            found = [path for path in there if path == name or path.endswith(f"/{name}")]
            assert len(found) == 1, f"{page.name} names {name}"
