"""Whose password is checked next."""

from __future__ import annotations

import asyncio

from liveblog.errors import Busy
from liveblog.newsroom.password_checks import AT_ONCE, EACH, MEMORY, WAITING, Asker, Checks


class Line:
    """A queue whose checks end when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.checks = Checks(lambda: self.now)
        self.under_way: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}

    async def ask(self, name: str, *, known: bool = False) -> None:
        end = self._ends[name] = asyncio.Event()
        async with self.checks.turn(Asker(name.partition("/")[0], known)):
            self.under_way.append(name)
            try:
                await end.wait()
            finally:
                self.under_way.remove(name)

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await settled()


async def settled() -> None:
    """Lets every task go on as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_who_is_known_waits_for_no_stranger() -> None:
    line = Line()
    async with asyncio.TaskGroup() as asking:
        for name in ("a", "b", "c"):
            asking.create_task(line.ask(name))
        await settled()
        assert line.under_way == ["a"]
        asking.create_task(line.ask("editor", known=True))
        await settled()
        assert line.under_way == ["a", "editor"]
        asking.create_task(line.ask("colleague", known=True))
        await settled()
        assert line.under_way == ["a", "editor"]
        for ends, then in (
            ("a", ["editor", "colleague"]),
            ("editor", ["colleague", "b"]),
            ("colleague", ["b"]),
            ("b", ["c"]),
            ("c", []),
        ):
            await line.end(ends)
            assert line.under_way == then


async def test_a_network_that_asked_less_is_next() -> None:
    line = Line()
    async with asyncio.TaskGroup() as asking:
        for name in ("a/1", "a/2", "a/3", "b/1", "b/2"):
            asking.create_task(line.ask(name))
        await settled()
        order = []
        for _ in range(5):
            (name,) = line.under_way
            order.append(name)
            await line.end(name)
        assert order == ["a/1", "b/1", "a/2", "b/2", "a/3"]
        line.now = MEMORY + 1  # and then it is as new
        asking.create_task(line.ask("c/1"))
        await settled()
        asking.create_task(line.ask("a/4"))
        asking.create_task(line.ask("d/1"))
        await settled()
        await line.end("c/1")
        assert line.under_way == ["a/4"]
        await line.end("a/4")
        await line.end("d/1")


async def test_of_a_network_only_a_few_wait_and_others_still_come_in() -> None:
    line = Line()
    networks = WAITING // EACH + 1
    tasks = [
        asyncio.create_task(line.ask(f"{network}/{number}"))
        for network in range(networks)
        for number in range(EACH + 1)
    ]
    await settled()
    refused = [task.exception() for task in tasks if task.done()]
    assert all(isinstance(error, Busy) and error.wait >= 1 for error in refused)
    assert len(refused) >= networks
    assert len(tasks) - len(refused) == WAITING + 1
    # A network that has asked for nothing yet takes the place of one that asked for several.
    new = asyncio.create_task(line.ask("new"))
    await settled()
    assert not new.done()
    before = []
    while line.under_way != ["new"]:
        before.append(line.under_way[0])
        await line.end(before[-1])
    assert before == [f"{network}/0" for network in range(len(before))]  # one of each, that is all
    assert (
        sum(task.done() for task in tasks) == len(refused) + len(before) + 1
    )  # one more was told to come again
    for task in (*tasks, new):
        task.cancel()
    await asyncio.gather(*tasks, new, return_exceptions=True)
    # Who gave up has left no turn behind.
    again = [asyncio.create_task(line.ask(f"later {n}", known=True)) for n in range(AT_ONCE)]
    await settled()
    assert len(line.under_way) == AT_ONCE
    for task in again:
        task.cancel()
    await asyncio.gather(*again, return_exceptions=True)
