"""What the site is called, the time zone and language of new stories, and whether accounts sign their updates.

The only module that decides it: a setting in the environment wins. Otherwise it is what the first admin chose, which is in
the database. Otherwise it is the setting's default. No I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
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


DEFAULTS = SiteChoices(name="Liveblog", timezone="UTC", language="en", signs=False)


class Site:
    """What holds for the site in a process. `given` are the values of the settings that are in the environment, by the names of `SiteChoices`."""

    def __init__(self, given: Mapping[str, object] | None = None) -> None:
        self.given = dict(given or {})
        self._now = DEFAULTS.model_copy(update=self.given)

    def take(self, chosen: SiteChoices | None) -> None:
        """Takes what the first admin chose; None if nobody has chosen."""
        self._now = (chosen or DEFAULTS).model_copy(update=self.given)

    @property
    def name(self) -> str:
        """The name in the masthead."""
        return self._now.name

    @property
    def timezone(self) -> str:
        """The IANA time zone of new stories."""
        return self._now.timezone

    @property
    def language(self) -> str:
        """The language tag of new stories."""
        return self._now.language

    @property
    def signs(self) -> bool:
        """Whether updates without credits are signed with the name of the account that wrote them."""
        return self._now.signs


def known_zone(name: str) -> str:
    """Checks the name of a time zone. Raises `ValueError`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Europe/Kyiv") from None
    return name
