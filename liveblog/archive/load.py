"""Imports what a file holds: makes the story if there is none, then takes over its entries, oldest first."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from liveblog.archive import ours, superdesk, wordpress
from liveblog.archive.container import Container
from liveblog.archive.incoming import Incoming, IncomingEntry, IncomingMedium, Report
from liveblog.archive.media import ImportedMedia
from liveblog.errors import Conflict, Invalid, NotFound, TooLarge
from liveblog.inbound.escaping import escaped_line, link
from liveblog.models.brief import MOST_POINTS
from liveblog.models.content import Point, Story
from liveblog.models.members import User
from liveblog.newsroom import stories
from liveblog.newsroom.commit import Outcome
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries.imports import (
    ImportedEntry,
    ImportedPoint,
    entry_id_of,
    keep_points,
    take_over,
)
from liveblog.newsroom.fields import MOST_LOOKED_AT, SLUG
from liveblog.newsroom.forms import MOST_MEDIA, CoverForm, NewStory, StoryChange
from liveblog.newsroom.validation import parse

KINDS = ("liveblog", "wordpress", "superdesk")
NEEDED = frozenset({"body", "publish_at"})
# Entries a second into a story that was there: it may have readers, each of whom gets every entry, and others write too.
MOST_A_SECOND = 50
ROUNDS = 4  # in which values that are not accepted are left out


class Loaded(NamedTuple):
    """How many entries were `added`, were `there` before, and were `refused`. `made` tells that the story is new."""

    added: int = 0
    there: int = 0
    refused: int = 0
    made: bool = False


def read(container: Container, kind: str, site: str, post: str | None, report: Report) -> Incoming | None:  # fmt: skip
    """Reads an archive of a kind; None if it is JSON Lines of new entries. Raises `Malformed`, `TooLarge`."""
    content = container.document()
    match kind:
        case "wordpress":
            return wordpress.read(content, post, report)
        case "superdesk":
            return superdesk.read(content, site, report)
    incoming = ours.read(content, site, report)
    for medium in _media(incoming) if incoming else ():
        if medium.file:
            container.check(medium.file)
    return incoming


def _media(incoming: Incoming) -> Iterator[IncomingMedium]:
    """All media that a file names."""
    if incoming.cover is not None:
        yield incoming.cover
    for entry in incoming.entries:
        yield from entry.media
        yield from (picture for _, picture in entry.cards if picture is not None)


class Importer:
    """One import into one story."""

    def __init__(
        self, newsroom: Newsroom, actor: User, slug: str, media: ImportedMedia, report: Report
    ) -> None:
        self._newsroom, self._actor, self._slug = newsroom, actor, slug
        self._media, self._report = media, report
        self._ids: dict[str, str] = {}

    async def load(self, incoming: Incoming) -> Loaded:
        """Takes over everything. Entries that are there already stay as they are.

        Raises `NotFound` if there is no story and the file does not tell of one, `Invalid`, `Unavailable`.
        """
        story, made = await self._story(incoming)
        await self._cover(incoming, story, made=made)
        waiting, there = await self._waiting(incoming, story)
        added = refused = 0
        clock = asyncio.get_running_loop().time
        for entry, here in waiting:
            until = clock() + (0 if made else 1 / MOST_A_SECOND)
            try:
                done = await self._take(entry, here)
                added, there = added + (not done.repeated), there + done.repeated
            except (Invalid, TooLarge) as error:
                refused += 1
                self._report.lost("entries that are not accepted here", f"{entry.id}: {error}")
            await asyncio.sleep(max(0, until - clock()))
        await self._points(incoming, story, made=made)
        return Loaded(added, there, refused, made)

    async def _waiting(
        self, incoming: Incoming, story: Story
    ) -> tuple[list[tuple[IncomingEntry, str]], int]:
        """The entries that are not here, with their ids here; and how many are here."""
        purged = await self._newsroom.store.purges.by_story()
        waiting: list[tuple[IncomingEntry, str]] = []
        there = 0
        for entry in incoming.entries:
            if entry.id in self._ids:
                self._report.lost("entries with the id of an earlier one of the file", entry.id)
                continue
            if _is_purged(entry, purged):
                self._report.lost("entries that were purged here", entry.id)
                continue
            here = entry_id_of(story.id, entry.source)
            found = await self._there(entry.id) if entry.native else None
            self._ids[entry.id] = found or here
            if found or await self._there(here):
                there += 1
            else:
                waiting.append((entry, here))
        return waiting, there

    async def _there(self, entry_id: str) -> str | None:
        try:
            await self._newsroom.store.stories.entry(self._slug, entry_id)
        except NotFound:
            return None
        return entry_id

    async def _story(self, incoming: Incoming) -> tuple[Story, bool]:
        store = self._newsroom.store
        try:
            return await store.stories.get(self._slug), False
        except NotFound:
            if not incoming.story:
                raise
        values = {name: value for name, value in incoming.story.items() if value is not None}
        given = values.pop("related", None)
        related = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
        known = await store.stories.ids(
            [one for one in related if re.fullmatch(SLUG, one)][:MOST_LOOKED_AT]
        )
        if gone := [one for one in related if one not in known]:
            self._report.lost("related stories that are not here", "story", len(gone))
        values |= {"slug": self._slug, "related": [one for one in related if one in known]}
        form = self._fitting(NewStory, values, frozenset({"slug", "title"}), "story")
        if form.paused_until is not None and form.paused_until <= self._newsroom.clock():
            form = form.model_copy(update={"paused_until": None})
        try:
            return await stories.open_story(self._newsroom, self._actor, form), True
        except Conflict:  # another import made it meanwhile
            return await store.stories.get(self._slug), False

    async def _cover(self, incoming: Incoming, story: Story, *, made: bool) -> None:
        """Gives a new story its cover, before its entries, so that an import that is broken off has it."""
        if incoming.cover is None:
            return
        if not made:
            if story.cover is None:
                self._report.lost("covers, because the story was there already", "story")
            return
        medium = await self._media.stored(incoming.cover, "story")
        if medium is not None and medium.kind == "picture":
            said = _shown(incoming.cover, medium.id)
            cover = CoverForm(id=said["id"], alt=said["alt"], credit=said["credit"])
            change = StoryChange(cover=cover)
            await stories.change_story(self._newsroom, self._actor, self._slug, change)

    async def _points(self, incoming: Incoming, story: Story, *, made: bool) -> None:
        """Gives a new story the points of its Brief, which rest on its entries."""
        if not made:
            if incoming.points and not story.points:
                self._report.lost("points of the Brief, because the story was there already", "story", len(incoming.points))  # fmt: skip
            return
        points = []
        for one in incoming.points[:MOST_POINTS]:
            entry = one.get("entry")
            here = self._ids.get(str(entry)) if entry is not None else None
            if entry is not None and here is None:
                self._report.lost("points of the Brief whose entry is not here", str(entry))
                continue
            values = {"text": one.get("text"), "at": one.get("at"), "entry": here}
            try:
                form = parse(ImportedPoint, values)
            except Invalid as error:
                self._report.lost("points of the Brief that are not accepted here", str(error))
                continue
            points.append(Point(text=form.text, entry=form.entry, at=form.at))
        if points:
            written = max(point.at for point in points)
            await keep_points(self._newsroom, self._actor, self._slug, tuple(points), written)

    async def _take(self, entry: IncomingEntry, here: str) -> Outcome:
        values = dict(entry.values) | {"publish_at": entry.at.isoformat()}
        shown: list[dict[str, Any]] = []
        missing: list[IncomingMedium] = []
        for wanted in entry.media[:MOST_MEDIA]:
            medium = await self._media.stored(wanted, entry.id)
            if medium is None:
                missing.append(wanted)
            elif medium.id not in {one["id"] for one in shown}:
                shown.append(_shown(wanted, medium.id))
        if len(entry.media) > MOST_MEDIA:
            self._report.lost(f"pictures beyond the {MOST_MEDIA} of an entry", entry.id, len(entry.media) - MOST_MEDIA)  # fmt: skip
        values["media"] = shown
        values["cards"] = [
            await self._card(card, picture, entry.id) for card, picture in entry.cards
        ]
        values["body"] = _body(str(values.get("body") or ""), entry, missing)
        self._rename(values.get("verified"), entry.id)
        for past in values.get("past") or []:
            self._rename(past.get("verification"), entry.id)
        form = self._fitting(ImportedEntry, values, NEEDED, entry.id)
        done = await take_over(self._newsroom, self._actor, self._slug, here, form)
        if form.pinned and not done.entry.pinned and not done.repeated:
            self._report.lost("pins, because the story has a pinned entry", entry.id)
        return done

    async def _card(
        self, card: Mapping[str, Any], picture: IncomingMedium | None, where: str
    ) -> dict[str, Any]:
        medium = await self._media.stored(picture, where) if picture else None
        return dict(card) | {"picture": {"id": medium.id} if medium else None}

    def _rename(self, verification: Any, where: str) -> None:
        """Names the settling entry by its id here."""
        if not isinstance(verification, dict) or verification.get("settled_by") is None:
            return
        here = self._ids.get(str(verification["settled_by"]))
        if here is None:
            self._report.lost("links to the entry that settled another", where)
        verification["settled_by"] = here

    def _fitting(self, form: type[Any], values: dict[str, Any], needed: frozenset[str], where: str) -> Any:  # fmt: skip
        """The form of the values, without those that are not accepted here. Raises `Invalid` if it cannot be without."""
        for _ in range(ROUNDS):
            try:
                return parse(form, values)
            except Invalid as error:
                if any(name.split(".", maxsplit=1)[0] in needed for name in error.fields):
                    raise
                for name, why in error.fields.items():
                    self._report.lost(f"values of {name.split('.', maxsplit=1)[0]} that are not accepted here", f"{where}: {why}")  # fmt: skip
                values = _without(values, list(error.fields))
        return parse(form, values)


def _is_purged(entry: IncomingEntry, purged: Mapping[int, set[str]]) -> bool:
    """Whether the entry was purged on this server, be it in another story: it must not come back."""
    return any(
        (entry.native and entry.id in gone) or entry_id_of(story, entry.source) in gone
        for story, gone in purged.items()
    )


def _without(values: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The values without those of the names, such as `topics.2` or `headline`: an item of a list goes as a whole."""
    kept = dict(values)
    items: dict[str, set[int]] = {}
    for name in names:
        top, _, rest = name.partition(".")
        number = rest.partition(".")[0]
        if number.isdecimal() and isinstance(kept.get(top), list):
            items.setdefault(top, set()).add(int(number))
        elif top in kept and isinstance(kept[top], list) and len(kept[top]) > 1:
            kept[top] = kept[top][: len(kept[top]) // 2]  # too many
        else:
            kept.pop(top, None)
    for top, numbers in items.items():
        if isinstance(kept.get(top), list):
            kept[top] = [one for at, one in enumerate(kept[top]) if at not in numbers]
    return kept


def _shown(wanted: IncomingMedium, medium_id: str) -> dict[str, Any]:
    said = {
        "alt": (wanted.alt or "")[:2000] or None,
        "caption": (wanted.caption or "")[:2000] or None,
        "credit": (wanted.credit or "")[:200] or None,
    }
    return {"id": medium_id} | said


def _body(text: str, entry: IncomingEntry, missing: list[IncomingMedium]) -> str:
    """The text of an entry, with links to pictures that could not be had. An entry of pictures alone says what they show."""
    parts = [text] if text.strip() else []
    if entry.keeps_links:
        links = [
            link(one.address, escaped_line(one.caption or one.alt or one.address))
            for one in missing
        ]
        parts += [one for one in links if one]
    if not parts:
        parts = [
            escaped_line(words)
            for one in entry.media
            if (words := one.caption or one.alt or one.credit)
        ][:1]
    if not parts:
        parts = [one for one in (link(medium.address) for medium in entry.media) if one][:1]
    return "\n\n".join(parts)
