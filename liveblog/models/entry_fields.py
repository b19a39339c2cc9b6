"""The fields of an entry, each declared once. Other lists of fields are derived from this one, and
tests compare the model, the form and the table with it.

docs/extending.md says how to add a field.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, Flag, auto
from functools import cache

from liveblog.errors import for_readers


class Trait(Flag):
    """A property of a field."""

    NONE = 0
    MARKED = auto()  # a published entry with another value is marked "updated"
    UNDOABLE = auto()  # undo restores the earlier value
    PLAIN = auto()  # copied unchanged from the newsroom's form
    JSON = auto()  # its column holds JSON
    SEARCHED = auto()  # included in the desk's search
    WRITING_TIME = auto()  # reveals when its author was at work: withheld from other contributors
    INTERNAL = auto()  # in no JSON at all
    WAITING = auto()  # in the desk's form only until the entry is published
    DERIVED = auto()  # in the public JSON, but no column holds it
    FORM_ONLY = auto()  # in the desk's form, but no column holds it


class Typed(Enum):
    """How the desk's form holds a value as text (`web/desk/forms.py` converts each kind)."""

    TEXT = auto()
    FLAG = auto()  # a box to tick
    LIST = auto()  # items separated by commas
    LINES = auto()  # one item on each line, its parts separated by |
    CHOICE = auto()  # the status of the value, chosen from a list
    MEDIA = auto()
    TIME = auto()  # the story's local time, and an offset where clocks change
    NOTE = auto()  # belongs to the change, not to the entry


@dataclass(frozen=True)
class EntryField:
    """One field of an entry.

    `public` is its position among the keys of the public JSON, None if it is not public; a new field takes the next
    number. `typed` is its kind in the desk's form, `label` its label there, `parts` the names of the parts of each of
    its lines. `changed` is its name on a reader's page in "Also changed: …".
    """

    name: str
    traits: Trait = Trait.NONE
    public: int | None = None
    typed: Typed | None = None
    label: str = ""
    parts: tuple[str, ...] = ()
    changed: str | None = None


_EDITED = Trait.MARKED | Trait.UNDOABLE
_COPIED = _EDITED | Trait.PLAIN

# In the order in which a reader's page names the changed fields.
FIELDS = (
    EntryField("id", public=1),
    EntryField("story_id", Trait.INTERNAL),
    EntryField("seq", public=2),
    EntryField("rev", public=3),
    EntryField("url", Trait.DERIVED, public=4),
    EntryField("status", Trait.UNDOABLE),
    EntryField("headline", _COPIED | Trait.SEARCHED, public=9, typed=Typed.TEXT, label="Headline"),
    EntryField(
        "chapter",
        Trait.UNDOABLE | Trait.PLAIN | Trait.SEARCHED,
        public=23,
        typed=Typed.TEXT,
        label="Begins the chapter",
    ),
    EntryField("body", _EDITED | Trait.SEARCHED, typed=Typed.TEXT, label="Text"),
    EntryField("html", Trait.DERIVED, public=10),
    EntryField("body_html", Trait.UNDOABLE, public=11),
    EntryField(
        "dateline",
        _COPIED | Trait.SEARCHED,
        public=16,
        typed=Typed.TEXT,
        label="Place",
        changed=for_readers("place"),
    ),
    EntryField("key", Trait.UNDOABLE | Trait.PLAIN, public=12, typed=Typed.FLAG, label="Key event"),
    EntryField("pinned", Trait.UNDOABLE | Trait.PLAIN, public=13, typed=Typed.FLAG, label="Pinned"),
    EntryField(
        "occurred_at",
        _COPIED,
        public=8,
        typed=Typed.TIME,
        label="Happened at",
        changed=for_readers("when it happened"),
    ),
    EntryField("published_at", _EDITED, public=5, changed=for_readers("time of publication")),
    EntryField(
        "verification",
        Trait.UNDOABLE | Trait.JSON,
        public=19,
        typed=Typed.CHOICE,
        label="Verification",
    ),
    EntryField(
        "credits",
        _EDITED | Trait.JSON | Trait.SEARCHED,
        public=17,
        typed=Typed.LINES,
        label="Credits",
        parts=("role", "name", "handle", "url"),
        changed=for_readers("credits"),
    ),
    EntryField(
        "sources",
        _EDITED | Trait.JSON | Trait.SEARCHED,
        public=18,
        typed=Typed.LINES,
        label="Sources",
        parts=("kind", "name", "url", "quote"),
        changed=for_readers("sources"),
    ),
    EntryField(
        "labels",
        _COPIED | Trait.JSON,
        public=14,
        typed=Typed.LIST,
        label="Labels",
        changed=for_readers("labels"),
    ),
    EntryField(
        "topics",
        _COPIED | Trait.JSON,
        public=15,
        typed=Typed.LIST,
        label="Topics",
        changed=for_readers("topics"),
    ),
    EntryField(
        "media",
        _EDITED | Trait.JSON,
        public=21,
        typed=Typed.MEDIA,
        label="Pictures, video, sound",
        changed=for_readers("pictures"),
    ),
    EntryField("embeds", Trait.UNDOABLE | Trait.JSON, public=22, changed=for_readers("link cards")),
    EntryField("correction", Trait.FORM_ONLY, typed=Typed.NOTE, label="Correction (public note)"),
    EntryField("corrections", Trait.JSON, public=20),
    EntryField("corrected_at", public=7),
    EntryField("edited_at", Trait.UNDOABLE, public=6),
    EntryField("created_at", Trait.WRITING_TIME),
    EntryField("created_by", Trait.INTERNAL),
    EntryField("publish_at", Trait.FORM_ONLY | Trait.WAITING, typed=Typed.TIME, label="Publish at"),
    EntryField(
        "embargo_until",
        Trait.UNDOABLE | Trait.PLAIN | Trait.WRITING_TIME | Trait.WAITING,
        typed=Typed.TIME,
        label="Not before (embargo)",
    ),
    EntryField("returned_at", Trait.UNDOABLE | Trait.WRITING_TIME),
)
BY_NAME = {field.name: field for field in FIELDS}
TYPED = {field.name: field for field in FIELDS if field.typed}
PUBLIC = tuple(
    field.name
    for field in sorted(FIELDS, key=lambda field: field.public or 0)
    if field.public is not None
)
CHANGED = {field.name: field.changed for field in FIELDS if field.changed}


@cache
def named(*traits: Trait) -> tuple[str, ...]:
    """The names of the fields that have all of these traits."""
    return tuple(field.name for field in FIELDS if all(trait in field.traits for trait in traits))
