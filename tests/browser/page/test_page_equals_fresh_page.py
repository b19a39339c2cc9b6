"""Old page plus events equals fresh page, whatever the newsroom does, in whichever order, and however
often the connection breaks meanwhile."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from browser import LivePage, Visitor, same_as_fresh
from desk_client import Editor
from live_page import AWAY
from processes import Server
from proxy import between

pytestmark = pytest.mark.anyio

VERDICTS = ("unverified", "checking", "confirmed", "disputed", "retracted")
STEPS = 40
CUTS = 6


class Newsroom:
    """Does one thing after the other at random; the same seed does the same again."""

    def __init__(self, editor: Editor, seed: int) -> None:
        self.editor = editor
        self.slug = editor.story()
        self.random = random.Random(seed)
        self.public: list[str] = []
        self.drafts: list[str] = []
        # Few hours to choose from, so that several entries stand at the same one.
        now = datetime.now(UTC)
        self.hours = [(now - timedelta(hours=n)).isoformat() for n in (1, 2, 3, 30, 60)]

    @property
    def head(self) -> int:
        return self.editor.head(self.slug)

    def act(self) -> None:
        verbs = [self.publish] * 4 + [self.draft, self.backdate, self.restate]
        if self.public:
            verbs += [self.edit] * 3 + [self.pin, self.mark, self.verify] * 2
            verbs += [self.remove, self.move, self.begin, self.brief]
        if self.drafts:
            verbs += [self.publish_draft]
        self.random.choice(verbs)()

    def publish(self) -> None:
        self.public.append(self.editor.post(self.slug, self.words())["id"])

    def draft(self) -> None:
        self.drafts.append(self.editor.post(self.slug, self.words(), status="draft")["id"])

    def publish_draft(self) -> None:
        entry = self.drafts.pop()
        self.editor.edit(self.slug, entry, status="published")
        self.public.append(entry)

    def backdate(self) -> None:
        hour = self.random.choice(self.hours)
        posted = self.editor.post(self.slug, self.words(), publish_at=hour, key=self.likely)
        self.public.append(posted["id"])

    def move(self) -> None:
        self.editor.edit(self.slug, self.any, publish_at=self.random.choice(self.hours))

    def edit(self) -> None:
        headline = self.words(3) if self.likely else None
        sources = [{"kind": "witness", "name": self.words(2), "quote": self.words()}]
        fields = {"headline": headline, "sources": sources if self.likely else []}
        self.editor.edit(self.slug, self.any, body=self.words(), **fields)

    def pin(self) -> None:
        self.editor.edit(self.slug, self.any, pinned=self.likely)

    def mark(self) -> None:
        self.editor.edit(self.slug, self.any, key=self.likely)

    def begin(self) -> None:
        self.editor.edit(self.slug, self.any, chapter=self.words(2) if self.likely else None)

    def verify(self) -> None:
        self.editor.edit(self.slug, self.any, verification=self.random.choice(VERDICTS))

    def remove(self) -> None:
        entry = self.any
        self.public.remove(entry)
        self.editor.remove(self.slug, entry, purge=self.random.random() < 0.3)

    def restate(self) -> None:
        status = self.random.choice(["live", "live", "paused", "upcoming"])
        place = self.words(2) if self.likely else None
        fields = {"summary": self.words(5), "place": place, "topics": ["one"] * self.likely}
        self.editor.change_story(self.slug, title=self.words(3), status=status, **fields)

    def brief(self) -> None:
        """Writes up to seven points, some of them on an entry; or none, and the key events stand there."""
        points = []
        for _ in range(self.random.choice([0, 0, 2, 4, 7])):
            resting = {"entry": self.any} if self.likely else {}
            points.append({"text": self.words(4)[:300]} | resting)
        self.editor.change_story(self.slug, points=points)

    @property
    def any(self) -> str:
        return self.random.choice(self.public)

    @property
    def likely(self) -> bool:
        return self.random.random() < 0.6

    def words(self, count: int = 0) -> str:
        count = count or self.random.randint(1, 60)
        return " ".join(self.random.choice(["shelling", "**quiet**", "<b>", "&", "метро", "\n\n"]) for _ in range(count)) + " end"  # fmt: skip


@pytest.mark.parametrize(("seed", "known"), [(1, 3), (2, 30), (3, 60)])
async def test_every_page_ends_equal_to_a_fresh_one(
    shared_server: Server, editor: Editor, reader: Visitor, seed: int, known: int
) -> None:
    reader.forgive(*AWAY)
    newsroom = Newsroom(editor, seed)
    for _ in range(known):
        newsroom.publish()
    async with between(shared_server.port) as proxy:
        documents: dict[LivePage, float] = {}

        async def open_page() -> LivePage:
            page = await reader.read(f"{proxy.url}/stories/{newsroom.slug}")
            documents[page] = await page.document()
            return page

        begun = newsroom.head
        from_the_start, holding = await open_page(), await open_page()
        await holding.part(".pause").click()
        cuts = newsroom.random.sample(range(STEPS), CUTS)
        for step in range(STEPS):
            if step == STEPS // 2:
                await open_page()  # comes in the middle
            if step in cuts:
                proxy.cut()
            await asyncio.to_thread(newsroom.act)
        head = newsroom.head
        for page in documents:
            await page.level(head)
            await page.state("live")
        for page in (from_the_start, holding):
            assert await page.heard() == list(range(begun + 1, head + 1))
        await holding.part(".pause").click()
        shown = await same_as_fresh(reader, *documents)
        assert len(shown["entries"]) == len(newsroom.public)
        for page, document in documents.items():
            assert await page.document() == document
