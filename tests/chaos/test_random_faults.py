"""Random schedules of real faults: every reader has every event once and in order, and its page is as fresh.

A schedule that fails is printed; as an `@example` it is run again. `--hypothesis-seed=N` draws the same
schedules again, and `FAULT_SCHEDULES=200` in the environment draws that many, at some ten seconds each.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, event, example, given, settings
from hypothesis import strategies as st
from installation import Installation
from page_readers import fresh, head_of
from posters import whole_log
from processes import PATIENCE, Stopwatch
from readers import all_have

pytestmark = pytest.mark.anyio

SCHEDULES = int(os.environ.get("FAULT_SCHEDULES", "3"))
BOUND = 3.0  # seconds until all are level when all is mended: two by the promise, one to come back
QUICK = 0.4  # seconds; what Redis does not bring waits for about a second

CHANGES = "post post post edit pin remove purge join leave".split()
FAULTS = "kill freeze stall empty drop silence deafen cut lose double swap forge mend".split()


class Step(NamedTuple):
    """What happens, where, and how many seconds pass before the next step."""

    verb: str
    at: int
    then: float = 0.05


def steps(text: str) -> list[Step]:
    """Each step as its verb, where, and the seconds where they matter."""
    words = [step.split() for step in text.split(",")]
    return [Step(verb, int(at), *map(float, then)) for verb, at, *then in words]


# Every fault with a change in it, so that none depends on luck: an entry is committed and its server
# killed before it answers; the last announcement of all is lost.
ALL = steps(
    "post 0, edit 0, join 1, stall 0, post 1 0.2, kill 1, mend 0, lose 0, lose 1, post 0 0.2, mend 0, "
    "post 1, swap 0, swap 1, post 0, pin 1, post 1 0.2, mend 0, double 0, double 1, edit 0, post 0, "
    "forge 0, forge 1, forge 2, forge 3, leave 0, drop 0, post 0, silence 0, silence 1, post 0, "
    "join 0, mend 0, empty 0, post 1, freeze 0, post 1, purge 2, remove 3, mend 0, stall 0, post 0, "
    "post 1, mend 0, cut 0, cut 1, post 0, leave 1, deafen 1, post 0, lose 0, lose 1, post 0 0.5"
)

SCHEDULE = st.lists(
    st.builds(
        Step,
        st.sampled_from(CHANGES) | st.sampled_from(FAULTS),
        st.integers(0, 5),
        st.sampled_from([0.0, 0.05, 0.2, 0.5]),
    ),
    min_size=8,
    max_size=16,
)


@given(schedule=SCHEDULE)
@example(schedule=ALL)
@settings(
    max_examples=SCHEDULES,
    deadline=None,
    database=None,
    derandomize=False,
    print_blob=True,
    # Real processes do not do the same twice: nothing is learnt from less and less of a schedule.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
async def test_every_reader_has_everything_whatever_fails(
    tmp_path_factory: pytest.TempPathFactory, schedule: Sequence[Step]
) -> None:
    async with Installation(tmp_path_factory.mktemp("faults")) as here:
        for at in range(4):
            here.join(at)
        here.post(0)
        await here.settled()
        for step in schedule:
            event(step.verb)
            getattr(here, step.verb)(step.at)
            await asyncio.sleep(step.then)
        await here.settled()
        await level(here)
        for at in range(2):
            await redis_is_used(here, at)
        await level(here)

        log = await whole_log(here.servers[0].url, here.slug)
        assert {event["id"] for event in log} == set(here.entries)
        assert len(here.entries) == here.posted
        assert not any(reader.resets for reader in here.readers)
        assert not any("Traceback" in server.said() for server in here.servers)


async def level(here: Installation) -> None:
    """Waits until every reader has everything, once and in order, and compares with pages loaded now."""
    taken = Stopwatch(*here.servers, here.redis)
    head = await head_of(here.servers[0], here.slug)
    await asyncio.gather(*(reader.until(head) for reader in here.readers))
    assert taken.seconds < BOUND
    await all_have(here.readers, head)
    for server in here.servers:
        page = await fresh(server, here.slug)
        assert (page.seq, page.shown) == (head, page.loaded)
        for reader in here.readers:
            assert reader.content.shown == page.loaded


async def redis_is_used(here: Installation, at: int) -> None:
    """Waits until entries of the other server come at once, and not by the head check."""
    ours = here.servers[at]
    reader = next(reader for reader in here.readers if reader.ws == ours.ws)
    quick = 0
    async with asyncio.timeout(PATIENCE):
        while quick < 3:
            seq = await here.posted_at(at + 1)
            taken = Stopwatch(*here.servers, here.redis)
            await reader.until(seq)
            quick = quick + 1 if taken.seconds < QUICK else 0
