"""Local times, and the exact times they stand for.

When clocks are put back, some local times come twice. When clocks are put forward, some do not exist.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

FIELD = "%Y-%m-%dT%H:%M"


class Choice(NamedTuple):
    """One meaning of a local time: the exact time (UTC), and its offset from UTC, as `+02:00`."""

    at: datetime
    offset: str

    def said(self, zone: str, typed: datetime) -> str:
        """`03:30 (UTC+2)`, with the date if it differs from the date of `typed`."""
        local = self.at.astimezone(ZoneInfo(zone))
        day = "" if local.date() == typed.date() else f"{long_day(local)}, "
        return day + hour(self.at, zone)


class Unclear(ValueError):
    """A local time that comes twice (`twice` is true) or does not exist. `choices` are its two meanings."""

    def __init__(self, typed: datetime, zone: str, choices: tuple[Choice, Choice]) -> None:
        self.choices = choices
        self.twice = all(_shows(one.at, zone, typed) for one in choices)
        first, second = (one.said(zone, typed) for one in choices)
        does, put = ("comes twice", "back") if self.twice else ("does not exist", "forward")
        when = f"{typed:%H:%M} on {long_day(typed)}"
        super().__init__(
            f"{when} {does} in {zone}, where the clocks are put {put}: choose {first} or {second}"
        )


def exact(text: str, zone: str, offset: str = "") -> datetime:
    """The exact time (UTC) of a local time in `zone` (`2026-10-25T02:30`), or of a time with its own offset.

    `offset` is the offset of the chosen meaning, as in `Choice`; empty if nothing was chosen. Raises `Unclear`
    if a choice is needed, and another `ValueError` if `text` is not a time.
    """
    typed = _read(text)
    if typed.tzinfo is not None:
        return _utc(typed)
    choices = _choices(typed, zone)
    if len(choices) == 1:
        return choices[0].at
    chosen = [one for one in choices if one.offset == offset]
    if not chosen:
        raise Unclear(typed, zone, (choices[0], choices[1]))
    return chosen[0].at


def choices(text: str, zone: str) -> list[tuple[str, str]]:
    """`[(offset, words)]` for the meanings of a local time; empty if it has only one."""
    try:
        typed = _read(text)
        found = [] if typed.tzinfo is not None else _choices(typed, zone)
    except ValueError:
        return []
    return [(one.offset, one.said(zone, typed)) for one in found] if len(found) > 1 else []


def told(text: str, zone: str, offset: str = "") -> str:
    """`10:25 (UTC+2)`: the time that a form's field stands for; empty if that is unclear or not a time."""
    try:
        at = exact(text, zone, offset)
    except ValueError:
        return ""
    return Choice(at, offset).said(zone, _read(text))


def field(at: datetime, zone: str) -> tuple[str, str]:
    """The local time in `zone`, and its offset if that local time comes twice: the values `exact()` takes."""
    local = at.astimezone(ZoneInfo(zone))
    typed = local.strftime(FIELD)
    twice = len(_choices(_read(typed), zone)) > 1
    return typed, _offset(local.utcoffset()) if twice else ""


def hour(at: datetime, zone: str) -> str:
    """`10:25 (UTC+2)`: the local time in `zone`, with the offset."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%H:%M} ({utc(local.utcoffset())})"


def turns(at: datetime, zone: str) -> bool:
    """Whether the clocks of `zone` are changed within half a day of `at`, so that a time of day alone may be two."""
    half = timedelta(hours=12)
    try:
        before, after = (
            (at + step).astimezone(ZoneInfo(zone)).utcoffset() for step in (-half, half)
        )
    except OverflowError:  # the first or the last day of the calendar
        return False
    return before != after


def utc(offset: timedelta | None) -> str:
    """`UTC+5:30`, or `UTC` for no offset."""
    minutes = round((offset or timedelta()).total_seconds() / 60)
    sign = "−" if minutes < 0 else "+"  # noqa: RUF001 - a minus, as people read it
    hours, rest = divmod(abs(minutes), 60)
    return "UTC" if not minutes else f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def long_day(local: datetime) -> str:
    """`25 October 2026`"""
    return f"{local.day} {local:%B %Y}"


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text.strip())


def _choices(typed: datetime, zone: str) -> list[Choice]:
    """The exact times of a local time, by the offsets before and after a change of clocks (PEP 495), earlier
    first."""
    offsets = {
        typed.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() or timedelta()
        for fold in (0, 1)
    }
    try:
        found = [
            Choice((typed - offset).replace(tzinfo=UTC), _offset(offset)) for offset in offsets
        ]
    except OverflowError:
        raise ValueError("is out of range") from None
    return sorted(found)


def _shows(at: datetime, zone: str, typed: datetime) -> bool:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == typed


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None


def _offset(offset: timedelta | None) -> str:
    """`+02:00`, with seconds for old local mean times."""
    seconds = round((offset or timedelta()).total_seconds())
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{sign}{hours:02}:{minutes:02}" + (f":{rest:02}" if rest else "")
