"""A video on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import Visitor
from desk_client import Editor
from photos import recording
from processes import Server
from uploads import uploaded

pytestmark = pytest.mark.anyio


async def test_a_video_plays_on_while_its_entry_is_edited(
    shared_server: Server, editor: Editor, reader: Visitor, tmp_path: Path
) -> None:
    made = uploaded(editor, recording(tmp_path, "a.webm"), name="a.webm", kind="video/webm")
    slug = editor.story()
    entry = editor.post(slug, media=[made["id"]])["id"]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    video = page.entry(entry).locator("video")
    await video.evaluate("async (video) => { video.muted = video.loop = true; await video.play() }")
    editor.edit(slug, entry, body="Edited")
    await page.level(2)
    assert await video.evaluate("(video) => !video.paused && video.videoWidth === 160")
    await video.evaluate("(video) => video.pause()")
    await page.frame.wait_for_selector("article:has-text('Edited')")
