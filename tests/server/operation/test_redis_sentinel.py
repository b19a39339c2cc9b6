"""The master that Sentinels name, as a process uses it: it fails over, is demoted, is cut off with a Sentinel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from bus_ear import Ear
from processes import free_port, until
from redis_forms import Sentinels

from liveblog.bus.redis import RedisBus
from liveblog.errors import SettingsError, Unavailable

pytestmark = pytest.mark.anyio

STORY = "story:flood"


@pytest.fixture(scope="module")
def sentinels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sentinels]:
    with Sentinels(tmp_path_factory.mktemp("sentinels")) as running:
        yield running


@pytest.fixture
async def bus(sentinels: Sentinels) -> AsyncIterator[RedisBus]:
    sentinels.mend()
    made = RedisBus(sentinels.url, "test")
    yield made
    await made.close()


async def test_messages_go_through_the_master(sentinels: Sentinels, bus: RedisBus) -> None:
    await bus.check()
    async with Ear(bus, STORY) as ear:
        assert await bus.publish(STORY, b"water")
        await ear.until(lambda: ear.heard[STORY] == [b"water"])
        assert sentinels.master.ask("PUBSUB", "NUMSUB", f"test:{STORY}").endswith(":1")


async def test_a_master_is_killed(sentinels: Sentinels, bus: RedisBus) -> None:
    killed, heir = sentinels.master, sentinels.replica
    async with Ear(bus, STORY) as ear:
        killed.kill()
        await ear.hears(STORY, b"after")
        assert ear.ended >= 1
        assert heir.ask("PUBSUB", "NUMSUB", f"test:{STORY}").endswith(":1")


async def test_a_master_that_is_demoted_and_still_answers_is_left(
    sentinels: Sentinels, bus: RedisBus
) -> None:
    """It was cut off from the Sentinels, which could not tell it, nor end its connections."""
    old, heir = sentinels.master, sentinels.replica
    async with Ear(bus, STORY) as ear:
        # A Sentinel ends all connections when it demotes a master: here it may not.
        assert old.call("ACL", "SETUSER", "default", "-client|kill") == "+OK"
        assert sentinels.sentinels[0].call("SENTINEL", "FAILOVER", "news") == "+OK"
        await asyncio.to_thread(sentinels.until_master_is, heir.port)
        await ear.hears(STORY, b"after")
        await until(lambda: heir.ask("PUBSUB", "NUMSUB", f"test:{STORY}").endswith(":1"))
        await until(lambda: old.ask("PUBSUB", "NUMSUB", f"test:{STORY}").endswith(":0"))
        assert await bus.publish(STORY, b"now")
        await ear.until(lambda: b"now" in ear.heard[STORY])
    assert old.call("ACL", "SETUSER", "default", "+@all") == "+OK"
    sentinels.demote(old)


async def test_the_latest_failover_counts_and_not_the_first_answer(
    sentinels: Sentinels, bus: RedisBus
) -> None:
    """A Sentinel that was away names the old master, and one that stands still says nothing."""
    old, heir = sentinels.master, sentinels.replica
    first, second, third = sentinels.sentinels
    first.pause()
    try:
        assert second.call("SENTINEL", "FAILOVER", "news") == "+OK"
        await until(lambda: second.master() == third.master() == heir.port)
        await bus.check()
        async with Ear(bus, STORY):
            assert heir.ask("PUBSUB", "NUMSUB", f"test:{STORY}").endswith(":1")
    finally:
        first.resume()
    await asyncio.to_thread(sentinels.until_master_is, heir.port)
    sentinels.demote(old)


async def test_a_service_that_the_sentinels_do_not_know(sentinels: Sentinels) -> None:
    bus = RedisBus(sentinels.url.replace("/news", "/sport"), "test")
    with pytest.raises(SettingsError, match="know no service of that name"):
        await bus.check()
    await bus.close()


async def test_one_sentinel_that_answers_is_enough(sentinels: Sentinels) -> None:
    port = sentinels.sentinels[1].port
    away = f"127.0.0.1:{free_port()}"
    bus = RedisBus(f"sentinel://{away},127.0.0.1:{port},{away}/news/0", "test")
    await bus.check()
    await bus.close()


async def test_without_a_master_it_is_away(sentinels: Sentinels, bus: RedisBus) -> None:
    """Nobody can take over, and the Sentinels say so."""
    master, replica = sentinels.master, sentinels.replica
    replica.kill()
    master.pause()
    try:
        await until(lambda: "o_down" in sentinels.sentinels[0].ask("SENTINEL", "MASTER", "news"))
        with pytest.raises(Unavailable, match="Redis does not answer"):
            await bus.check()
        assert not await bus.publish(STORY, b"lost")
    finally:
        master.resume()
    await asyncio.to_thread(sentinels.start, replica)
    await bus.check()
