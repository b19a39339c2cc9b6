"""Heartbeats ride on events, are spread over seconds, and find those that do not answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from processes import until
from rooms import Room, open_room

from liveblog.live import fan_out
from liveblog.store import Store

pytestmark = pytest.mark.anyio


@pytest.fixture
async def room(store: Store) -> AsyncIterator[Room]:
    async with open_room(store) as made:
        yield made


@pytest.mark.parametrize("packs", [False, True])
async def test_a_heartbeat_that_is_due_comes_with_an_event(room: Room, packs: bool) -> None:
    async with room.reader(packs=packs) as peer:
        await room.publish()
        assert (await peer.read()).frames == ["event", "head", "ping"]
        await peer.answer()
        await room.publish()
        assert (await peer.read()).frames == ["event"]  # none is due so soon
        await room.beat()
        await room.publish()
        assert (await peer.read()).frames == ["event"]


async def test_who_answers_stays_and_who_does_not_is_cut(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "BEAT_SECONDS", 0.0)  # each event has one
    async with room.reader(packs=True) as answering, room.reader() as silent:
        for number in range(3):
            await room.publish()
            assert (await answering.read()).frames == ["event", "head", "ping"]
            await answering.answer()
            if number == 0:
                assert (await silent.read()).frames == ["event", "head", "ping"]
            await until(lambda: room.feed.readers == (2 if number == 0 else 1))  # noqa: B023 - called at once
        assert (await silent.read()).end


async def test_who_gets_events_by_themselves_is_asked_with_the_others(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "BEAT_SECONDS", 0.0)
    monkeypatch.setattr(fan_out, "AT_ONCE", 1)  # the joined bytes are for nobody: each has its own
    async with room.reader() as one:
        for _ in range(2):
            await room.desk.post()
        await room.hub.catch_up(room.feed)
        heard: list[str] = []
        while heard.count("event") < 2 or "ping" not in heard:
            heard += (await one.read()).frames
        assert heard == ["event", "event", "head", "ping"]


async def test_a_round_is_spread_and_reaches_everybody_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "BEATS_AT_ONCE", 2)
    rooms = [room.reader() for _ in range(8)]
    peers = [await entered.__aenter__() for entered in rooms]
    asked: list[int] = []
    while asked[-1:] != [len(peers)]:
        await room.beat()
        asked.append(sum(bool(_pending(peer.connection)) for peer in peers))
        await asyncio.sleep(0.1)  # the round goes by the clock
    assert asked[0] == 3
    assert len(asked) > 5
    await room.beat()  # the round has ended, and the next one is not due
    for peer in peers:
        assert (await peer.read()).frames == ["head", "ping"]
    for entered in rooms:
        await entered.__aexit__(None, None, None)


def _pending(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return b""


async def test_who_catches_up_from_the_log_gets_compressed_frames(room: Room) -> None:
    for _ in range(6):
        await room.publish()
    room.feed.trim(1)  # the ring has the newest event alone
    sizes = {}
    for packs in (False, True):
        async with room.reader(0, packs=packs) as peer:
            heard: list[str] = []
            while heard.count("event") < 6:
                heard += (await peer.read()).frames
            sizes[packs] = peer.bytes
    assert sizes[True] < 0.7 * sizes[False]  # hello, the newest, and short texts
