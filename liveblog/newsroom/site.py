"""What the site is called, the time zone and language of new stories, and whether accounts sign: the only module that decides.

A setting in the environment wins. Otherwise it is what the first admin chose, which is in the database. Otherwise it is
the setting's default.
"""

from __future__ import annotations

from collections.abc import Mapping

from liveblog.models.site import SiteChoices

DEFAULTS = SiteChoices(name="Liveblog", timezone="UTC", language="en", signs=False)


class Site:
    """`given` are the values of the settings that are in the environment, by the names of `SiteChoices`."""

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
