"""The desk's plain forms: turns typed values into the newsroom's fields, and entries into form values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from liveblog.content import blocks, localtime
from liveblog.errors import Invalid, Refused, Stale
from liveblog.models.content import Entry, EntryStatus, Medium, Story
from liveblog.models.entry_fields import TYPED, EntryField, Trait, Typed, named

# Each time also has an offset field, for an hour that comes twice or not at all (content/localtime.py).
TIMES = tuple(name for name, field in TYPED.items() if field.typed is Typed.TIME)
LINES = tuple(name for name, field in TYPED.items() if field.typed is Typed.LINES)
NAMES = (*TYPED, *(f"{name}_offset" for name in TIMES))
MEDIUM = ("id", "alt", "caption", "credit")
KEPT_MEDIUM = re.compile(r"media-([0-9]{1,4})-keep")
SPONSOR = ("name", "text", "url")
OF_STORY = (
    "status",
    "title",
    "summary",
    "category",
    "place",
    "timezone",
    "language",
    "coverage_start",
    "coverage_start_offset",
    "coverage_end",
    "coverage_end_offset",
    "related",
    "sponsors",
    "cover",
    "cover_alt",
    "cover_credit",
    "embed_origins",
)
COVER = frozenset({"cover", "cover_alt", "cover_credit"})


def typed(form: Mapping[str, Any]) -> dict[str, str]:
    """The composer's values, as they were sent."""
    values = {name: str(form.get(name, "")) for name in NAMES}
    words = {f"new-{name}": str(form.get(f"new-{name}", "")) for name in MEDIUM[1:]}
    return values | words | {"media": _media(form)}


def with_medium(values: Mapping[str, str], medium: Medium, form: Mapping[str, Any]) -> str:
    """The media of the form and a new one, as JSON."""
    said = {name: str(form.get(f"new-{name}", "")) for name in MEDIUM}
    return json.dumps([*media(values), said | {"id": medium.id}])


def media(values: Mapping[str, str]) -> list[dict[str, str]]:
    """The form's values for each medium: its `id`, `alt`, `caption` and `credit`."""
    listed: list[dict[str, str]] = json.loads(values.get("media") or "[]")
    return listed


def fields(values: Mapping[str, str], story: Story, entry: Entry | None = None) -> dict[str, Any]:
    """The newsroom's fields of an entry, from form values. Raises `Invalid`.

    A line that shows a credit or a source of `entry` unchanged stands for the whole item, with the parts that the
    form does not show.
    """
    found = {
        name: _read(field, values, entry)
        for name, field in TYPED.items()
        if field.typed not in {Typed.TIME, Typed.NOTE}
    }
    return found | {name: when(name, values, story.timezone) for name in TIMES}


def _read(field: EntryField, values: Mapping[str, str], entry: Entry | None) -> Any:
    """The value of a field, by its kind. Raises `Invalid`."""
    text = values[field.name]
    match field.typed:
        case Typed.FLAG:
            return bool(text)
        case Typed.LIST:
            return _listed(text)
        case Typed.LINES:
            items = getattr(entry, field.name) if entry else ()
            held = {_joined(one, field.parts): one for one in items}
            return _lines(field.name, text, field.parts, held=held)
        case Typed.CHOICE:
            return text or None
        case Typed.MEDIA:
            return media(values)
        case _:
            return text.replace("\r\n", "\n")


def _shown(field: EntryField, value: Any) -> str:
    """A value as the composer shows it, by the kind of its field."""
    match field.typed:
        case Typed.FLAG:
            return "1" if value else ""
        case Typed.LIST:
            return ", ".join(value)
        case Typed.LINES:
            return "\n".join(_joined(one, field.parts) for one in value)
        case Typed.CHOICE:
            return value.status.value if value else ""
        case Typed.MEDIA:
            return _written([_said(medium) for medium in value])
        case _:
            return value or ""


def changes(
    values: Mapping[str, str], story: Story, entry: Entry, *, pins: bool = True
) -> dict[str, Any]:
    """The fields that the form changes. Raises `Invalid`.

    A value that is shown unchanged is left out, because the stored value may hold more: a source its details, a
    verification its note. A contributor's form does not show the pin (`pins` is False), so the pin stays.
    """
    before, sent = of_entry(entry, story), fields(values, story, entry)
    same = {name for name in NAMES if _plain(values[name]) == _plain(before[name])}
    same -= {name for name in TIMES if f"{name}_offset" not in same}
    same |= set() if pins else {"pinned"}
    if entry.status is EntryStatus.PUBLISHED:  # its form does not show these fields
        same |= set(named(Trait.WAITING))
    changed = {name: value for name, value in sent.items() if name not in same}
    return changed if "correction" in same else changed | {"correction": values["correction"]}


def merged(
    mine: Mapping[str, str], base: Mapping[str, str], theirs: Mapping[str, str]
) -> dict[str, str]:
    """Merge a form with a newer revision of the entry. All three are form values.

    A field that the user left as it was in `base` takes the value of `theirs`. A text that both changed is merged
    paragraph by paragraph.
    """
    left = {name for name in NAMES if _plain(mine[name]) == _plain(base[name])}
    values = dict(mine) | {name: theirs[name] for name in left}
    if len({_plain(one["body"]) for one in (mine, base, theirs)}) == 3:
        values["body"] = blocks.merged(base["body"], mine["body"], theirs["body"])
    return values


def became(base: Entry | None, newer: Entry) -> str:
    """A warning if the entry's status has changed since the edit began; otherwise an empty text."""
    if base is None or base.status is newer.status:
        return ""
    if base.status is EntryStatus.PUBLISHED:
        return "It is not public any more: do not publish it again by mistake."
    return {
        EntryStatus.PUBLISHED: "It was published meanwhile: what you save now, readers see at once.",
        EntryStatus.SCHEDULED: "It was scheduled meanwhile.",
        EntryStatus.SUBMITTED: "It waits for an editor now.",
        EntryStatus.DRAFT: "It is a draft now.",
    }.get(newer.status, "")


def published(values: Mapping[str, str], story: Story, entry: Entry) -> dict[str, Any]:
    """`changes()`, and for an unpublished entry its publication, at the time in the form if there is one."""
    changed = changes(values, story, entry)
    if entry.status is EntryStatus.PUBLISHED:
        return changed
    hour = when("publish_at", values, story.timezone)
    return (
        changed | {"status": EntryStatus.PUBLISHED.value} | ({"publish_at": hour} if hour else {})
    )


def asked(
    form: Mapping[str, Any], publishes: bool
) -> Callable[[Mapping[str, str], Story, Entry], dict[str, Any]]:
    """The function that reads an edit, by the button that was pressed. "Save" leaves the status as it is."""
    if form.get("action") == "save":
        return partial(changes, pins=publishes)
    return published if publishes else submitted


def first_status(form: Mapping[str, Any], publishes: bool) -> EntryStatus:
    """The status of a new entry, by the button that was pressed."""
    if form.get("action") == "draft":
        return EntryStatus.DRAFT
    return EntryStatus.PUBLISHED if publishes else EntryStatus.SUBMITTED


def submitted(values: Mapping[str, str], story: Story, entry: Entry) -> dict[str, Any]:
    """`changes()` for a contributor. A draft is also submitted."""
    waits = {"status": EntryStatus.SUBMITTED.value} if entry.status is EntryStatus.DRAFT else {}
    return changes(values, story, entry, pins=False) | waits


def of_entry(entry: Entry, story: Story) -> dict[str, str]:
    """An entry as form values of the composer."""
    waiting = entry.published_at if entry.status is not EntryStatus.PUBLISHED else None
    form_only: dict[str, Any] = {"publish_at": waiting, "correction": None}
    values = {
        name: form_only[name] if name in form_only else getattr(entry, name) for name in TYPED
    }
    shown = {
        name: _shown(TYPED[name], value) for name, value in values.items() if name not in TIMES
    }
    return shown | hours(story.timezone, **{name: values[name] for name in TIMES})


def of_story(story: Story) -> dict[str, str]:
    """A story as values of its form."""
    return {
        "status": story.status.value,
        "title": story.title,
        "summary": story.summary,
        "category": story.category or "",
        "place": story.place or "",
        "timezone": story.timezone,
        "language": story.language,
        "related": ", ".join(story.related),
        "sponsors": "\n".join(_joined(sponsor, SPONSOR) for sponsor in story.sponsors),
        "cover": story.cover.id if story.cover else "",
        "cover_alt": (story.cover.alt if story.cover else None) or "",
        "cover_credit": (story.cover.credit if story.cover else None) or "",
        "embed_origins": "\n".join(story.embed_origins),
    } | hours(story.timezone, coverage_start=story.coverage_start, coverage_end=story.coverage_end)


def story_fields(values: Mapping[str, str], story: Story) -> dict[str, Any]:
    """The fields of a story that the form changes. Times are in the time zone that the form showed. Raises
    `Invalid`.
    """
    shown = of_story(story)
    sent: dict[str, Any] = {
        name: values[name]
        for name in OF_STORY
        if name in values and _plain(values[name]) != _plain(shown[name])
    }
    for name in ("coverage_start", "coverage_end"):
        changed = name in sent
        if sent.pop(f"{name}_offset", None) is not None or changed:
            sent[name] = when(name, values, story.timezone)
    if "related" in sent:
        sent["related"] = _listed(sent["related"])
    if "embed_origins" in sent:
        sent["embed_origins"] = _listed(sent["embed_origins"].replace("\n", ","))
    if "sponsors" in sent:
        sent["sponsors"] = _lines("sponsors", sent["sponsors"], SPONSOR, needed=3)
    return _with_cover(sent, values, story)


def _with_cover(sent: Mapping[str, Any], values: Mapping[str, str], story: Story) -> dict[str, Any]:
    """The fields with the cover as one. Words that stand there unchanged belong to the cover before."""
    fields = {name: value for name, value in sent.items() if name not in COVER}
    if not COVER & sent.keys():
        return fields
    chosen = values.get("cover", story.cover.id if story.cover else "")
    if not chosen:
        return fields | ({"cover": None} if story.cover else {})
    words = {name: values.get(f"cover_{name}", "") for name in ("alt", "credit")}
    if "cover" in sent:
        words = {name: word for name, word in words.items() if f"cover_{name}" in sent}
    return fields | {"cover": {"id": chosen} | words}


def detail(error: Refused) -> str:
    """The message of an error that belongs to no field."""
    if isinstance(error, Stale):
        return "it was changed meanwhile; look at the newest version first"
    return error.detail


def field_messages(error: Mapping[str, str]) -> dict[str, str]:
    """Error messages by the form's own fields. `credits.0.name` becomes `credits`, and the message names line 1."""
    shown: dict[str, str] = {}
    for name, message in error.items():
        field, *rest = name.split(".")
        where = f"line {int(rest[0]) + 1}: " if rest and rest[0].isdigit() else ""
        part = f"{rest[1]} " if len(rest) > 1 and field in {*LINES, "sponsors"} else ""
        label = field.replace("_", " ").capitalize()
        shown.setdefault(field, f"{label}: {where}{part}{message}")
    return shown


def _media(form: Mapping[str, Any]) -> str:
    """The media fields whose `media-0-keep` is set (`media-0-id`, `media-0-alt` and so on), as JSON.

    The entry's own form limits their number.
    """
    kept = [match[1] for name in form if (match := KEPT_MEDIUM.fullmatch(name)) and form[name]]
    return _written(
        [
            {name: _plain(str(form.get(f"media-{number}-{name}", ""))) for name in MEDIUM}
            for number in sorted(kept, key=int)
        ]
    )


def _said(medium: Medium) -> dict[str, str]:
    return {name: _plain(getattr(medium, name) or "") for name in MEDIUM}


def _written(said: list[dict[str, str]]) -> str:
    return json.dumps(said) if said else ""


def revision(form: Mapping[str, Any]) -> int | None:
    """The revision with which the form's edit began; None if there is none."""
    given = str(form.get("rev", ""))
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def seen(form: Mapping[str, Any]) -> int | None:
    """The revision that the user saw; None if the form has none. Raises `Invalid`."""
    rev = revision(form)
    if rev is None and form.get("rev"):
        raise Invalid({"rev": "must be the number of a revision"})
    return rev


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _lines(
    field: str,
    text: str,
    names: tuple[str, ...],
    needed: int = 2,
    held: Mapping[str, Any] | None = None,  # the item of each unchanged line
) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for number, line in enumerate(filter(str.strip, text.splitlines())):
        if (as_it_was := (held or {}).get(line.strip())) is not None:
            items.append(as_it_was.model_dump(mode="json", exclude_none=True))
            continue
        parts = [part.strip() for part in line.split("|", len(names) - 1)]
        if len(parts) < needed:
            rest = " (the last two may be left out)" if needed < len(names) else ""
            message = f"must be: {' | '.join(names)}{rest}"
            raise Invalid({f"{field}.{number}": message})
        items.append({name: part for name, part in zip(names, parts, strict=False) if part})
    return items


def _joined(item: Any, names: tuple[str, ...]) -> str:
    values = [" ".join(str(getattr(item, name) or "").split()) for name in names]
    while len(values) > 2 and not values[-1]:
        values.pop()
    return " | ".join(values)


def when(field: str, values: Mapping[str, str], zone: str) -> str | None:
    """A `datetime-local` value in the story's time zone, as an exact time in ISO 8601; None if it is empty.

    Raises `Invalid`; if the local time is ambiguous, with the possible offsets.
    """
    text = values.get(field, "")
    if not text.strip():
        return None
    try:
        return localtime.exact(text, zone, values.get(f"{field}_offset", "")).isoformat()
    except localtime.Unclear as unclear:
        raise Invalid({field: str(unclear)}) from None
    except ValueError:
        raise Invalid({field: "must be a date and time that exist"}) from None


def hours(zone: str, **times: datetime | None) -> dict[str, str]:
    """Exact times as form values that `when()` takes."""
    shown = {name: localtime.field(at, zone) if at else ("", "") for name, at in times.items()}
    return {name: typed for name, (typed, _) in shown.items()} | {
        f"{name}_offset": offset for name, (_, offset) in shown.items()
    }
