"""How long a client may keep a connection waiting with a body: in steps of a clock of the test's own."""

from __future__ import annotations

import pytest

from liveblog.live.connections import BODY_RATE, BODY_SECONDS, Body


def lasts(came: int, every: float, seconds: float, *, rests: bool = False) -> bool:
    """Whether a body goes on for so long of which some bytes come at regular times."""
    body, now = Body(BODY_SECONDS, 0.0), 0.0
    while body.left >= 0 and now < seconds:
        now += every
        body = body.now(now, rests=rests).came(came, now) if came else body.now(now, rests=rests)
    return body.left >= 0


@pytest.mark.parametrize(
    ("came", "every", "holds"),
    [
        (0, 1, False),  # nothing at all
        (1, 0.5, False),  # a byte now and then
        (1, 50, False),
        (int(BODY_RATE * 0.9), 1, False),
        (int(BODY_RATE * 1.1), 1, True),
        (30_000, 55, True),  # a phone that is between masts most of the time
        (64 * 1024, 59, True),
    ],
)
def test_a_body_has_a_lowest_speed(came: int, every: float, holds: bool) -> None:
    assert lasts(came, every, 3600) is holds


def test_speed_is_not_saved_up_for_longer_than_a_minute() -> None:
    body = Body(BODY_SECONDS, 0.0).came(100_000_000, 1.0)
    assert body.now(1.0 + BODY_SECONDS - 1).left > 0
    assert body.now(1.0 + BODY_SECONDS + 1).left < 0


def test_while_we_do_not_read_no_time_passes() -> None:
    assert lasts(0, 1, 3600, rests=True)
