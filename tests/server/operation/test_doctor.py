"""`liveblog doctor` says in one line each what is well and what is wrong, and never a secret."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from commands import run
from desk_client import Editor
from posters import until_redis_is
from processes import OrdinaryServer, Postgres, Redis, Server, environment, free_port

CHECKS = {
    "settings", "database", "redis", "clock", "media", "room", "open files", "server", "live socket", "proxy",
}  # fmt: skip


def found(env: dict[str, str], code: int) -> dict[str, list[str]]:
    """The lines, by what was looked at: the verdict, what was found, and what to do."""
    done = run("doctor", env=env)
    assert (done.returncode, done.stderr) == (code, ""), done.stderr + done.stdout
    for secret in (env.get("SECRET_KEY"), "p4ssw0rd"):
        assert secret is None or secret not in done.stdout
    lines = {}
    for line in done.stdout.splitlines():
        verdict, name, *rest = line.split("\t")
        assert verdict in {"ok", "wrong"}
        assert len(rest) == {"ok": 1, "wrong": 2}[verdict], line
        lines[name] = [verdict, *rest]
    assert lines.keys() == CHECKS
    return lines


def verdicts(lines: dict[str, list[str]]) -> set[str]:
    """What is wrong."""
    return {name for name, (verdict, *_) in lines.items() if verdict == "wrong"}


@pytest.fixture
def sound(shared_server: Server, editor: Editor) -> dict[str, str]:
    """The environment of a server that runs, and has a story."""
    editor.story()
    asyncio.run(until_redis_is("up", shared_server.url))
    return dict(shared_server.env)


def test_of_a_server_that_runs_all_is_well(sound: dict[str, str]) -> None:
    lines = found(sound, 0)
    assert lines["live socket"][1] == "opens"
    assert lines["proxy"][1].startswith("the server sees http")
    assert lines["media"][1] == "a file was stored, read and deleted"


def test_what_is_wrong_is_named_with_what_to_do(sound: dict[str, str]) -> None:
    port = free_port()
    away = {
        "BASE_URL": f"http://127.0.0.1:{port}",
        "REDIS_URL": f"redis://:p4ssw0rd@127.0.0.1:{port}",
        "LIVEBLOG_MAX_READERS": "900000",
    }
    lines = found(sound | away, 1)
    assert verdicts(lines) == {"redis", "server", "live socket", "proxy", "open files"}
    assert "REDIS_URL" in lines["redis"][2]
    assert "cannot be reached" in lines["server"][1]
    assert "LimitNOFILE=" in lines["open files"][2]
    lines = found(sound | {"SECRET_KEY": "x" * 40}, 1)
    assert verdicts(lines) == {"proxy"}
    assert "another SECRET_KEY" in lines["proxy"][1]


def test_postgresql_and_redis_are_asked(tmp_path: Path, postgres: Postgres, redis: Redis) -> None:
    settings: dict[str, Any] = {
        "DATABASE_URL": postgres.database("doctor"),
        "SECRET_KEY": "k" * 40,
        "REDIS_URL": redis.url,
    }
    folder = {"LIVEBLOG_DATA": str(tmp_path), "PORT": str(free_port())}
    env = environment(**settings, **folder)
    lines = found(env, 1)
    assert lines["database"][2] == "run: liveblog migrate"
    assert run("migrate", env=env).returncode == 0
    with OrdinaryServer(tmp_path / "server", **settings) as server:
        asyncio.run(until_redis_is("up", server.url))
        lines = found(env | {"PORT": str(server.port)}, 0)
    assert lines["database"][1].startswith("PostgreSQL answers in ")
    assert lines["clock"] == ["ok", "agrees with the database and Redis"]


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    done = run("doctor", env=environment(LIVEBLOG_DATA=str(tmp_path / "none")))
    assert done.returncode == 1
    assert "there is no database" in done.stderr
    assert not (tmp_path / "none").exists()
