"""The pictures that the demo draws, and what it says of them."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from copies import database
from PIL import Image
from processes import PATIENCE, Server, until

from liveblog.demo.pictures import SCENES, drawn
from liveblog.demo.play import EDITOR, HERE


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_the_same_picture_each_time(scene: str) -> None:
    content = drawn(scene)
    assert content == drawn(scene)
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1600, 1067))


def test_every_scene_is_shown_and_passes_for_no_photograph() -> None:
    entries = json.loads((HERE / "kharkiv.pictures.json").read_text())
    shown = [picture for pictures in entries.values() for picture in pictures]
    assert sorted(picture["scene"] for picture in shown) == sorted(SCENES)
    assert max(map(len, entries.values())) == 2
    for picture in shown:
        assert picture["alt"].startswith("Drawn scene: ")
        assert picture["caption"].startswith("Drawn by the demo, not a photograph: ")
        assert "credit" not in picture


@pytest.mark.anyio
async def test_the_story_is_told_by_another_user_than_the_visitor(tmp_path: Path) -> None:
    """So that nobody is offered to take back what they did not do."""
    with (
        Server(tmp_path, "--fast", command="demo") as server,
        closing(sqlite3.connect(database(server), timeout=PATIENCE)) as stored,
    ):

        def tellers() -> set[tuple[str]]:
            asked = "SELECT email FROM revisions JOIN users ON users.id = revisions.user_id"
            return set(stored.execute(asked).fetchall())

        await until(lambda: bool(tellers()))
        assert (EDITOR,) not in tellers()
