"""What a time of the clock means where clocks are put forward and back, and how the desk asks for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from liveblog.content.localtime import Unclear, choices, exact, field, hour

# Zone, what its clock shows, and what that can mean: in UTC, as it is said, and as the field has it then.
# The IANA database is the source of each.
TWO_CHOICES = [
    (
        "Europe/Kyiv",
        "2026-10-25T03:30",
        "comes twice",
        [("00:30", "03:30 (UTC+3)"), ("01:30", "03:30 (UTC+2)")],
    ),
    (
        "Europe/Kyiv",
        "2026-03-29T03:30",
        "does not exist",
        [("00:30", "02:30 (UTC+2)"), ("01:30", "04:30 (UTC+3)")],
    ),
    (
        "America/New_York",
        "2026-11-01T01:05",
        "comes twice",
        [("05:05", "01:05 (UTC−4)"), ("06:05", "01:05 (UTC−5)")],  # noqa: RUF001
    ),
    (
        "America/New_York",
        "2026-03-08T02:00",
        "does not exist",
        [("06:00", "01:00 (UTC−5)"), ("07:00", "03:00 (UTC−4)")],  # noqa: RUF001
    ),
    # By half an hour.
    (
        "Australia/Lord_Howe",
        "2026-04-05T01:45",
        "comes twice",
        [("14:45", "01:45 (UTC+11)"), ("15:15", "01:45 (UTC+10:30)")],
    ),
    (
        "Australia/Lord_Howe",
        "2026-10-04T02:15",
        "does not exist",
        [("15:15", "01:45 (UTC+10:30)"), ("15:45", "02:45 (UTC+11)")],
    ),
    # Back for Ramadan, and forward after it.
    (
        "Africa/Casablanca",
        "2026-02-15T02:59",
        "comes twice",
        [("01:59", "02:59 (UTC+1)"), ("02:59", "02:59 (UTC)")],
    ),
    (
        "Africa/Casablanca",
        "2026-03-22T02:30",
        "does not exist",
        [("01:30", "01:30 (UTC)"), ("02:30", "03:30 (UTC+1)")],
    ),
    # By two hours.
    (
        "Antarctica/Troll",
        "2026-10-25T01:30",
        "comes twice",
        [("23:30", "01:30 (UTC+2)"), ("01:30", "01:30 (UTC)")],
    ),
    (
        "Antarctica/Troll",
        "2026-03-29T02:00",
        "does not exist",
        [("00:00", "00:00 (UTC)"), ("02:00", "04:00 (UTC+2)")],
    ),
    # A whole day was left out.
    (
        "Pacific/Apia",
        "2011-12-30T12:00",
        "does not exist",
        [
            ("22:00", "29 December 2011, 12:00 (UTC−10)"),  # noqa: RUF001
            ("22:00", "31 December 2011, 12:00 (UTC+14)"),
        ],
    ),
]


@pytest.mark.parametrize(
    ("zone", "typed", "why", "meant"), TWO_CHOICES, ids=[f"{z} {t}" for z, t, _, _ in TWO_CHOICES]
)
def test_an_hour_that_comes_twice_or_not_at_all_has_two_meanings(
    zone: str, typed: str, why: str, meant: list[tuple[str, str]]
) -> None:
    with pytest.raises(Unclear, match=f"{why} in {zone}") as asked:
        exact(typed, zone)
    offered = choices(typed, zone)
    assert [words for _, words in offered] == [words for _, words in meant]
    assert all(words in str(asked.value) for _, words in offered)
    assert asked.value.twice is (why == "comes twice")
    for (offset, words), (clock, _) in zip(offered, meant, strict=True):
        at = exact(typed, zone, offset)
        assert f"{at.astimezone(UTC):%H:%M}" == clock
        assert hour(at, zone) == words.rpartition(", ")[2]
        assert exact(*_as_sent(at, zone)) == at  # what the form then shows means the same
    with pytest.raises(Unclear):
        exact(typed, zone, "+09:45")  # an offset that is not offered


def _as_sent(at: datetime, zone: str) -> tuple[str, str, str]:
    typed, offset = field(at, zone)
    return typed, zone, offset


@pytest.mark.parametrize(
    ("zone", "typed", "meant"),
    [
        ("Europe/Kyiv", "2026-10-25T02:59", "2026-10-24T23:59"),
        ("Europe/Kyiv", "2026-10-25T04:00", "2026-10-25T02:00"),
        ("Europe/Kyiv", "2026-03-29T02:59", "2026-03-29T00:59"),
        ("Europe/Kyiv", "2026-03-29T04:00", "2026-03-29T01:00"),
        ("Europe/Kyiv", "2026-10-25T03:30+02:00", "2026-10-25T01:30"),  # it says which
        ("Asia/Kathmandu", "2026-06-01T12:00", "2026-06-01T06:15"),
        ("UTC", "2026-06-01T12:00", "2026-06-01T12:00"),
    ],
)
def test_every_other_time_has_one(zone: str, typed: str, meant: str) -> None:
    assert exact(typed, zone) == datetime.fromisoformat(meant).replace(tzinfo=UTC)
    assert exact(typed, zone, "+09:45") == exact(typed, zone)  # one that was left from before
    assert choices(typed, zone) == []


@pytest.mark.parametrize(
    "typed", ["now", "2026-02-30T12:00", "0001-01-01T00:00", "2026-01-01T25:00"]
)
def test_what_is_no_time_is_refused_and_no_question(typed: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - of any kind but a question
        exact(typed, "Europe/Kyiv")
    assert not isinstance(error.value, Unclear)
    assert choices(typed, "Europe/Kyiv") == []
