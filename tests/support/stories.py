"""Stories in a database that no server uses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from liveblog.models.content import Story
from liveblog.store import Store


async def new_story(store: Store, slug: str, **fields: Any) -> Story:
    at = datetime.now(UTC)
    given = {"title": slug, "created_at": at, "updated_at": at, "epoch": "e", "head": 0} | fields
    return await store.stories.create(Story(id=0, slug=slug, **given).model_dump(exclude={"id"}))
