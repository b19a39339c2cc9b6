"""A Redis Cluster as a process uses it: slots move, masters die, nodes stand still, and messages find their way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from bus_ear import Ear
from paths import ROOT
from processes import until
from redis_forms import Cluster

from liveblog.bus.nodes import slot_of
from liveblog.bus.rate_limit import Bucket, RateLimiter
from liveblog.bus.redis import Message, RedisBus
from liveblog.errors import SettingsError

pytestmark = pytest.mark.anyio

STORIES = [f"story:{name}" for name in ("flood", "strike", "budget", "quake", "storm", "trial")]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster"), masters=3, replicas=1) as running:
        yield running


@pytest.fixture
async def bus(cluster: Cluster) -> AsyncIterator[RedisBus]:
    cluster.mend()
    made = RedisBus(cluster.url, "test")
    yield made
    await made.close()


def slot(channel: str) -> int:
    """The slot of a channel, by the part of its name that is its hash tag."""
    return slot_of(channel.rpartition(":")[2])


async def test_messages_reach_their_channels_on_all_nodes(cluster: Cluster, bus: RedisBus) -> None:
    assert len({cluster.owner(slot(story)).port for story in STORIES}) == 3
    async with Ear(bus, *STORIES, "beacon") as ear:
        messages = [Message(story, story.encode()) for story in STORIES]
        assert await bus.publish_all([*messages, Message("beacon", b"{}")])
        await ear.until(lambda: all(ear.heard.values()))
        assert ear.heard == {story: [story.encode()] for story in STORIES} | {"beacon": [b"{}"]}
        await bus.unsubscribe(STORIES[0])
        await bus.subscribe("story:late")
        ear.heard["story:late"] = []
        await ear.until(lambda: bool(ear.confirmed["story:late"]))
        assert await bus.publish_all([Message(STORIES[0], b"gone"), Message("story:late", b"new")])
        await ear.until(lambda: bool(ear.heard["story:late"]))
        assert b"gone" not in ear.heard[STORIES[0]]
        assert ear.ended == 0


def test_what_is_said_of_a_story_goes_to_one_node() -> None:
    assert slot_of("test:story:{flood}") == slot_of("test:newsroom:{flood}")


async def test_a_limit_of_several_buckets_is_one_script(bus: RedisBus) -> None:
    limiter = RateLimiter(bus)
    buckets = [Bucket("account", 60, 2), Bucket("network", 60, 5)]
    assert await limiter.take(buckets) == 0
    assert await limiter.take(buckets) == 0
    assert 0 < await limiter.take(buckets) <= 60
    await limiter.give_back(buckets)
    other = RateLimiter(bus)  # it has counted nothing by itself
    assert await other.take(buckets) == 0
    assert await other.take(buckets) > 0


async def test_the_rule_with_the_least_rights_is_enough_and_each_right_is_needed(
    cluster: Cluster,
) -> None:
    rule = re.findall(
        r"^ACL (SETUSER liveblog .*\+spublish.*)$",
        (ROOT / "docs" / "redis.md").read_text(),
        re.MULTILINE,
    )
    assert len(rule) == 1
    rights = re.findall(r"(?<= \+)\S+", rule[0])
    assert len(rights) == 10

    def give(*words: str) -> None:
        for node in cluster.nodes:
            assert node.call("ACL", *words) == "+OK"

    give(*rule[0].replace(">PASSWORD", ">secret").split())
    url = cluster.url.replace("://", "://liveblog:secret@")
    for missing in ["", *rights]:
        if missing:
            give("SETUSER", "liveblog", f"-{missing}")
        bus = RedisBus(url, "liveblog")
        try:
            if missing in {"", "sunsubscribe"}:  # what is not unsubscribed does no harm
                await bus.check()
            else:
                with pytest.raises(SettingsError, match="lacks a right"):
                    await bus.check()
        finally:
            await bus.close()
        if missing:
            give("SETUSER", "liveblog", f"+{missing}")


async def test_an_address_of_one_redis_does_not_do(cluster: Cluster) -> None:
    """Half of its rate limits, or all but a third of its stories, would not work."""
    told = set()
    for node in cluster.nodes:
        bus = RedisBus(node.url, "test")
        try:
            with pytest.raises(SettingsError, match="accepted: cluster://HOST:PORT"):
                await bus.check()
            told.add(node.port)
        finally:
            await bus.close()
    assert len(told) == len(cluster.nodes)


async def test_a_slot_moves_and_the_channels_in_it_alone_are_subscribed_again(
    cluster: Cluster, bus: RedisBus
) -> None:
    story = STORIES[0]
    async with Ear(bus, *STORIES) as ear:
        for number in range(3):  # round in a circle, so that it comes back too
            owner = cluster.owner(slot(story))
            others = [node for node in cluster.masters() if node is not owner]
            cluster.move(slot(story), others[number % 2])
            await ear.until_confirmed(story, number + 2)
            assert await bus.publish(story, b"%d" % number)
        await ear.until(lambda: len(ear.heard[story]) == 3)
        assert ear.heard[story] == [b"0", b"1", b"2"]
        rest = [other for other in STORIES if slot(other) != slot(story)]
        assert [ear.confirmed[other] for other in rest] == [1] * len(rest)
        assert ear.ended == 0


async def test_a_master_is_killed_and_its_replica_takes_over(
    cluster: Cluster, bus: RedisBus
) -> None:
    story, elsewhere = STORIES[0], STORIES[1]
    killed = cluster.owner(slot(story))
    assert cluster.owner(slot(elsewhere)) is not killed
    async with Ear(bus, story, elsewhere) as ear:
        killed.kill()
        for number in range(20):  # the other nodes' channels hardly notice
            await ear.hears(elsewhere, b"%d" % number)
        await ear.hears(story, b"after")
        assert ear.ended == 0


async def test_a_node_that_stands_still_is_given_up(
    cluster: Cluster, bus: RedisBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liveblog.bus.sharded.ECHO_SECONDS", 0.2)
    monkeypatch.setattr("liveblog.bus.sharded.DEAF_AFTER", 0.6)
    story = STORIES[0]
    stalled = cluster.owner(slot(story))
    async with Ear(bus, story) as ear:
        stalled.pause()
        try:
            await ear.until_confirmed(story, 2)  # by the replica that took over
            await ear.hears(story, b"after")
        finally:
            stalled.resume()
        assert ear.ended == 0


async def test_a_replica_of_before_is_master_by_hand(cluster: Cluster, bus: RedisBus) -> None:
    """Nothing breaks: the connections live on, to a node that has become a replica."""
    story = STORIES[0]
    async with Ear(bus, story) as ear:
        owner = cluster.owner(slot(story))
        replica = next(
            node
            for node in cluster.alive()
            if f"master_port:{owner.port}\r" in node.ask("INFO", "replication")
        )
        assert replica.call("CLUSTER", "FAILOVER") == "+OK"
        await until(lambda: cluster.owner(slot(story)) is replica)
        await ear.hears(story, b"after")
        assert ear.ended == 0
