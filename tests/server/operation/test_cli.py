"""The command line: what it does, what it prints, and one clear line for what goes wrong."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import typer
from commands import run
from desk_client import PASSWORD, Editor
from desk_forms import Desk
from processes import OURS, Server, environment, liveblog
from readers import Reader
from selectolax.lexbor import LexborHTMLParser
from typer._click.core import Command as TyperCommand

import liveblog as package
from liveblog.cli.main import app
from liveblog.demo.play import HERE


def every_command() -> Iterator[tuple[str, TyperCommand]]:
    """Each command and group by its words, the whole itself by none."""
    found: list[tuple[str, TyperCommand]] = [("", typer.main.get_command(app))]
    for words, command in found:
        found += [
            (f"{words} {word}".strip(), inner)
            for word, inner in getattr(command, "commands", {}).items()
        ]
    yield from found


STORED = """SELECT body FROM entries JOIN stories ON stories.id = story_id
WHERE slug = ? ORDER BY entries.seq"""
KHARKIV = HERE / "kharkiv.jsonl"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a data folder with a user and a story, and no server."""
    folder = tmp_path_factory.mktemp("cli")
    env = environment(LIVEBLOG_DATA=str(folder / "data"), LIVEBLOG_PASSWORD=PASSWORD)
    user = ("user", "add", "ann@example.org", "--name", "Ann", "--role", "editor")
    story = ("story", "add", "taken", "--title", "Taken")
    for command in (user, story):
        done = run(*command, env=env)
        assert done.returncode == 0, done.stderr
    yield env
    shutil.rmtree(folder)


def test_every_command_has_its_help() -> None:
    env = environment(LIVEBLOG_DATA="/dev/null/nowhere")  # help needs nothing
    for words, _ in every_command():
        done = run(*words.split(), "--help", env=env)
        assert done.returncode == 0, words
        assert "Usage: liveblog" in done.stdout
        assert done.stderr == ""


def test_help_describes_every_argument_and_tells_every_default() -> None:
    """A required one says so, a flag is off; what is left out otherwise is told."""
    for words, command in every_command():
        assert command.help, words
        for parameter in command.params:
            assert getattr(parameter, "help", None), (words, parameter.name)
            told = getattr(parameter, "show_default", None)
            flag = getattr(parameter, "is_flag", False)
            assert parameter.required or flag or isinstance(told, str), (words, parameter.name)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_a_byte_order_mark_is_read_and_kept_out_of_the_text(
    place: dict[str, str], tmp_path: Path, encoding: str
) -> None:
    mark = "" if encoding != "utf-16-be" else "\ufeff"
    lines = [json.dumps({"body": f"Київ {number}"}, ensure_ascii=False) for number in range(3)]
    file = tmp_path / "entries.jsonl"
    file.write_bytes(f"{mark}{lines[0]}\r\n\ufeff{lines[1]}\r{lines[2]}\n".encode(encoding))
    slug = f"marked-{encoding}"
    assert run("story", "add", slug, "--title", "Marked", env=place).returncode == 0
    done = run("import", slug, str(file), env=place)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("3 entries")
    text = f"{mark}Київ \ufeff**now**".encode(encoding)
    done = run("post", slug, env=place, stdin=text)
    assert done.returncode == 0, done.stderr
    database = Path(place["LIVEBLOG_DATA"]) / "liveblog.sqlite3"
    with closing(sqlite3.connect(database)) as opened:
        bodies = [body for (body,) in opened.execute(STORED, (slug,))]
    assert bodies == ["Київ 0", "Київ 1", "Київ 2", "Київ **now**"]


def test_the_version_is_printed_alone() -> None:
    done = liveblog("--version", env=environment())
    assert (done.returncode, done.stdout) == (0, f"{package.__version__}\n")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("post unknown Text", "no story 'unknown'"),
        ("post taken", "body: must not be empty"),
        ("post taken []()", "body: shows nothing"),
        ("post taken {65 KiB}", "body: is too long by about 1030 characters (66560 bytes"),
        ("post taken {bytes}", "UTF-8"),
        ("story add taken --title Again", "slug: 'taken' is taken"),
        ("story add No! --title X", "slug: must be small letters"),
        ("story add other", "Missing option '--title'"),
        ("story add other --title {bytes}", "UTF-8"),
        ("import unknown {one line}", "no story 'unknown'"),
        ("import taken nowhere.jsonl", "'nowhere.jsonl' cannot be read (No such file"),
        ("import taken .", "'.' holds no story.json"),
        ("import taken {bad line}", "bad.jsonl line 3: body: is missing; boddy: is not a known"),
        ("import taken {no JSON}", "no.jsonl line 1: is not valid JSON"),
        ("import taken {empty line}", "empty.jsonl line 2: body: shows nothing"),
        ("user add ann@example.org --name Ann --role editor", "'ann@example.org' has an account"),
        ("user add ann --name Ann --role editor", "EMAIL: 'ann' was given; accepted: an e-mail"),
        ("user add bob@example.org --name Bob --role king", "'king' is not one of 'admin'"),
        ("user add bob@example.org --role editor", "Missing option '--name'"),
        ("token add nobody@example.org --label x", "no user 'nobody@example.org'"),
        ("token revoke ann@example.org --label none", "no valid token labelled 'none'"),
        ("user role nobody@example.org editor", "no user 'nobody@example.org'"),
        ("user role ann@example.org king", "'king' is not one of 'admin'"),
        ("user password nobody@example.org", "no user 'nobody@example.org'"),
        ("token list nobody@example.org", "no user 'nobody@example.org'"),
        ("story status unknown ended", "no story 'unknown'"),
        ("story status taken over", "'over' is not one of"),
        ("publish taken", "No such command 'publish'"),
        ("post --loud taken Text", "No such option: --loud"),
        ("serve --port many", "--port"),
        ("serve --port 65536", "PORT: 65536 was given; accepted: a port from 0"),
        ("serve --workers 0", "WEB_CONCURRENCY: 0 was given"),
        ("migrate now", "unexpected extra argument"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(
    place: dict[str, str], tmp_path: Path, command: str, says: str
) -> None:
    (tmp_path / "one.jsonl").write_text('{"body": "One."}\n')
    (tmp_path / "bad.jsonl").write_text('{"body": "One."}\n\n{"boddy": "Two."}\n')
    (tmp_path / "no.jsonl").write_bytes(b"\xff\x00")
    (tmp_path / "empty.jsonl").write_text('{"body": "One."}\n{"body": "[](/x)"}\n')
    words = {
        "{one line}": "one.jsonl", "{bad line}": "bad.jsonl", "{no JSON}": "no.jsonl",
        "{empty line}": "empty.jsonl", "{65 KiB}": "x" * 66_560, "{bytes}": "\udcff",
    }  # fmt: skip
    given = [words.get(word, word) for word in re.findall(r"{[^}]*}|\S+", command)]
    done = run(*given, env=place, cwd=tmp_path)
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    assert done.stderr.startswith("liveblog: ")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 500


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"LIVEBLOG_PASSWORD": ""}, "LIVEBLOG_PASSWORD: nothing was given"),
        ({"LIVEBLOG_PASSWORD": "short"}, "LIVEBLOG_PASSWORD: must have at least 12 characters"),
    ],
)
def test_a_user_needs_a_password(
    place: dict[str, str], settings: dict[str, str], says: str
) -> None:
    named = ("user", "add", "bob@example.org", "--name", "Bob", "--role", "editor")
    done = run(*named, env=place | settings)
    assert done.returncode == 1
    assert done.stderr.startswith(f"liveblog: {says}")
    assert len(done.stderr.splitlines()) == 1
    assert "short" not in done.stderr.replace("too short", "")


def test_after_all_that_nothing_is_stored(place: dict[str, str], tmp_path: Path) -> None:
    """No line of a file is stored where another of its lines is wrong."""
    (tmp_path / "empty.jsonl").write_text('{"body": "One."}\n{"body": "[](/x)"}\n')
    assert run("import", "taken", "empty.jsonl", env=place, cwd=tmp_path).returncode == 1
    done = run("post", "taken", "Text", env=place)
    assert done.returncode == 0
    with Server(Path(place["LIVEBLOG_DATA"]).parent, LIVEBLOG_LOG_LEVEL="warning") as server:
        token = run("token", "add", "ann@example.org", "--label", "x", env=server.env)
        editor = Editor(server.url, token.stdout.strip())
        listed = editor.http.get("/api/stories/taken/entries").json()["entries"]
        editor.close()
    assert [entry["body"] for entry in listed] == ["Text"]


async def test_posts_reach_readers_of_the_running_server(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    async with Reader(shared_server.ws, slug, after=0) as reader:
        # Without its PORT: where the server is, its data folder tells.
        env = {name: value for name, value in shared_server.env.items() if name != "PORT"}
        one = run("post", slug, "From an **argument**.", env=env)
        assert one.returncode == 0, one.stderr
        await reader.until(1)
        two = run("post", slug, env=shared_server.env, stdin="From standard\ninput: ж.\n")
        assert two.returncode == 0, two.stderr
        await reader.until(2)
    assert "From an <strong>argument</strong>." in reader.events[0]["html"]
    assert "From standard\ninput: ж." in reader.events[1]["html"]
    address = one.stdout.strip()
    assert address == f"{shared_server.url}/stories/{slug}/entries/{reader.events[0]['id']}"
    assert editor.http.get(address).status_code == 200


def test_a_whole_newsroom_is_set_up_by_commands(shared_server: Server) -> None:
    env = shared_server.env | {"LIVEBLOG_PASSWORD": PASSWORD}
    named = ("user", "add", "Zoe@Example.org", "--name", "Zoë", "--role", "editor")
    assert run(*named, env=env).returncode == 0
    browser = Desk(shared_server.url)
    assert browser.sign_in("zoe@example.org").status_code == 303
    browser.close()
    token = run("token", "add", "zoe@example.org", "--label", "tool", env=env)
    assert re.fullmatch(r"lb_[\w-]{43}\n", token.stdout)
    assert token.stderr == ""
    story = run("story", "add", "set-up", "--title", "Наживо: “set up”", env=env)
    assert story.stdout == f"{shared_server.url}/stories/set-up\n"
    editor = Editor(shared_server.url, token.stdout.strip())
    made = editor.http.get("/api/stories/set-up").json()
    editor.close()
    assert (made["title"], made["status"]) == ("Наживо: “set up”", "live")


async def test_roles_tokens_and_statuses_are_listed_and_changed(shared_server: Server) -> None:
    env = shared_server.env | {"LIVEBLOG_PASSWORD": PASSWORD}
    for words in (
        ("user", "add", "lia@example.org", "--name", "Lia", "--role", "contributor"),
        ("user", "role", "Lia@example.org", "editor"),
        ("token", "add", "lia@example.org", "--label", "field kit"),
        ("story", "add", "by-command", "--title", "Told by commands"),
    ):
        done = run(*words, env=env)
        assert done.returncode == 0, done.stderr
    assert "lia@example.org\teditor\tactive\tLia\n" in run("user", "list", env=env).stdout
    listed = run("token", "list", "lia@example.org", env=env).stdout
    assert re.fullmatch(r"lia@example.org\tfield kit\t[0-9-]+ [0-9:]+\tnever\n", listed)
    assert listed in run("token", "list", env=env).stdout
    async with Reader(shared_server.ws, "by-command", after=0) as reader:
        done = run("story", "status", "by-command", "paused", env=env)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        await reader.until(1)
    assert reader.events[0]["kind"] == "story.updated"
    assert "by-command\tpaused\t1\tTold by commands\n" in run("story", "list", env=env).stdout


def test_a_password_that_is_refused_is_asked_for_again(tmp_path: Path) -> None:
    """In a terminal: the rule is told first, and what was wrong, and nothing else is lost."""
    env = environment(LIVEBLOG_DATA=str(tmp_path / "data"), NO_COLOR="1", TERM="dumb")
    child, terminal = pty.fork()
    if child == 0:
        words = ["user", "add", "ann@example.org", "--name", "Ann", "--role", "admin"]
        os.execve(sys.executable, [*OURS, *words], env)
    said = ""

    def answer(question: str, typed: str) -> str:
        heard = ""
        while not heard.endswith(question):
            heard += os.read(terminal, 1024).decode()
        os.write(terminal, f"{typed}\n".encode())
        return heard

    rule = "Password (at least 12 characters; a few words do well): "
    answer(rule, "short")
    answer("Repeat for confirmation: ", "short")
    said = answer(rule, PASSWORD)
    assert "The password: must have at least 12 characters" in said
    answer("Repeat for confirmation: ", PASSWORD)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(terminal)
    assert run("user", "list", env=env).stdout == "ann@example.org\tadmin\tactive\tAnn\n"


def test_an_import_shows_every_credit_source_label_verification_and_dateline(
    shared_server: Server, editor: Editor
) -> None:
    """The ground updates from Kharkiv: 16 entries, in their order."""
    slug = editor.story("kharkiv-imported", timezone="Europe/Kyiv")
    done = run("import", slug, str(KHARKIV), env=shared_server.env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"16 entries: {shared_server.url}/stories/{slug}\n"
    lines = [json.loads(line) for line in KHARKIV.read_text().splitlines()]
    assert len(lines) == 16
    page = LexborHTMLParser(editor.http.get(f"/stories/{slug}").text)
    articles = {str(article.id): article for article in page.css("article")}
    made = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"][::-1]
    assert [entry["seq"] for entry in made] == list(range(1, 17))
    assert [entry["body"] for entry in made] == [line["body"] for line in lines]
    assert list(articles) == [entry["id"] for entry in made[::-1]]
    (pinned,) = (entry["id"] for entry in made if entry["pinned"])
    assert [pin.attributes["data-entry"] for pin in page.css(".pin")] == [pinned]
    for line, entry in zip(lines, made, strict=True):
        text = " ".join(articles[entry["id"]].text().split())
        for credit in line["credits"]:
            assert credit["name"] in text
            assert credit["handle"] in text
        for source in line.get("sources", []):
            assert source["name"] in text
            assert source.get("quote", "") in text
        for label in line.get("labels", []):
            assert label.lower() in text.lower()
        assert line.get("dateline", "") in text
        assert line.get("headline", "") in text
        sure = articles[entry["id"]].css_first(".sure")
        assert (sure.attributes["data-sure"] if sure else None) == line.get("verification")
    keys = [entry["id"] for entry in made[::-1] if entry["key"]]
    assert [node.attributes["data-entry"] for node in page.css(".points li")] == keys[:7]
