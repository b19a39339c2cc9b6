"""The languages of the interface: which there are, which one is meant, and their words, plurals and dates.

The catalogues are gettext's (`locale/*.po`, kept by `tools/messages.py`); dates and plural rules are
the CLDR's, by Babel. A story's page speaks the story's language, because its entries are rendered
once for all readers; every other page speaks the reader's.
"""

from __future__ import annotations

import functools
import gettext
import io
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, dates
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup

from liveblog.resources import folder

ENGLISH = "en"
TAGS = (ENGLISH, "uk", "de", "fr", "es", "ar")
# Plain English means American dates to the CLDR; here it is 25 February and 14:32.
LOCALES = {ENGLISH: "en_GB"}
PLURAL_SAMPLES = range(120)  # every plural form of these languages comes up below


def known(tag: str) -> str | None:
    """Ours for a language tag (RFC 5646), or None."""
    base = tag.split("-", maxsplit=1)[0].lower()
    return base if base in TAGS else None


def of_story(tag: str) -> str:
    """The interface's language on the pages of a story in this language."""
    return known(tag) or ENGLISH


def of_browser(header: str) -> str:
    """The best of ours by an `Accept-Language` header (RFC 9110, 12.5.4)."""
    wanted = []
    for number, part in enumerate(header.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if weight > 0 and (ours := known(tag.strip())):
            wanted.append((-weight, number, ours))
    return min(wanted)[2] if wanted else ENGLISH


class Language:
    """One language of the interface. `direction` is `ltr` or `rtl`."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._locale = Locale.parse(LOCALES.get(tag, tag))
        self.direction = self._locale.text_direction
        self.comma = "، " if tag == "ar" else ", "
        self.translations = _translations(tag)

    def translated(self, message: str) -> str:
        """What `for_readers` marked in this language; anything else as it is."""
        return self.translations.gettext(message) if message else ""

    def plurals(self, one: str, many: str) -> Markup:
        """`data-one="…" data-other="…"`: a message in each plural form (the CLDR's names), with `#` for
        the number; scripts choose by `Intl.PluralRules`."""
        samples = {self._locale.plural_form(number): number for number in PLURAL_SAMPLES}
        return Markup(" ").join(
            Markup('data-{}="{}"').format(name, self.translations.ngettext(one, many, number))
            for name, number in sorted(samples.items())
        )

    def clock(self, moment: datetime, zone: str) -> str:
        """`14:32 EET`: the time of day in a zone, and the zone."""
        return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M %Z")

    def day(self, moment: datetime, zone: str) -> str:
        return dates.format_date(moment.astimezone(ZoneInfo(zone)), "long", self._locale)

    def full(self, moment: datetime, zone: str) -> str:
        return f"{self.day(moment, zone)}{self.comma}{self.clock(moment, zone)}"


@functools.cache
def language(tag: str) -> Language:
    """One of `TAGS`."""
    return Language(tag)


def _translations(tag: str) -> gettext.NullTranslations:
    if tag == ENGLISH:
        return gettext.NullTranslations()
    with (folder("locale") / f"{tag}.po").open("rb") as file:
        catalog = read_po(file, locale=tag)
    binary = io.BytesIO()
    write_mo(binary, catalog)
    binary.seek(0)
    return gettext.GNUTranslations(binary)
