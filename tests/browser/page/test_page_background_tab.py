"""A reader who looks at another tab and comes back."""

from __future__ import annotations

import pytest
from browser import Visitor, same_as_fresh
from desk_client import Editor
from live_page import LOOK
from processes import Server

pytestmark = pytest.mark.anyio


async def test_what_came_while_the_tab_was_hidden_appears_on_return(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    known = editor.post(slug, "Known")["id"]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    title = await page.page.title()

    await page.frame.evaluate(LOOK, True)
    missed = editor.post(slug, "While away")["id"]
    await page.level(2)
    assert await page.ids() == [known]
    assert await page.page.title() == f"(1) {title}"

    await page.frame.evaluate(LOOK, False)
    assert await page.ids() == [missed, known]
    assert await page.page.title() == title
    assert not await page.part(".new-updates").is_visible()

    seen = editor.post(slug, "While here")["id"]
    await page.level(3)
    assert await page.ids() == [seen, missed, known]
    await same_as_fresh(reader, page)
