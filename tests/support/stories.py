"""Stories in a database that no server uses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from liveblog.models.content import Story
from liveblog.models.members import Role, User
from liveblog.store import Store


async def new_story(store: Store, slug: str, **fields: Any) -> Story:
    at = datetime.now(UTC)
    given = {"title": slug, "created_at": at, "updated_at": at, "epoch": "e", "head": 0} | fields
    return await store.stories.create(Story(id=0, slug=slug, **given).model_dump(exclude={"id"}))


SPONSOR = {
    "name": "Harbour & Sons",
    "text": "Ropes since 1902.",
    "url": "https://example.org/r?a=1",
}


async def a_user(store: Store) -> User:
    return await store.accounts.add("ann@example.org", "Ann", Role.EDITOR, "!")
