"""Shows an entry as readers would get it. Nothing is stored, and nobody is told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from liveblog.models.content import Entry, EntryStatus
from liveblog.models.members import User
from liveblog.newsroom import texts
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries.edit import PLAIN_FIELDS
from liveblog.newsroom.entries.verification import verification
from liveblog.newsroom.forms import NewEntry
from liveblog.newsroom.link_cards import cards_of
from liveblog.newsroom.media import attached
from liveblog.newsroom.permissions import Right, require
from liveblog.newsroom.safety import enforce


async def preview(
    newsroom: Newsroom,
    actor: User,
    slug: str,
    form: NewEntry,
    before: Entry | None = None,
    changed: Collection[str] = (),
) -> Entry:
    """Returns the entry that `form` would create, or `before` with the `changed` fields of `form`.

    Its id is "preview". Raises `Forbidden`, `NotFound`, `Invalid`.
    """
    require(actor, Right.WRITE)
    text = await texts.rendered(newsroom, actor.id, form.body)
    links = newsroom.cards.links(text.links)
    at = newsroom.clock()
    async with newsroom.store.log.snapshot(slug) as tx:
        values: dict[str, Any] = {name: getattr(form, name) for name in PLAIN_FIELDS} | {
            "body": form.body,
            "body_html": text.html,
            "credits": tuple(credit.model_dump() for credit in form.credits),
            "sources": tuple(source.model_dump() for source in form.sources),
            "verification": await verification(tx, form.verification, at, before),
            "media": await attached(tx, actor, form.media, before),
            "embeds": await cards_of(
                newsroom.cards, tx, form.body, links, before.embeds if before else (), at
            ),
            # A different id, because the entry itself is on the same page.
            "id": "preview",
        }
        if before is None:
            values |= {"status": EntryStatus.PUBLISHED, "published_at": form.publish_at or at}
            new = Entry(story_id=tx.story.id, created_at=at, **values)
            signs = newsroom.site.signs
            created = await enforce.on_create(tx, actor, new, at, at_once=True, signs=signs)
            return created.entry
        kept = before.model_dump(exclude={*changed, "body_html", "embeds", "id"})
        edited_at = at if changed and before.status is EntryStatus.PUBLISHED else before.edited_at
        new = Entry.model_validate(values | kept | {"edited_at": edited_at})
        return (await enforce.on_preview(tx, actor, before, new, goes_out=True)).entry
