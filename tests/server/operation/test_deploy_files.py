"""The files of `deploy/`, the Dockerfile and their documentation: read by the programs they are for, and compared with
the server."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import httpx2
import pytest
from desk_client import Editor
from metrics import metric
from paths import ROOT
from processes import NO_TLS, PATIENCE, Process, Server, free_port, until

from liveblog import metrics
from liveblog.settings import FROM_FILE, Settings
from liveblog.web.http.policy import FILES
from liveblog.web.routes import wings

DEPLOY = ROOT / "deploy"
OURS = re.compile(r"\bliveblog_\w+")
OF_EXPORTERS = {
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "node_systemd_timer_last_trigger_seconds",
    "node_systemd_unit_state",
    "node_timex_offset_seconds",
    "node_timex_sync_status",
    "probe_ssl_earliest_cert_expiry",
    "probe_success",
}
# What a shared cache may keep without asking: nothing that the newsroom writes.
UNWRITTEN = {
    "/embed.js",
    "/element.js",
    "/client.js",
    "/client.d.ts",
    "/favicon.ico",
    "/robots.txt",
}

LEVELS = {name: name for name in ("debug", "info", "warning", "error", "critical")}
LEVELS["exception"] = "error"


def program(name: str, package: str) -> str:
    """The path of a program. Skips the test where its Debian package is not installed."""
    found = shutil.which(name, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        pytest.skip(f"{name} is not here: apt-get install {package}")
    return found


def check(*words: str, cwd: Path | None = None, stdin: str = "") -> str:
    """Runs a checker, and returns what it says. Fails with that if it refuses."""
    done = subprocess.run(
        words,
        input=stdin,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(cwd or ROOT), "HOST": "x.test"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def exposed() -> set[str]:
    """The names of all series of `/metrics`."""
    lines = metrics.exposition()[0].decode().splitlines()
    return {re.split(r"[{ ]", line)[0] for line in lines if not line.startswith("#")}


def test_alerts_and_dashboard_name_metrics_that_exist() -> None:
    rules = (DEPLOY / "alerts.yml").read_text()
    expressions = " ".join(
        re.findall(r"expr: (?:>\n)?((?:.|\n)*?)\n        (?:for|labels):", rules)
    )
    board = json.loads((DEPLOY / "grafana.json").read_text())
    asked = " ".join(one["expr"] for panel in board["panels"] for one in panel["targets"])
    asked += board["annotations"]["list"][0]["expr"]
    named = set(OURS.findall(expressions + asked))
    assert named <= exposed()
    assert set(re.findall(r"\b(?:node|probe)_\w+", expressions)) == OF_EXPORTERS
    counted = {
        re.sub(r"_(bucket|sum|count)$", "", name)
        for name in exposed()
        if not name.endswith("_created")
    }
    assert {re.sub(r"_bucket$", "", name) for name in OURS.findall(asked)} == counted


def test_every_alert_is_explained() -> None:
    rules = (DEPLOY / "alerts.yml").read_text()
    alerts = re.findall(r"- alert: (\w+)", rules)
    explained = re.findall(
        r"^### (Liveblog\w+)$", (ROOT / "docs" / "operate.md").read_text(), re.MULTILINE
    )
    assert alerts == sorted(alerts, key=explained.index)
    assert set(alerts) == set(explained)
    assert re.findall(r"docs/operate\.md#(\w+)", rules) == [name.lower() for name in alerts]


def test_every_event_of_the_log_is_explained_with_its_level() -> None:
    _, _, table = (ROOT / "docs" / "operate.md").read_text().partition("## What the log says")
    explained = {
        event: set(levels.split(", "))
        for event, levels in re.findall(r"^\| `(.+?)` \| ([a-z, ]+) \| .+ \|$", table, re.MULTILINE)
    }
    assert explained == logged()


def logged() -> dict[str, set[str]]:
    """The events in the code, with their levels."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "liveblog").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr=level), args=[event, *_]
                ) if level in LEVELS:
                    assert isinstance(event, ast.Constant), f"{path}: {ast.unparse(event)}"
                    found.setdefault(str(event.value), set()).add(LEVELS[level])
    return found


def test_prometheus_takes_the_rules_and_they_fire(tmp_path: Path) -> None:
    promtool = program("promtool", "prometheus")
    check(promtool, "check", "config", "prometheus.yml", cwd=DEPLOY)
    cases = {
        "LiveblogRedisAway": ("liveblog_redis_up", "0x20"),
        "LiveblogDown": ("up", "0x20"),
        "LiveblogReadersLost": ("liveblog_readers", "1000x10 10x10"),
        "LiveblogReadersRefused": ("liveblog_readers_refused_total", "0+5x20"),
    }
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": f'{series}{{job="liveblog"}}', "values": values}],
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{alert}", alertstate="firing"}})',
                    "eval_time": "15m",
                    "exp_samples": [{"labels": "{}", "value": 1}],
                }
            ],
        }
        for alert, (series, values) in cases.items()
    ]
    file = tmp_path / "cases.yml"  # JSON is YAML
    file.write_text(json.dumps({"rule_files": [str(DEPLOY / "alerts.yml")], "tests": tests}))
    check(promtool, "test", "rules", str(file))


async def test_prometheus_reads_a_server(shared_server: Server, tmp_path: Path) -> None:
    prometheus, promtool = program("prometheus", "prometheus"), program("promtool", "prometheus")
    given = httpx2.get(f"{shared_server.url}/metrics", trust_env=False, verify=NO_TLS).text
    check(promtool, "check", "metrics", stdin=given)
    text = (DEPLOY / "prometheus.yml").read_text()
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{shared_server.port}").replace("15s", "1s")
    (tmp_path / "prometheus.yml").write_text(text)
    shutil.copy(DEPLOY / "alerts.yml", tmp_path)
    url = f"http://127.0.0.1:{free_port()}"
    command = [prometheus, "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    command += [f"--web.listen-address={url.removeprefix('http://')}"]
    with (
        Process(command, {}, tmp_path / "log", cwd=tmp_path) as running,
        httpx2.Client(base_url=url, verify=NO_TLS, trust_env=False) as client,
    ):

        def hears() -> bool:
            assert running.child.poll() is None, running.said()
            asked = {"query": 'liveblog_redis_up{job="liveblog"}'}
            try:
                found = client.get("/api/v1/query", params=asked).json()["data"]["result"]
            except (httpx2.TransportError, KeyError, ValueError):
                return False
            return bool(found) and found[0]["value"][1] == "1"

        await until(hears)
    assert metric(shared_server, "liveblog_redis_up") == 1


@pytest.mark.parametrize(
    "unit", ["liveblog.service", "liveblog-backup.service", "liveblog-backup.timer"]
)
def test_systemd_takes_the_units(unit: str, tmp_path: Path) -> None:
    """With programs of this machine in the place of ours: systemd looks whether they exist."""
    analyze = program("systemd-analyze", "systemd")
    for one in DEPLOY.glob("liveblog*.*"):
        text = one.read_text().replace("/opt/liveblog/.venv/bin/liveblog", "/bin/true")
        (tmp_path / one.name).write_text(text.replace("file:/opt/liveblog/docs", "file:/usr"))
    said = check(analyze, "verify", "--man=no", str(tmp_path / unit))
    assert [line for line in said.splitlines() if "liveblog" in line] == []
    if unit.endswith(".service"):
        check(analyze, "security", "--offline=true", "--threshold=15", str(tmp_path / unit))


def test_scripts_are_shell_and_refuse_what_they_cannot_do(tmp_path: Path) -> None:
    for name in ("install", "liveblog", "compose-secrets"):
        check("/bin/sh", "-n", str(DEPLOY / name))
    for given in ([], ["live.example.org"], ["live.example.org/x", "me@example.org"]):
        done = subprocess.run([DEPLOY / "install", *given], capture_output=True, check=False)
        assert done.returncode == 2
    shutil.copytree(DEPLOY, tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    secrets, found = tmp_path / "deploy" / "secrets", []
    for _ in range(2):  # the second time, it replaces nothing
        made_by = f"umask 077; exec {tmp_path}/deploy/compose-secrets news.example"
        check("/bin/sh", "-c", made_by, cwd=tmp_path)
        found.append({path.name: path.read_text() for path in secrets.iterdir() if path.is_file()})
    made = found[0]
    assert found[1] == made
    assert (secrets.stat().st_mode & 0o777) == 0o700
    modes = {path.stat().st_mode & 0o777 for path in secrets.iterdir() if path.is_file()}
    assert modes == {0o644}  # the containers have users of their own
    assert len(made["secret_key"]) == 64
    assert made["database_url"].endswith(f":{made['database_password']}@database/liveblog")
    assert "live.example.org" not in made["site.conf"]
    assert "server 10.83.0.10:8000 " in made["site.conf"]


def test_the_command_has_the_settings_of_the_service(tmp_path: Path) -> None:
    """As systemd reads its file of settings: no value is run by a shell, or cut off."""
    settings = {
        "DATABASE_URL": "postgresql://u:p$HOME@db/live?a=1&b=2;c",
        "LIVEBLOG_SITE_NAME": "The `id` of $(id), and more",
        "SECRET_KEY": "a#b*c'd",
    }
    lines = ["# COMMENT=1", "", "nothing", "  LIVEBLOG_DATA=/x  ", 'HOST="a', "PORT='1'"]
    lines += [f'{name}="{value}"' if " " in value else f"{name}={value}" for name, value in settings.items()]  # fmt: skip
    (tmp_path / "environment").write_text("\n".join(lines))
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "id").write_text("#!/bin/sh\necho 0\n")
    (programs / "runuser").write_text('#!/bin/sh\nshift 4\n"$(command -v env)" -0\necho "$@"\n')
    for name in ("id", "runuser"):
        (programs / name).chmod(0o755)
    text = (DEPLOY / "liveblog").read_text().replace("/etc/liveblog", str(tmp_path))
    (tmp_path / "liveblog").write_text(text.replace("/var/lib/liveblog", str(tmp_path)))
    done = subprocess.run(
        ["/bin/sh", tmp_path / "liveblog", "post", "a story", "two  words"],
        env={"PATH": f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    *given, words = done.stdout.split("\0")
    assert words == "post a story two  words\n"
    found = dict(one.split("=", 1) for one in given)
    wanted = settings | {"LIVEBLOG_DATA": "/x", "HOST": '"a', "PORT": "1"}
    assert {name: found[name] for name in wanted} == wanted
    assert "COMMENT" not in found


def test_the_nightly_backup_and_the_list_of_purges(
    shared_server: Server, editor: Editor, tmp_path: Path
) -> None:
    slug = editor.story()
    purged = editor.post(slug, "A word that must go.")["id"]
    editor.remove(slug, purged, purge=True)
    unit = (DEPLOY / "liveblog-backup.service").read_text()
    for line in re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE):
        words = shlex.split(line.replace("%%", "%").replace("$$", "$"))
        words[-1] = words[-1].replace("/var/lib/liveblog-backups", str(tmp_path))
        ours = str(Path(sys.executable).with_name("liveblog"))
        words[-1] = words[-1].replace("/opt/liveblog/.venv/bin/liveblog", ours)
        subprocess.run(words, env=shared_server.env, check=True, timeout=PATIENCE)
    made = {path.name: path for path in tmp_path.iterdir()}
    assert purged in made.pop("purged.txt").read_text().splitlines()
    [(name, backup)] = made.items()
    assert re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\.backup", name)
    assert (backup.stat().st_mode & 0o777) == 0o600
    assert tarfile.is_tarfile(backup)


def test_the_server_is_started_again_for_as_long_as_it_takes() -> None:
    """By itself, systemd gives up after five starts in ten seconds: while a database restarts."""
    unit = (DEPLOY / "liveblog.service").read_text()
    assert "\nStartLimitIntervalSec=0\n" in unit.partition("\n[Service]")[0]
    assert "\nRestart=always\n" in unit


def test_nginx_has_room_for_readers_wherever_it_runs() -> None:
    """Debian's own file has 768 connections for a worker, the image's 1,024."""
    for name, given in (
        ("install", "\tworker_connections 768;\n"),
        ("compose.yaml", "    worker_connections  1024;\n"),
    ):
        [change] = re.findall(r"'(s/worker_connections .+?)'", (DEPLOY / name).read_text())
        assert "worker_connections 32768;" in check("sed", change, stdin=given)


def test_the_image_is_made_of_what_is_there() -> None:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY ")]
    ours = {name for names in copied if not names[0].startswith("--") for name in names}
    assert {name for name in ours if not (ROOT / name).exists()} == set()
    let_in = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert {name.split("/")[0] for name in ours} == let_in
    final = text[text.rindex("\nFROM ") :]
    assert "\nUSER 10001:10001\n" in final
    assert "--require-hashes" in text


def test_files_name_settings_that_exist() -> None:
    known = {str(field.alias) for field in Settings.model_fields.values()}
    known |= {f"{name}_FILE" for name in FROM_FILE}
    compose = (DEPLOY / "compose.yaml").read_text()
    block = compose.partition("environment: &settings\n")[2].partition("\n  secrets:")[0]
    named = set(re.findall(r"^    ([A-Z_]+):", block, re.MULTILINE)) | {"WEB_CONCURRENCY"}
    named |= set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "environment").read_text(), re.MULTILINE))
    final = (ROOT / "Dockerfile").read_text()
    named |= set(re.findall(r"^    (HOST|PORT|LIVEBLOG_\w+)=", final, re.MULTILINE))
    assert named > {"BASE_URL", "DATABASE_URL_FILE", "LIVEBLOG_DATA"}
    assert named <= known


def test_no_shared_cache_may_keep_a_page_of_the_newsroom_without_asking() -> None:
    """What a takedown takes out must be out of each cache within 2 s. No cache has to be told."""
    for wing in wings(Settings.read({})):
        for address, policy in wing.addresses:
            kept = policy.cache_control
            path = wing.prefix + address.path
            if path not in UNWRITTEN and policy is not FILES and not path.startswith("/static/"):
                assert kept in {"public, no-cache", "no-store"}, path
            if policy.private:
                assert kept == "no-store", path


@pytest.mark.parametrize(
    ("name", "package", "words"),
    [
        ("caddy", "caddy", ["validate", "--adapter", "caddyfile", "--config", "Caddyfile"]),
        ("varnishd", "varnish", ["-C", "-f", str(DEPLOY / "varnish.vcl")]),
    ],
)
def test_other_proxies_take_their_files(
    name: str, package: str, words: list[str], tmp_path: Path
) -> None:
    shutil.copy(DEPLOY / "Caddyfile", tmp_path)
    check(program(name, package), *words, cwd=tmp_path)
