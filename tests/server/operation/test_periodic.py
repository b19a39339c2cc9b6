"""Work that is done again and again ends when it is told to, whatever it is in the middle of."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NoReturn

import pytest
import uvloop
from processes import Redis

from liveblog.bus.redis import RedisBus
from liveblog.process.periodic import every

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
