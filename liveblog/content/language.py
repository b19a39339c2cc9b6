"""The languages of the interface: the list, the choice among them, and their words, plurals and dates.

The catalogues are gettext's (`locale/*.po`, maintained with `tools/messages.py`). Dates and plural rules are
those of the CLDR, by Babel. A story's page is in the story's language, because its entries are rendered
once for all readers. Every other page is in the reader's language.
"""

from __future__ import annotations

import functools
import gettext
import io
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, dates, lists, numbers
from babel.core import get_global, parse_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from liveblog.resources import folder

ENGLISH = "en"
TAGS = (ENGLISH, "uk", "de", "fr", "es", "ar")
# In the CLDR, `en` has American dates. Dates here are written 25 February and 14:32.
LOCALES = {ENGLISH: "en_GB"}
# The parts of a date, as the CLDR names them: each language has its own order.
SKELETONS = {
    "month": "yMMMM",
    "year": "y",
    "short day": "MMMd",
    "short month": "MMM",
}
# The CLDR keeps the names of cities under older names of their zones.
OLDER_ZONES = {"Europe/Kyiv": "Europe/Kiev"}
LONGEST_HEADER = 1_000  # characters; the rest is not read
PLURAL_SAMPLES = range(120)  # every plural form of these languages has a number in it


def known(tag: str) -> str | None:
    """The interface language for a language tag (RFC 5646); None if there is none."""
    base = tag.split("-", maxsplit=1)[0].lower()
    return base if base in TAGS else None


def of_story(tag: str) -> str:
    """The interface language on the pages of a story in language `tag`; English if there is none."""
    return known(tag) or ENGLISH


def of_browser(header: str) -> str:
    """The best interface language for an `Accept-Language` header (RFC 9110, 12.5.4); English if none fits."""
    wanted = []
    for number, part in enumerate(header[:LONGEST_HEADER].split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if weight > 0 and (ours := known(tag.strip())):
            wanted.append((-weight, number, ours))
    return min(wanted)[2] if wanted else ENGLISH


def with_territory(tag: str) -> str | None:
    """A language tag (RFC 5646) with its territory, as `en_GB`: the usual one if the tag has none (CLDR, likely subtags).

    None if neither is known.
    """
    try:
        spoken, territory, script, *_ = parse_locale(tag, sep="-")
    except ValueError:
        return None
    usual = get_global("likely_subtags")
    if territory is None and (likely := usual.get(f"{spoken}_{script}") or usual.get(spoken)):
        territory = parse_locale(likely)[1]
    return f"{spoken}_{territory}" if territory else None


class Language:
    """One language of the interface: its translations, plurals and dates. `direction` is `ltr` or `rtl`."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._locale = Locale.parse(LOCALES.get(tag, tag))
        self.direction = self._locale.text_direction
        self.comma = "، " if tag == "ar" else ", "
        self.translations = _translations(tag)

    def translated(self, message: str) -> str:
        """The translation of a message marked with `for_readers`. Other texts are returned unchanged."""
        return self.translations.gettext(message) if message else ""

    def plurals(self, one: str, many: str) -> Markup:
        """`data-one="…" data-other="…"`: a message in each plural form, by the CLDR's names of the forms.

        `#` stands for the number. Scripts choose the form with `Intl.PluralRules`.
        """
        samples = {self._locale.plural_form(number): number for number in PLURAL_SAMPLES}
        return Markup(" ").join(
            Markup('data-{}="{}"').format(name, self.translations.ngettext(one, many, number))
            for name, number in sorted(samples.items())
        )

    def counted(self, one: str, many: str, number: int) -> str:
        """The message of `plurals()` with its number, as scripts write it."""
        digits = numbers.format_decimal(number, locale=self._locale, numbering_system="latn")
        return self.translations.ngettext(one, many, number).replace("#", digits)

    def listed(self, items: Iterable[str]) -> Markup:
        """`Fin, Olga and Ana`: items joined as the language joins them. Those that are no markup are escaped."""
        safe = [str(escape(item)) for item in items]
        return Markup(lists.format_list(safe, locale=self._locale))  # noqa: S704 - of escaped items

    def city(self, zone: str) -> str:
        """`Kyiv`: the city by which a time zone is known, in this language; `UTC` for a zone of no place."""
        told = self._locale.time_zones.get(OLDER_ZONES.get(zone, zone)) or {}
        name: str = told.get("city") or zone.rpartition("/")[2].replace("_", " ")
        return name

    def clock(self, moment: datetime, zone: str) -> str:
        """`14:32 EET`: the time of day in a zone, and the zone."""
        return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M %Z")

    def day(self, moment: datetime, zone: str) -> str:
        """`25 February 2026`: the date in a zone."""
        return dates.format_date(moment.astimezone(ZoneInfo(zone)), "long", self._locale)

    def of_step(self, moment: datetime, step: str, zone: str = "") -> str:
        """The day (`Friday 25 February 2026`), month or year of a time, for headings; `short` ones for rows.

        With `zone`, the one in that zone; otherwise `moment` is local.
        """
        local = moment.astimezone(ZoneInfo(zone)) if zone else moment
        if step == "day":
            return dates.format_date(local, "full", self._locale)
        return str(dates.format_skeleton(SKELETONS[step], local, locale=self._locale))

    def full(self, moment: datetime, zone: str) -> str:
        """`25 February 2026, 14:32 EET`: date, time and zone."""
        return f"{self.day(moment, zone)}{self.comma}{self.clock(moment, zone)}"


@functools.cache
def language(tag: str) -> Language:
    """The language for one of `TAGS`, made once."""
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
