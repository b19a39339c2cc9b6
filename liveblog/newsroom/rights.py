"""Who may do what."""

from __future__ import annotations

from enum import StrEnum

from liveblog.errors import Forbidden
from liveblog.members import Role, User
from liveblog.models import Story


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


def may(user: User, right: Right) -> bool:
    return right in RIGHTS[user.role]


def require(user: User, right: Right) -> None:
    """Raises `Forbidden`."""
    if not may(user, right):
        raise Forbidden(f"the role {user.role.value!r} may not {right.value}")


def sees(user: User, story: Story) -> bool:
    """Contributors may be held to the stories they are assigned to; nobody else is."""
    return user.stories is None or story.id in user.stories


def require_story(user: User, story: Story) -> None:
    """Raises `Forbidden` where the user is not assigned to the story."""
    if not sees(user, story):
        raise Forbidden(f"you are not assigned to the story {story.slug!r}; ask an admin")
