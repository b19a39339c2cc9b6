"""The composer in Chromium: what is typed and drafted there, and answers that are held back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from browser import Visitor, visitor
from desk_forms import Desk
from members import member
from PIL import Image
from playwright.async_api import Browser, Error, Page, Route, expect
from processes import Server

JSON = {"Accept": "application/json"}


# How many records of a store are on the device.
STORED = """(name) => new Promise((resolve) => {
  indexedDB.open("liveblog-desk").onsuccess = ({ target: { result } }) =>
    (result.transaction(name).objectStore(name).count().onsuccess = ({ target }) => {
      result.close();
      resolve(target.result);
    });
})"""


BUSY: dict[str, Any] = {
    "status": 503,
    "content_type": "application/problem+json",
    "body": '{"title": "Unavailable", "detail": "not now"}',
}


@pytest.fixture
async def writer(browser: Browser) -> AsyncIterator[Visitor]:
    async with visitor(browser) as somebody:
        somebody.forgive("status of 4", "status of 503", "ERR_", "WebSocket is closed before")
        yield somebody


async def at_the_desk(
    somebody: Visitor, server: Server, slug: str, role: str = "editor"
) -> tuple[Page, Desk]:
    """A story's desk, for a new user; and their desk without a browser."""
    _, desk = await asyncio.to_thread(member, server, role)
    await somebody.become(desk)
    page = await somebody.open(f"{server.url}/desk/stories/{slug}")
    await page.wait_for_selector(".ProseMirror")
    return page, desk


def drafts(desk: Desk, slug: str) -> list[str]:
    answer = desk.http.get(f"/desk/stories/{slug}/drafts", headers=JSON)
    return sorted(one["fields"]["body"] for one in answer.json()["drafts"])


async def status(page: Page, words: str) -> None:
    await expect(page.locator("[data-part=status]")).to_have_text(re.compile(words))


class Gate:
    """Requests wait here until it is opened."""

    def __init__(self) -> None:
        self.came, self.open = asyncio.Event(), asyncio.Event()

    async def __call__(self, route: Route) -> None:
        self.came.set()
        await self.open.wait()
        with suppress(Error):  # nobody waits for it any more
            await route.continue_()


def picture(folder: Path) -> Path:
    path = folder / "red.png"
    Image.new("RGB", (64, 48), "red").save(path)
    return path
