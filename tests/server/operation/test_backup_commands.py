"""The commands for backups, beside a server and its readers."""

from __future__ import annotations

import os
import re
import secrets
import select
import shutil
import signal
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from commands import run
from desk_client import Editor, add_token
from desk_forms import Desk
from forked import Forked
from photos import jpeg
from processes import NO_TLS, PATIENCE, Postgres, Server, environment, free_port
from readers import Reader
from uploads import uploaded

pytestmark = pytest.mark.anyio
SECRET = "the name that must not be named"


def pages(server: Server, slug: str, entry: str) -> list[str]:
    """Public pages and events, without the epoch and what is new at each request."""
    found = []
    for place in ("", f"/entries/{entry}", "/events?after=0", "/feed.atom", "/feed.json", "/embed"):
        answer = httpx2.get(
            f"{server.url}/stories/{slug}{place}", trust_env=False, verify=NO_TLS, timeout=PATIENCE
        )
        assert answer.status_code == 200
        found.append(re.sub(r'("?epoch"?(?:=|:| )\s*")[0-9a-f]{12}', r"\1", answer.text))
    return found


def save_beside(server: Server, file: Path) -> None:
    """While the server runs, a backup can be made and everything checked, and nothing can be restored."""
    saved = run("backup", str(file), env=server.env)
    assert (saved.returncode, saved.stdout) == (0, ""), saved.stderr
    assert re.fullmatch(r"Saved: [\d,]+ rows and 4 media files, as of .* UTC\.\n", saved.stderr)
    assert file.stat().st_mode & 0o777 == 0o600
    quiet = run("backup", "--quiet", str(file), env=server.env)
    assert quiet == (0, "", "")
    for what in ([], ["--quiet", str(file)]):
        checked = run("check", *what, env=server.env)
        assert checked == (0, "", "" if what else "No faults.\n")
    refused = run("restore", str(file), env=server.env)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "With --replace it is replaced" in refused.stderr
    refused = run("restore", "--replace", str(file), env=server.env)
    assert refused.returncode == 1
    assert "stop it first" in refused.stderr


async def replace_beside_readers(server: Server, file: Path, slug: str, token: str) -> None:
    """On PostgreSQL, while the server runs: its readers are reset, and go on."""
    editor = Editor(server.url, token)
    assert editor.post(slug, "It goes on.")["seq"] == 3
    async with Reader(server.ws, slug, after=0) as reader:
        await reader.until(3)
        assert run("restore", str(file), "--replace", env=server.env).returncode == 0
        await reader.until_frame("reset")
        async with Reader(server.ws, slug, after=2) as fresh:
            assert editor.post(slug, "It goes on anew.")["seq"] == 3
            await fresh.until(3)
            assert "anew" in str(fresh.frames)
    assert run("check", env=server.env).returncode == 0
    editor.close()


async def test_a_server_is_saved_and_restored_and_its_readers_go_on(
    tmp_path: Path, postgres: Postgres
) -> None:
    port, data, file = free_port(), tmp_path / "a" / "data", tmp_path / "b.tar"
    with Server(tmp_path / "a", port=port) as server:
        editor = Editor(server.url, token := add_token(server.env, "admin", "laptop"))
        email = run("user", "list", env=server.env).stdout.split("\t")[0]
        slug = editor.story()
        entry = editor.post(slug, "It stays.", media=[uploaded(editor, jpeg())["id"]])["id"]
        purged = editor.post(slug, f"It was {SECRET}.")["id"]
        desk = Desk(server.url)
        assert desk.sign_in(email).status_code == 303
        assert desk.http.get("/desk").url.path == "/desk"
        before = pages(server, slug, entry)
        save_beside(server, file)
        editor.remove(slug, purged, purge=True)
        editor.post(slug, "Written after the backup.")
        listed = run("purged", "--since", "2026-01-01", env=server.env)
        assert (listed.returncode, listed.stdout) == (0, f"{purged}\n")
        assert run("purged", "--since", "2120-01-01", env=server.env).stdout == ""
        editor.close()
        env = server.env
        moved = {
            "DATABASE_URL": postgres.database(f"moved_{secrets.token_hex(4)}"),
            "SECRET_KEY": (data / "secret_key").read_text(),
        }
        async with Reader(server.ws, slug, after=0) as reader:
            await reader.until(4)
            assert server.stop() == 0
            done = run("restore", str(file), "--replace", env=env)
            assert done.returncode == 0, done.stderr
            assert run("check", env=env).returncode == 0
            moving = run("restore", str(file), env=env | moved)
            assert "the store of the media holds files already" in moving.stderr
            done = run("restore", str(file), "--replace", env=env | moved)
            assert done.returncode == 0, done.stderr
            assert "SECRET_KEY" not in done.stderr  # it is the same
            kinds = [line.split("\t")[:3] for line in done.stdout.splitlines()]
            assert kinds == [["account", email, "admin"], ["token", email, "laptop"]]
            with Server(tmp_path / "a", port=port, **moved) as again:
                await reader.until_frame("reset")
                assert pages(again, slug, entry) == before
                assert desk.http.get("/desk").url.path == "/desk/login"
                desk.close()
                await replace_beside_readers(again, file, slug, token)
                assert "Traceback" not in again.said()
    check_commands(tmp_path, file, purged, data)


def check_commands(tmp_path: Path, file: Path, purged: str, data: Path) -> None:
    """On a new machine, by pipes, with a list and a key."""
    new = environment(LIVEBLOG_DATA=str(tmp_path / "new"))
    ids = tmp_path / "purged.txt"
    ids.write_text(f"# of yesterday\n{purged}\n\n")
    done = run("restore", "-", "--purged", str(ids), env=new, stdin=file.read_bytes())
    assert done.returncode == 0, done.stderr
    assert "Purged: 1 of the 1 entries" in done.stderr
    assert "This server's SECRET_KEY is not the one of the backup" in done.stderr
    assert run("check", env=new).returncode == 0
    left = [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o077 for path in left} == {0}
    assert [path for path in left if SECRET.encode() in path.read_bytes()] == []
    assert len([path for path in left if path.parts[-3] == "media"]) == 4

    old = environment(LIVEBLOG_DATA=str(data))
    keyed = tmp_path / "keyed.tar"
    assert run("backup", "--with-key", str(keyed), env=old).returncode == 0
    shutil.rmtree(tmp_path / "new")
    done = run("restore", str(keyed), env=new)
    assert done.returncode == 0, done.stderr
    assert "SECRET_KEY" not in done.stderr
    key = (data / "secret_key").read_text()
    assert (tmp_path / "new" / "secret_key").read_text() == key
    with tarfile.open(keyed) as archive:
        names = archive.getnames()
        assert names[:2] == ["liveblog-backup.json", "secret_key"]
    assert key.encode() not in file.read_bytes()

    wrong_arguments(tmp_path, file, ids, new)
    signals(tmp_path, file, old)


def signals(tmp_path: Path, file: Path, old: dict[str, str]) -> None:
    """Each ends a command that waits for a pipe, and nothing is left of it."""
    stuck, said = tmp_path / "stuck", tmp_path / "said"
    os.mkfifo(stuck)
    new = environment(LIVEBLOG_DATA=str(tmp_path / "ended"))
    pipe = os.open(stuck, os.O_RDWR)  # never full, never at its end
    os.write(pipe, file.read_bytes()[:4096])
    for number in (signal.SIGINT, signal.SIGHUP):
        child = Forked(("restore", "-"), new, stdin=stuck, stdout=said, stderr=said)
        wait_for(lambda: any((tmp_path / "ended").glob("liveblog-restore-*/*.sqlite3")))
        child.send_signal(number)
        assert child.wait(PATIENCE) == 128 + number
        assert {path.name for path in (tmp_path / "ended").iterdir()} <= {"media", "secret_key"}
        assert list((tmp_path / "ended" / "media").iterdir()) == []
        os.write(pipe, file.read_bytes()[:4096])
    os.close(pipe)
    pipe = os.open(stuck, os.O_RDWR)
    child = Forked(("backup", "-"), old, stdout=stuck, stderr=said)
    wait_for(lambda: select.select([pipe], [], [], 0)[0] != [])
    child.send_signal(signal.SIGTERM)
    assert child.wait(PATIENCE) == 128 + signal.SIGTERM
    os.close(pipe)
    assert said.read_text() == ""


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)  # a process of another session tells nothing


def wrong_arguments(tmp_path: Path, file: Path, ids: Path, new: dict[str, str]) -> None:
    """Each is told in one line."""
    for args, why in {
        ("backup", str(tmp_path / "no" / "b.tar")): "FILE: ",
        ("restore", str(tmp_path / "no.tar")): "FILE: ",
        ("restore", str(ids)): "is not a backup that liveblog made",
        ("check", str(ids)): "is not a backup that liveblog made",
        ("restore", str(file), "--purged", str(file)): "--purged",
        ("purged", "--since", "yesterday"): "accepted: a day such as 2026-11-30",
    }.items():
        refused = run(*args, env=new)
        assert (refused.returncode, refused.stdout) == (1, ""), args
        assert why in refused.stderr, args
        assert refused.stderr.count("\n") == 1, args
    apart = environment(
        LIVEBLOG_DATA=str(tmp_path / "apart"),
        DATABASE_URL=f"sqlite:///{tmp_path / 'no' / 'a.sqlite3'}",
    )
    assert "DATABASE_URL: the folder of" in run("restore", str(file), env=apart).stderr
    nowhere = environment(LIVEBLOG_DATA=str(tmp_path / "nowhere"))
    for args in (("backup", "-"), ("check",), ("purged",)):
        refused = run(*args, env=nowhere)
        assert "there is no database" in refused.stderr
        assert refused.returncode == 1
    assert not (tmp_path / "nowhere").exists()
