"""What cannot be served is said at the start: one line, with the setting and what it accepts."""

from __future__ import annotations

import re
import secrets
import socket
import sqlite3
import sys
import threading
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from commands import run
from processes import PATIENCE, Process, Server, environment, free_port

from liveblog.errors import SettingsError
from liveblog.process.listeners import listen
from liveblog.settings import Settings

SECRET = "hunter2"
LONG_SECRET = SECRET * 6


def refusal(folder: Path, **settings: str) -> str:
    """The one line with which a start is refused."""
    given = {"LIVEBLOG_DATA": str(folder / "data"), "PORT": str(free_port())} | settings
    done = run("serve", env=environment(**given))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("liveblog: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert SECRET not in done.stderr
    return done.stderr.removeprefix("liveblog: ").strip()


@pytest.mark.parametrize(
    ("setting", "given", "accepted"),
    [
        ("PORT", "http", "0 (any) to 65535"),
        ("WEB_CONCURRENCY", "0", "1 to 64"),
        (
            "DATABASE_URL",
            f"mysql://desk:{SECRET}@localhost/desk",
            "sqlite:///PATH or postgresql://",
        ),
        ("REDIS_URL", f"http://:{SECRET}@localhost", "cluster://HOST:PORT"),
        ("REDIS_URL", f"redis://:{SECRET}@localhost/0?option={SECRET}", "redis://, rediss://"),
        ("SECRET_KEY", SECRET, "at least 32 characters"),
        ("SECRET_KEY_FILE", "no/such/file", "a file that can be read"),
        ("BASE_URL", "example.org", "http:// or https://"),
        ("LIVEBLOG_LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("LIVEBLOG_REACH", "many", "from 100 to 1000000"),
        ("HOST", "203.0.113.9", "an address of this machine"),
    ],
)
def test_a_wrong_setting_stops_the_start(
    tmp_path: Path, setting: str, given: str, accepted: str
) -> None:
    said = refusal(tmp_path, **{setting: given})
    assert said.startswith(setting)
    assert accepted in said
    assert given in said or SECRET in given


def test_a_secret_from_a_file_is_read_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(LONG_SECRET + "\n")
    assert Settings.read({"SECRET_KEY_FILE": str(file)}).secret_key == LONG_SECRET
    file.write_text(SECRET)
    said = refusal(tmp_path, SECRET_KEY_FILE=str(file))
    assert said.startswith("SECRET_KEY: ")


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        said = refusal(tmp_path, PORT=str(port))
    assert f"127.0.0.1:{port}" in said
    assert "PORT" in said
    assert "choose another" in said


def test_a_port_that_is_let_go_soon_is_waited_for() -> None:
    with socket.socket() as dying:
        dying.bind(("127.0.0.1", free_port()))
        dying.listen()
        port = dying.getsockname()[1]
        with pytest.raises(SettingsError, match="in use"):
            listen("127.0.0.1", port)
        leaving = threading.Timer(0.2, dying.close)
        leaving.start()
        with listen("127.0.0.1", port, within=PATIENCE) as heir:
            assert heir.getsockname()[1] == port
        leaving.join()


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = str(tmp_path / "file" / "data")
    said = refusal(tmp_path, LIVEBLOG_DATA=folder)
    assert said.startswith("LIVEBLOG_DATA: ")
    assert folder in said
    assert "accepted" in said


@pytest.mark.parametrize("path", ["missing/liveblog.sqlite3", "folder", ":memory:"])
def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    url = f"sqlite:///{path if path == ':memory:' else tmp_path / path}"
    said = refusal(tmp_path, DATABASE_URL=url)
    assert said.startswith("DATABASE_URL: ")
    assert url in said
    assert "accepted" in said


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content := secrets.token_bytes(8192))
    said = refusal(tmp_path, DATABASE_URL=f"sqlite:///{path}")
    assert said.startswith("DATABASE_URL: ")
    assert str(path) in said
    assert "not a database" in said
    assert path.read_bytes() == content


def test_a_database_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newer.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    said = refusal(tmp_path, DATABASE_URL=f"sqlite:///{path}")
    assert said.startswith("DATABASE_URL: ")
    assert "'9999'" in said
    assert "accepted" in said
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [
            ("alembic_version",)
        ]


def test_postgresql_needs_a_secret_key(tmp_path: Path) -> None:
    url = f"postgresql://desk:{SECRET}@127.0.0.1:{free_port()}/desk"
    said = refusal(tmp_path, DATABASE_URL=url)
    assert said.startswith("SECRET_KEY: ")


def test_a_postgresql_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Whether the driver is installed or not: nothing listens at the address either."""
    url = f"postgresql://desk:{SECRET}@127.0.0.1:{free_port()}/desk"
    said = refusal(tmp_path, DATABASE_URL=url, SECRET_KEY=LONG_SECRET)
    assert said.startswith("DATABASE_URL: ")


def test_servers_on_postgresql_are_told_to_share_the_folder_of_their_media(
    postgres_server: Server,
) -> None:
    said = [line for line in postgres_server.said().splitlines() if "LIVEBLOG_MEDIA" in line]
    assert len(said) == 1
    assert "must share it" in said[0]
    assert str(postgres_server.folder / "data" / "media") in said[0]


def test_of_two_servers_on_one_port_one_serves_and_one_says_why_not(tmp_path: Path) -> None:
    port = str(free_port())

    def start(name: str) -> Process:
        env = environment(LIVEBLOG_DATA=str(tmp_path / name), PORT=port)
        return Process([sys.executable, "-m", "liveblog", "serve"], env, tmp_path / f"{name}.log")

    with start("one") as one, start("other") as other:
        deadline = time.monotonic() + PATIENCE
        while one.child.poll() is other.child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        ended, serving = (other, one) if one.child.poll() is None else (one, other)
        assert ended.child.poll() == 1
        assert "choose another PORT" in ended.said()
        assert ended.said().count("\n") == 1
        assert serving.child.poll() is None


def test_a_publishers_stylesheet_is_loaded_after_ours(tmp_path: Path) -> None:
    theme = tmp_path / "our.css"
    theme.write_text(":root { --live: #00508f }", encoding="utf-8")
    with Server(tmp_path / "server", LIVEBLOG_STYLESHEET=str(theme)) as server:
        with urllib.request.urlopen(f"{server.url}/") as answer:
            page = answer.read().decode()
        first, second = re.findall(r'rel="stylesheet" href="([^"]+)"', page)
        assert first.endswith("/liveblog.css")
        with urllib.request.urlopen(server.url + second) as answer:
            assert answer.headers.get_content_type() == "text/css"
            assert "#00508f" in answer.read().decode()
        assert "LIVEBLOG_MEDIA" not in server.said()  # nobody else can be on its database
