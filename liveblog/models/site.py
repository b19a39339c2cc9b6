"""What a newsroom chose for its site, and what it may choose. Frozen values, no I/O."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from liveblog.models.content import Value

LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"  # a language tag
LONGEST_SITE_NAME = 100
LONGEST_ZONE = 64
LONGEST_LANGUAGE = 35


class SiteChoices(Value):
    """The name in the masthead; the IANA time zone and the language tag of new stories; whether updates without
    credits are signed with the name of the account that wrote them."""

    name: str
    timezone: str
    language: str
    signs: bool


def known_zone(name: str) -> str:
    """Checks the name of a time zone. Raises `ValueError`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Europe/Kyiv") from None
    return name
