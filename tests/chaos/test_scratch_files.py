"""A server that is killed leaves nothing in the temporary folder after the next start."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import Server, gone

from liveblog.process.scratch import LOCK, scratch_folder

pytestmark = pytest.mark.anyio


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A path that is short enough for a socket below it."""
    with tempfile.TemporaryDirectory(prefix="lb-") as name:
        yield Path(name)


@pytest.mark.parametrize(
    ("command", "args"), [("serve", ("--workers", "2")), ("demo", ("--fast",))]
)
async def test_the_next_start_removes_what_a_killed_server_left(
    tmp_path: Path, temporary: Path, command: str, args: tuple[str, ...]
) -> None:
    settings = {"TMPDIR": str(temporary)}
    if command == "demo":
        settings["LIVEBLOG_DATA"] = ""  # it keeps nothing where no data folder is named

    def start() -> Server:
        return Server(tmp_path / "server", *args, command=command, port=None, **settings)

    with start() as killed:
        children = children_of(killed.pid)
        killed.kill()
        await gone(children)
    left = names(temporary)
    assert left, "this test shows nothing where a killed server leaves nothing"

    with start() as again:
        now = names(temporary)
        assert not now & left
        assert again.stop() == 0
    assert names(temporary) == set()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def children_of(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def test_folders_in_use_of_others_and_unknown_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "liveblog-test-link").symlink_to(tmp_path)
    (tmp_path / "liveblog-test-file").touch()
    (tmp_path / "liveblog-other-purpose").mkdir()
    (tmp_path / "liveblog-test-new").mkdir()  # not locked yet
    (old := tmp_path / "liveblog-test-old").mkdir()
    os.utime(old, (0, 0))
    (abandoned := tmp_path / "liveblog-test-abandoned").mkdir()
    (abandoned / LOCK).touch()
    with scratch_folder("test") as one, scratch_folder("test") as two:
        assert one.is_dir()
        assert two.is_dir()
        assert not old.exists()
        assert not abandoned.exists()
        assert one.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "liveblog-other-purpose",
        "liveblog-test-file",
        "liveblog-test-link",
        "liveblog-test-new",
    ]
