"""Which connection ends when descriptors run short, and that none is kept after its end."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any, cast

import pytest

from liveblog.live.connections import Connections


class Transport:
    def get_write_buffer_size(self) -> int:
        return 0


class Client:
    """A connection of an address, and whether it was ended."""

    answering = False
    held_back = False
    repeatable = False

    def __init__(self, address: str) -> None:
        self.address = address
        self.transport = cast(asyncio.Transport, Transport())
        self.ended = False

    def too_slow(self) -> None:
        self.ended = True

    def make_room(self) -> None:
        self.ended = True


class Asking(Client):
    """Its request is being answered."""

    answering = True
    repeatable = True


@pytest.fixture
def connections() -> Connections:
    return Connections(most=10)


def opened(connections: Connections, client: Any) -> Any:
    connections.opens(client)
    if client.answering:
        connections.has_head(client)
        connections.has_all(client)
    return client


def ended(connections: Connections, newest: Client, *others: Client) -> list[Client]:
    connections.make_room(newest)
    return [one for one in (newest, *others) if one.ended]


def test_nothing_is_kept_of_a_connection_that_is_gone(connections: Connections) -> None:
    for kind in (Client, Asking):
        client = opened(connections, kind("a"))
        connections.has_some(client, 10)
        connections.stands(client)
        connections.leaves(client)
        connections.forget(client)
        connections.shakes_hands(client)
        connections.forget(client)
        seen = weakref.ref(client)
        del client
        gc.collect()
        assert seen() is None


def test_the_oldest_that_asks_nothing_ends_of_the_address_with_most(
    connections: Connections,
) -> None:
    alone = opened(connections, Client("b"))
    many = [opened(connections, Client("a")) for _ in range(3)]
    assert ended(connections, opened(connections, Client("c")), alone, *many) == [many[0]]


def test_the_newest_request_of_the_most_crowded_address_ends(connections: Connections) -> None:
    alone = opened(connections, Asking("b"))
    many = [opened(connections, Asking("a")) for _ in range(3)]
    assert ended(connections, opened(connections, Client("c")), alone, *many) == [many[-1]]


def test_a_crowded_address_takes_nothing_from_another(connections: Connections) -> None:
    alone = opened(connections, Client("b"))
    many = [opened(connections, Asking("a")) for _ in range(3)]
    newest = opened(connections, Client("a"))
    assert ended(connections, newest, alone, *many) == [newest]


def test_a_request_that_changes_something_is_not_ended(connections: Connections) -> None:
    many = [opened(connections, Asking("a")) for _ in range(3)]
    for one in many:
        one.repeatable = False
    newest = opened(connections, Client("b"))
    assert ended(connections, newest, *many) == [newest]
