"""Where commands find the server of a data folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from liveblog.process.instances import noted_address, running_url
from liveblog.settings import Settings


def test_of_several_servers_the_first_that_runs_is_named(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, port=8001)
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait(20)
    notes = tmp_path / "serving"
    notes.mkdir()
    (notes / str(killed.pid)).write_text("http://127.0.0.1:9")
    assert running_url(settings) == "http://127.0.0.1:8001", "as set, where none runs"
    with noted_address(settings.model_copy(update={"port": 8002})):
        assert [note.name for note in notes.iterdir()] == [str(os.getpid())]
        assert running_url(settings) == "http://127.0.0.1:8002"
        assert running_url(settings.model_copy(update={"base_url": "https://a.org"})) == (
            "https://a.org"
        )
    assert list(notes.iterdir()) == []


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "serving").write_text("a file")
    settings = Settings(data=tmp_path, port=8001)
    with noted_address(settings):
        assert running_url(settings) == "http://127.0.0.1:8001"
