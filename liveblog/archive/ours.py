"""Reads our own JSON: `story.json`, and the answers of the API, of `/entries` and of `/events`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from pydantic_core import from_json

from liveblog.archive.document import FORMAT, STORY_FIELDS, VERSION
from liveblog.archive.incoming import Incoming, IncomingEntry, IncomingMedium, Report
from liveblog.byte_order import utf8
from liveblog.errors import Invalid, Malformed
from liveblog.inbound.entry_html import entry_of_html
from liveblog.inbound.html_text import html_as_markdown
from liveblog.models.entry_fields import PUBLIC
from liveblog.newsroom.entries.imports import ImportedEntry

# The fields that are taken over as they are; verification, media and cards are read by themselves.
TAKEN = tuple(
    name
    for name in PUBLIC
    if name in ImportedEntry.model_fields and name not in {"verification", "media"}
)
STORY = tuple(name for name in STORY_FIELDS if name not in {"slug", "points_at"})
CARD = ("url", "title", "author", "author_url", "text", "dated", "retrieved_at")
MEDIUM = ("alt", "caption", "credit")
KINDS = "story.json of an export, an answer of the API or of /events, or JSON Lines of entries"


def read(content: bytes, site: str, report: Report) -> Incoming | None:
    """Reads a document of our own; None if it is JSON Lines of new entries.

    `site` is the address of the server that it comes from, for relative addresses. Raises `Malformed`.
    """
    try:
        documents = _documents(utf8(content))
    except UnicodeDecodeError:  # the reader of JSON Lines says so
        return None
    if documents is None:
        return None
    first = documents[0]
    if isinstance(first, Mapping) and "format" in first:
        return _archive(first, site, report)
    found: dict[str, IncomingEntry] = {}
    for one in documents:
        _answer(one, site, report, found)
    return Incoming(tuple(sorted(found.values(), key=_place)))


def _documents(content: bytes) -> list[Any] | None:
    """The JSON documents of a file, which is one, or has one on each line; None if they are new entries."""
    try:
        documents = [from_json(content, allow_inf_nan=False)]
    except ValueError:
        rows = (utf8(row) for row in content.splitlines())
        try:
            documents = [from_json(row, allow_inf_nan=False) for row in rows if row.strip()]
        except ValueError:
            return None  # the reader of JSON Lines names the line
    known = [one for one in documents if _is_known(one)]
    if not known:
        return None
    if len(known) < len(documents):
        raise Malformed(f"FILE: holds documents of different kinds; accepted: {KINDS}")
    return documents


def _is_known(one: Any) -> bool:
    if isinstance(one, list):
        return bool(one) and all(isinstance(item, Mapping) and "id" in item for item in one)
    return isinstance(one, Mapping) and any(
        name in one for name in ("format", "entries", "events", "id")
    )


def _archive(document: Mapping[str, Any], site: str, report: Report) -> Incoming:
    if document.get("format") != FORMAT:
        raise Malformed(
            f"FILE: has the format {str(document.get('format'))[:50]!r}; accepted: {KINDS}"
        )
    if document.get("version") != VERSION:
        version = str(document.get("version"))[:20]
        raise Malformed(f"FILE: is of version {version}; this release reads version {VERSION}")
    told = _mapping(document.get("story"), "story")
    from_site = _mapping(document.get("site") or {}, "site")
    base = site or str(from_site.get("url") or "")
    rows = _rows(document.get("entries"), "entries")
    entries = [_entry(row, base, report) for row in rows]
    cover = _medium(told["cover"], base) if isinstance(told.get("cover"), Mapping) else None
    return Incoming(
        tuple(sorted((one for one in entries if one), key=_place)),
        {name: told[name] for name in STORY if name in told},
        cover,
        tuple(dict(one) for one in _rows(told.get("points") or [], "story.points")),
        told.get("points_at"),
    )


def _answer(one: Any, site: str, report: Report, found: dict[str, IncomingEntry]) -> None:
    """Adds the entries of an answer to those found before. An event replaces or takes away an earlier state."""
    if isinstance(one, Mapping) and "events" in one:
        for event in _rows(one["events"], "events"):
            name = str(event.get("id"))
            if event.get("kind") == "entry.removed":
                if found.pop(name, None):
                    report.lost("entries that were removed later", name)
            elif isinstance(event.get("html"), str) and (entry := _of_event(event, site, report)):
                found[name] = entry
        return
    rows = one if isinstance(one, list) else one.get("entries", [one])
    for row in _rows(rows, "entries"):
        if entry := _entry(row, site, report):
            found[entry.id] = entry


def _entry(row: Mapping[str, Any], site: str, report: Report) -> IncomingEntry | None:
    name = str(row.get("id") or "")
    if not name or row.get("status", "published") != "published" or not row.get("published_at"):
        report.lost("entries that are not published", name)
        return None
    values = {key: row[key] for key in TAKEN if key in row}
    body = row.get("body")
    if not isinstance(body, str):
        body = html_as_markdown(str(row.get("body_html") or row.get("html") or ""), site).text
    values |= {"body": body, "verified": row.get("verification")}
    values["past"] = [
        _past(one, name, report) for one in _rows(row.get("revisions") or [], "revisions")
    ]
    cards = [
        (
            {key: one[key] for key in CARD if key in one},
            _medium(one["picture"], site) if isinstance(one.get("picture"), Mapping) else None,
        )
        for one in _rows(row.get("embeds") or [], "embeds")
    ]
    media = [_medium(one, site) for one in _rows(row.get("media") or [], "media")]
    at = _time(row["published_at"], name)
    return _made(name, at, values, tuple(media), tuple(cards))


def _past(one: Mapping[str, Any], name: str, report: Report) -> dict[str, Any]:
    if one.get("changed"):
        report.lost("names of other changed fields in the history", name)
    return {
        key: one.get(key) for key in ("rev", "at", "action", "note", "headline", "body", "verification")
    }  # fmt: skip


def _of_event(event: Mapping[str, Any], site: str, report: Report) -> IncomingEntry | None:
    """The entry of an event: what its HTML shows."""
    name = str(event.get("id") or "")
    if not name or not event.get("published_at"):
        return None
    shown = entry_of_html(str(event["html"]), site)
    for what in shown.lost:
        report.lost(f"{what} of events, which have only HTML", name)
    values = dict(shown.values) | {"body": shown.body}
    values |= {
        "key": bool(event.get("key")),
        "pinned": bool(event.get("pinned")),
        "chapter": event.get("chapter"),
    }
    media = tuple(IncomingMedium("", one.address, one.alt, one.caption) for one in shown.pictures)
    return _made(name, _time(event["published_at"], name), values, media, ())


def _made(
    name: str,
    at: datetime,
    values: dict[str, Any],
    media: tuple[IncomingMedium, ...],
    cards: tuple[tuple[dict[str, Any], IncomingMedium | None], ...],
) -> IncomingEntry:
    return IncomingEntry(f"liveblog {name}", name, at, values, media, cards, native=True)


def _medium(one: Mapping[str, Any], site: str) -> IncomingMedium:
    address = str(one.get("url") or "")
    try:
        address = urljoin(site, address) if site else address
    except ValueError:
        address = ""
    said = {key: one[key] for key in MEDIUM if isinstance(one.get(key), str)}
    return IncomingMedium(str(one.get("file") or ""), address, **said)


def _place(entry: IncomingEntry) -> datetime:
    return entry.at


def _time(value: Any, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(
            {f"entry {name[:40]}": f"published_at is no time: {str(value)[:40]!r}"}
        ) from None


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Malformed(f"FILE: {name} must be an object")
    return value


def _rows(value: Any, name: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise Malformed(f"FILE: {name} must be a list of objects")
    return value
