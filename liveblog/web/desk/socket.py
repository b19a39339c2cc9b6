"""The desk's sockets. A story's: who is here, who edits what, that lists have changed, how delivery stands.
Every page's: what was done to other stories and somebody may wait for.

They tell that something changed and never what it says: pages fetch the pieces that they show, with
their session's rights. So nothing is lost where a frame is, and nothing private stands in a frame.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from liveblog.errors import LiveblogError
from liveblog.models.content import Story
from liveblog.models.members import Protection, Role, Session, User
from liveblog.newsroom.permissions import Right, may, require_story
from liveblog.presence import desks
from liveblog.presence.desks import Participant
from liveblog.store.stories.timeline import ENTRY_ID
from liveblog.web.context import parts
from liveblog.web.desk.connection import DeskSocket, attend
from liveblog.web.desk.stats import figures


async def index(websocket: WebSocket) -> None:
    """`WS /desk/live`, of a page that is at no story."""

    async def socket(session: Session) -> DeskSocket:
        return IndexSocket(websocket, session, session.user.name)

    await attend(websocket, socket)


async def live(websocket: WebSocket) -> None:
    """`WS /desk/stories/{slug}/live`."""

    async def socket(session: Session) -> DeskSocket:
        newsroom, user = parts(websocket).newsroom, session.user
        story = await newsroom.store.stories.get(websocket.path_params["slug"])
        require_story(user, story)
        protections = await newsroom.store.protections.of([user.id])
        byline = (protections.get(user.id) or Protection()).byline or user.name
        return StorySocket(
            websocket, session, byline, story, await change_count(websocket, user, story)
        )

    await attend(websocket, socket)


async def change_count(connection: HTTPConnection, user: User, story: Story) -> int:
    """How much was done to a story, as far as somebody may know."""
    if may(user, Right.PUBLISH):
        return story.change_count
    return await parts(connection).newsroom.store.queues.change_count_for(story, user.id)


class IndexSocket(DeskSocket):
    def fits(self) -> bool:
        return self._desks.has_room(self.participant.user, at_index=True)

    def enter(self) -> None:
        self._desks.enter_index(self)

    def leave(self) -> None:
        self._desks.leave_index(self)


class StorySocket(DeskSocket):
    def __init__(
        self, websocket: WebSocket, session: Session, byline: str, story: Story, change_count: int
    ) -> None:
        super().__init__(websocket, session, byline)
        self._story = story
        self._change_count = change_count

    def fits(self) -> bool:
        return self._desks.has_room(self.participant.user, at_index=False)

    def enter(self) -> None:
        self._desks.enter(self._story, self)

    def leave(self) -> None:
        self._desks.leave(self._story.slug, self)

    def changed(self, change_count: int, changes: list[dict[str, Any]]) -> None:
        seen = self._visible(changes)
        if seen or not changes:
            self._change_count = change_count if self._edits else self._change_count + 1
            self._put({"type": "rows", "turn": self._change_count, "changed": seen})

    def present(self, here: list[Participant]) -> None:
        """A contributor sees the editors, by their public names, and their own pages, and who edits what is
        theirs; who else is in the field, and what others write, is not theirs to know."""
        if not self._edits:
            here = [
                one if one.owner == self._user.id else replace(one, entry=None)
                for one in here
                if one.role != Role.CONTRIBUTOR or one.user == self._user.id
            ]
        held = desks.holders(here)
        shown = [
            asdict(one) | {"holds": one.entry is not None and held[one.entry] == one.id}
            for one in here
        ]
        for one in shown:
            byline = one.pop("byline")
            if not self._edits:
                one["name"] = byline
            del one["claim"], one["since"], one["owner"]
        self._put({"type": "presence", "here": shown})

    def _hello(self) -> dict[str, Any]:
        return super()._hello() | {"turn": self._change_count}

    async def _do(self, kind: str, message: dict[str, Any]) -> bool:
        if kind != "editing":
            return await super()._do(kind, message)
        entry, take = message.get("entry", ""), message.get("take", False)
        known = entry is None or (isinstance(entry, str) and ENTRY_ID.fullmatch(entry) is not None)
        if not known or not isinstance(take, bool):
            return False
        owner = await self._owner(entry) if entry else None
        self._desks.edit(self._story.slug, self, entry, take=take, owner=owner)
        return True

    async def _owner(self, entry: str) -> int | None:
        """Who wrote an entry; None where that cannot be told now."""
        store = parts(self._websocket).newsroom.store
        try:
            return (await store.stories.entry(self._story.slug, entry))[1].created_by
        except LiveblogError:
            return None

    async def _told(self) -> dict[str, Any]:
        """How delivery stands, to editors."""
        if not self._edits:
            return await super()._told()
        now = await figures(parts(self._websocket), self._story)
        return {"type": "figures", **now._asdict(), "words": now.words()}
