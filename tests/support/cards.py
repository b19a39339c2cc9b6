"""A card with a picture on a server that asks nobody: kept as if it had been fetched."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

from photos import jpeg, photo
from processes import Server
from provider_answers import YOUTUBE
from rows import in_database
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.content.cards import card
from liveblog.content.pictures import written_anew
from liveblog.content.providers import Providers
from liveblog.models.content import Medium, Variant
from liveblog.store.tables import embeds, media

MEDIUM = "m" + "c" * 32


def keep_card(server: Server) -> None:
    """The card of `YOUTUBE`, with a picture; it is fresh for a day."""
    picture = written_anew(io.BytesIO(jpeg(photo(480, 360))))
    folder = server.folder / "data" / "media" / MEDIUM
    folder.mkdir(parents=True)
    for one in picture.variants:
        (folder / one.name).write_bytes(one.content)
    shape = {"width": 480, "height": 360, "placeholder": picture.placeholder}
    variants = [
        Variant(
            url=f"/media/{MEDIUM}/{one.name}", type=one.type, width=one.width, height=one.height
        )
        for one in picture.variants
    ]
    medium = Medium(id=MEDIUM, kind="picture", variants=tuple(variants), **shape)
    at = datetime.now(UTC)
    link = Providers().link(YOUTUBE)
    assert link is not None
    said = {"title": "Kharkiv at noon", "author_name": "A channel"}
    made = card(link, at, json.dumps(said).encode()).model_copy(update={"picture": medium})
    files = [one._asdict() | {"size": len(one.content)} for one in picture.variants]
    for file in files:
        del file["content"]

    async def work(connection: AsyncConnection) -> None:
        kept = {"id": MEDIUM, "kind": "picture", "created_at": at, "files": files, **shape}
        await connection.execute(insert(media).values(size=1, ready=True, spare=True, **kept))
        card_of = {"url": YOUTUBE, "card": made.model_dump(mode="json"), "asked_at": at, "tries": 0}
        await connection.execute(insert(embeds).values(card_of))

    in_database(server, work)
