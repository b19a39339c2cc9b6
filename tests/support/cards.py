"""A card with a picture on a server that asks nobody: kept as if it had been fetched."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from copies import database
from photos import jpeg, photo
from processes import PATIENCE, Server
from provider_answers import YOUTUBE

from liveblog.content.cards import card
from liveblog.content.pictures import written_anew
from liveblog.content.providers import Providers
from liveblog.models.content import Medium, Variant

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
    now = at.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as connection, connection:
        connection.execute(
            "INSERT INTO media (id, kind, created_at, width, height, placeholder, files, size, ready, spare)"
            " VALUES (:id, 'picture', :at, :width, :height, :placeholder, :files, 1, 1, 1)",
            {"id": MEDIUM, "at": now, "files": json.dumps(files)} | shape,
        )
        connection.execute(
            "INSERT INTO embeds (url, card, asked_at, tries) VALUES (?, ?, ?, 0)",
            (YOUTUBE, made.model_dump_json(), now),
        )
