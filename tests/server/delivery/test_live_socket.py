"""The main job over real sockets: what is posted arrives, once and in order."""

from __future__ import annotations

import pytest
from desk_client import Editor
from processes import Server
from readers import Reader

pytestmark = pytest.mark.anyio


async def test_every_kind_of_change_arrives_in_order(live_server: Server, editor: Editor) -> None:
    slug = editor.story()
    async with Reader(live_server.ws, slug, after=0) as reader:
        entry = editor.post(slug, "First **words**.")
        assert entry["seq"] == 1
        edited = editor.edit(slug, entry["id"], body="Better words.")
        assert edited["seq"] == 2
        editor.edit(slug, entry["id"], pinned=True)
        editor.edit(slug, entry["id"], verification="confirmed")
        editor.http.patch(f"/api/stories/{slug}", json={"status": "paused"})
        assert editor.remove(slug, entry["id"])["seq"] == 6
        await reader.until(6)
        assert reader.log == [1, 2, 3, 4, 5, 6]
        kinds = [event["kind"] for event in reader.events]
        assert kinds == ["entry.published"] + ["entry.updated"] * 3 + [
            "story.updated",
            "entry.removed",
        ]
        assert "<strong>words</strong>" in reader.events[0]["html"]
        assert "html" not in reader.events[-1]
