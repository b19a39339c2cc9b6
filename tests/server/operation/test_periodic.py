"""Work that is done again and again ends when it is told to, whatever it is in the middle of."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from statistics import median
from typing import NoReturn

import pytest
import uvloop
from processes import PATIENCE, Redis

from liveblog.bus.redis import RedisBus
from liveblog.process.periodic import every, until_next

STEPS = 60  # of the event loop; two publications are made within them


async def ends(task: asyncio.Task[NoReturn]) -> bool:
    """Whether a cancel ends it; it has ended in any case."""
    task.cancel()
    _, left = await asyncio.wait([task], timeout=10)
    while left:
        task.cancel()
        _, left = await asyncio.wait([task], timeout=0.01)
    return task.cancelling() == 1


@pytest.mark.anyio
async def test_a_round_that_loses_the_cancel_is_the_last() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        if begun.is_set():
            return
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    rounds = asyncio.create_task(every(0, work))
    await begun.wait()
    assert await ends(rounds)


@pytest.mark.anyio
async def test_tasks_of_one_period_run_together_and_none_catches_up() -> None:
    times: dict[str, list[float]] = {"one": [], "two": [], "slow": []}
    enough = asyncio.Event()

    async def work(name: str) -> None:
        times[name].append(asyncio.get_running_loop().time())
        if name == "slow":
            await asyncio.sleep(0.25)
        if len(times["one"]) >= 8:
            enough.set()

    tasks = [asyncio.create_task(every(0.1, partial(work, name))) for name in times]
    async with asyncio.timeout(PATIENCE):
        await enough.wait()
    for task in tasks:
        assert await ends(task)
    apart = [abs(one - two) for one, two in zip(times["one"], times["two"], strict=False)]
    assert median(apart) < 0.02
    assert len(times["slow"]) < len(times["one"])


@pytest.mark.parametrize("seconds", [0.5, 1.0, 60.0])
def test_the_next_time_is_a_whole_one_and_never_now(seconds: float) -> None:
    first = until_next(seconds, 1000.0)
    for now in (1000.0, 1000.1, 1000.0 + first, 1000.0 + first - 1e-9, 123456.789):
        left = until_next(seconds, now)
        assert 0 < left <= seconds * 1.001
        assert (now + left - 1000.0 - first + 1e-6) % seconds < 1e-5
    assert until_next(0, 5.0) == 0


def test_a_loop_that_publishes_ends_at_whichever_step_it_is_cancelled(redis: Redis) -> None:
    async def cancelled_after(steps: int, bus: RedisBus) -> bool:
        async def publish() -> None:
            assert await bus.publish("beacon", b"{}")

        rounds = asyncio.create_task(every(0, publish))
        for _ in range(steps):
            await asyncio.sleep(0)
        return await ends(rounds)

    async def sweep() -> list[int]:
        bus = RedisBus(redis.url, "test")
        await bus.publish("beacon", b"{}")
        lost = [steps for steps in range(STEPS) if not await cancelled_after(steps, bus)]
        await bus.close()
        return lost

    assert uvloop.run(sweep()) == []
