"""Work that takes long: in turns between those for whom it is done, bounded, and in a process of its own."""

from __future__ import annotations

import asyncio
import os
import time
from itertools import repeat

import pytest

from liveblog.errors import TooMany, Unavailable
from liveblog.process import pool
from liveblog.process.pool import Pool


def noted(log: str, name: str) -> int:
    """Work that says in a file that it was done, and where."""
    with open(log, "a", encoding="utf-8") as file:  # noqa: PTH123  as short as can be
        file.write(f"{name}\n")
    return os.getpid()


def for_ever() -> None:
    while True:
        pass


def sleeps(seconds: float) -> float:
    """As work does on a machine that has no core for it."""
    time.sleep(seconds)
    return seconds


def without_interruption() -> None:
    """One call of a library, in which no signal is handled."""
    sum(repeat(1))


def too_large() -> int:
    return len(bytearray(2 * pool.MEMORY))


def wrong() -> None:
    raise ValueError("this is wrong")


def dies() -> None:
    os._exit(9)


async def test_who_asks_for_much_waits_for_himself(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    log = tmp_path_factory.mktemp("pool") / "log"
    here = Pool()
    first = [asyncio.create_task(here.run("much", noted, str(log), f"much {n}")) for n in range(20)]
    await asyncio.sleep(0)
    others = [asyncio.create_task(here.run(name, noted, str(log), name)) for name in ("b", "c")]
    processes = set(await asyncio.gather(*first, *others))
    assert processes.isdisjoint({os.getpid()})
    assert len(processes) == pool.PROCESSES
    done = log.read_text().splitlines()
    assert max(done.index("b"), done.index("c")) <= 4, "they waited for the twenty"
    assert [one for one in done if one not in {"b", "c"}] == [f"much {n}" for n in range(20)]


async def test_what_goes_wrong_is_told_and_the_next_is_done(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    here = Pool()
    with pytest.raises(ValueError, match="this is wrong"):
        await here.run("a", wrong)
    with pytest.raises(TimeoutError):
        await here.run("a", for_ever, seconds=0.5)
    with pytest.raises(MemoryError):
        await here.run("a", too_large)
    with pytest.raises(Unavailable):
        await here.run("a", dies)
    cancelled = asyncio.create_task(here.run("a", for_ever))
    waiting = asyncio.create_task(here.run("b", for_ever))
    await asyncio.sleep(0)
    for task in (waiting, cancelled):
        task.cancel()
    await asyncio.gather(cancelled, waiting, return_exceptions=True)
    log = str(tmp_path_factory.mktemp("pool") / "log")
    assert await here.run("a", noted, log, "after all that") > 0


async def test_a_busy_machine_is_no_fault_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Pool()
    assert await here.run("a", sleeps, 1.0, seconds=0.5) == 1.0
    with monkeypatch.context() as patched:
        patched.setattr(pool, "LATEST", 0.5)
        with pytest.raises(Unavailable):
            await here.run("a", sleeps, 60.0)
    assert await here.run("a", sleeps, 0.0) == 0.0


async def test_work_that_cannot_be_interrupted_is_killed() -> None:
    here = Pool()
    with pytest.raises(Unavailable):
        await here.run("a", without_interruption, seconds=0.5)
    assert await here.run("a", sleeps, 0.0) == 0.0


async def test_nobody_has_more_waiting_than_fits(tmp_path_factory: pytest.TempPathFactory) -> None:
    log = str(tmp_path_factory.mktemp("pool") / "log")
    here = Pool()
    tasks = [
        asyncio.create_task(here.run("much", noted, log, "x")) for _ in range(pool.WAITING + 2)
    ]
    other = asyncio.create_task(here.run("other", noted, log, "y"))
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in done].count(TooMany) == 1
    assert await other > 0
