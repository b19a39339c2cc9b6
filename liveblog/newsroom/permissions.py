"""Who may see and do what. The only module that decides by comparing a user with the author of an entry."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from liveblog.errors import Conflict, Forbidden
from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.models.members import Role, User
from liveblog.newsroom.forms import EntryChange, EntryFields, NewEntry


class Right(StrEnum):
    WRITE = "write and submit entries"
    PUBLISH = "publish, edit, remove, pin and verify entries"
    MANAGE_STORIES = "open and change stories"
    MANAGE_USERS = "invite people and change accounts"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CONTRIBUTOR: frozenset({Right.WRITE}),
    Role.EDITOR: frozenset({Right.WRITE, Right.PUBLISH, Right.MANAGE_STORIES}),
    Role.ADMIN: frozenset(Right),
}
# A contributor may change an entry of their own in these states.
IN_WORK = frozenset({EntryStatus.DRAFT, EntryStatus.SUBMITTED})
# Fields that only editors may set, and the value that counts as not set.
EDITOR_FIELDS = {"pinned": False, "break_embargo": False}


def may(user: User, right: Right) -> bool:
    """Whether the role of a user has a right."""
    return right in RIGHTS[user.role]


def require(user: User, right: Right) -> None:
    """Raises `Forbidden`."""
    if not may(user, right):
        raise Forbidden(f"the role {user.role.value!r} may not {right.value}")


# --- stories


def sees(user: User, story: Story) -> bool:
    """Whether a user sees a story. A contributor who is assigned to stories sees no others."""
    return user.stories is None or story.id in user.stories


def require_story(user: User, story: Story) -> None:
    """Raises `Forbidden` if the user is not assigned to the story."""
    if not sees(user, story):
        raise Forbidden(f"you are not assigned to the story {story.slug!r}; ask an admin")


# --- entries


def wrote(user_id: int | None, entry: Entry) -> bool:
    """Whether the user with this id is the entry's author."""
    return entry.created_by == user_id


def owns(user: User, entry: Entry) -> bool:
    """Whether the user is the entry's author."""
    return wrote(user.id, entry)


def sees_inside(user: User, entry: Entry) -> bool:
    """Whether a user sees what readers do not: notes, times of writing, what is withheld, earlier drafts.
    Editors do, and the author."""
    return may(user, Right.PUBLISH) or owns(user, entry)


def require_inside(user: User, entry: Entry, what: str) -> None:
    """Raises `Forbidden`: "a contributor may only `what` entries of their own"."""
    if not sees_inside(user, entry):
        raise Forbidden(f"a contributor may only {what} entries of their own")


def sees_entry(user: User, entry: Entry) -> bool:
    """Contributors see published entries and their own."""
    return entry.status is EntryStatus.PUBLISHED or sees_inside(user, entry)


def only_author(user: User) -> int | None:
    """The author to whom a list of unpublished entries is narrowed for a user; None for all authors."""
    return None if may(user, Right.PUBLISH) else user.id


def may_restore(user: User, entry: Entry) -> bool:
    """Contributors may restore an entry of their own that was never published."""
    return may(user, Right.PUBLISH) or (entry.seq is None and owns(user, entry))


def require_restore(user: User, entry: Entry) -> None:
    """Raises `Forbidden`."""
    require(user, Right.WRITE if may_restore(user, entry) else Right.PUBLISH)


def require_remove(user: User, entry: Entry) -> None:
    """Contributors may remove an entry of their own that was never published. Raises `Forbidden`."""
    public = entry.status is EntryStatus.PUBLISHED
    require(user, Right.WRITE if not public and may_restore(user, entry) else Right.PUBLISH)


def require_create(user: User, form: NewEntry) -> None:
    """Raises `Forbidden`."""
    require(user, Right.WRITE)
    if form.status not in IN_WORK:
        _require_publish(user)
    _require_fields(user, form)


def require_edit(user: User, entry: Entry, change: EntryChange) -> None:
    """Raises `Forbidden`, and `Conflict` for a removed entry."""
    if entry.status is EntryStatus.REMOVED:
        raise Conflict("the entry was removed; it can no longer be changed")
    if may(user, Right.PUBLISH):
        return
    if entry.status not in IN_WORK:
        require(user, Right.PUBLISH)
    require_inside(user, entry, "change")
    _require_fields(user, change, entry)
    if "status" in change.model_fields_set and change.status not in IN_WORK:
        _require_publish(user)


def why_closed(user: User, entry: Entry) -> str:
    """Why a user can no longer change an entry, in words for that user; "" if they can."""
    if entry.status is EntryStatus.REMOVED:
        return "The update has been removed in the meantime; it can no longer be changed."
    if may(user, Right.PUBLISH) or not owns(user, entry) or entry.status in IN_WORK:
        return ""
    became = entry.status.value
    return f"Your update has been {became} in the meantime; only editors can change it now."


def _require_publish(user: User) -> None:
    if not may(user, Right.PUBLISH):
        raise Forbidden(
            f"the role {user.role.value!r} may not publish; send the status 'submitted' or 'draft'"
        )


def _require_fields(user: User, form: EntryFields, entry: Entry | None = None) -> None:
    """Raises `Forbidden` if a contributor sets a field for editors, or ends an embargo early."""
    if may(user, Right.PUBLISH):
        return
    refused = [
        name
        for name, unset in EDITOR_FIELDS.items()
        if name in form.model_fields_set and getattr(form, name) != getattr(entry, name, unset)
    ]
    until = entry.embargo_until if entry else None
    if until and "embargo_until" in form.model_fields_set:
        earlier = form.embargo_until is None or form.embargo_until < until
        refused += ["embargo_until"] if earlier else []
    if refused:
        message = "is for editors"
        raise Forbidden(f"{', '.join(refused)}: {message}", dict.fromkeys(refused, message))


def may_learn(change: Mapping[str, Any], user: int, *, edits: bool) -> bool:
    """Whether a user may learn of a change, as messages between desks name it (`presence/desks.py`).

    Editors learn of all changes, others of public changes and of those of their own entries.
    """
    # A process of another release may omit the keys. Then only editors learn of the change.
    return edits or bool(change.get("public")) or change.get("owner") == user
