"""What a hub has beside it: a newsroom, and nobody to subscribe to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from liveblog.content.templates import Templates
from liveblog.live.frames import Frame
from liveblog.models.content import Event, Story
from liveblog.models.members import Role, User
from liveblog.newsroom import stories
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries import edit
from liveblog.newsroom.forms import NewEntry, NewStory
from liveblog.newsroom.validation import parse
from liveblog.store import Folder, Store


class Nobody:
    async def subscribe(self, channel: str) -> None:
        pass

    async def unsubscribe(self, channel: str) -> None:
        pass


class Desk:
    """A newsroom whose announcements the test carries to the hub itself."""

    def __init__(self, store: Store) -> None:
        self.said: list[tuple[str, list[Frame]]] = []
        self.newsroom = Newsroom(
            store,
            Templates({"name": "Test", "base_url": ""}),
            self._announce,
            Folder(Path("media")),
        )

    async def open(self) -> None:
        accounts = self.newsroom.store.accounts
        self.editor: User = await accounts.add("e@example.org", "E", Role.EDITOR, "!")
        for slug in ("story", "other"):
            form = parse(NewStory, {"slug": slug, "title": "A story"})
            await stories.open_story(self.newsroom, self.editor, form)

    async def post(self) -> None:
        form = parse(NewEntry, {"body": "Something happened."})
        await edit.publish(self.newsroom, self.editor, "story", form)

    async def _announce(self, story: Story, events: Sequence[Event], _: object) -> None:
        if events:
            self.said.append((story.epoch, [Frame.of(event.payload) for event in events]))
