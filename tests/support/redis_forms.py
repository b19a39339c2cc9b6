"""Redis in its real forms, of real processes: with Sentinels, and as a Cluster."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Self

from processes import PATIENCE, Process, Redis, free_port

SERVICE = "news"
DOWN_AFTER = 700  # milliseconds
NODE_TIMEOUT = 1_500  # milliseconds
SLOTS = 16_384


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Waits for something that processes agree on among themselves."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"it does not come about: {what}"
        time.sleep(0.03)


class Sentinel(Redis):
    """A process that watches the master of a service."""

    def __init__(self, folder: Path, master: int, program: str = "redis-server") -> None:
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sentinel.conf").write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor {SERVICE} 127.0.0.1 {master} 2\n"
            f"sentinel down-after-milliseconds {SERVICE} {DOWN_AFTER}\n"
            f"sentinel failover-timeout {SERVICE} 4000\n"
        )
        found = shutil.which(program)
        assert found, f"{program} is needed"
        command = [found, str(folder / "sentinel.conf"), "--sentinel"]
        Process.__init__(self, command, os.environ, folder / "sentinel.log")
        self._await_ready()

    def master(self) -> int:
        """The port of the present master, as this Sentinel has it."""
        said = self.ask("SENTINEL", "get-master-addr-by-name", SERVICE).split("\r\n")
        return int(said[-1])


class Sentinels:
    """A master, a replica and three Sentinels."""

    def __init__(self, folder: Path, program: str = "redis-server") -> None:
        self._stack = ExitStack()
        self._folder = folder
        start = self._stack.enter_context
        first = start(Redis(folder / "first", None, program=program))
        copy = ("--replicaof", "127.0.0.1", str(first.port))
        second = start(Redis(folder / "second", None, *copy, program=program))
        self.servers = {first.port: first, second.port: second}
        self.sentinels = [
            start(Sentinel(folder / f"sentinel-{n}", first.port, program)) for n in range(3)
        ]
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        self.url = f"sentinel://{hosts}/{SERVICE}"
        self.settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def master(self) -> Redis:
        return self.servers[self.sentinels[0].master()]

    @property
    def replica(self) -> Redis:
        return next(one for port, one in self.servers.items() if port != self.master.port)

    def settle(self) -> None:
        """Waits until the Sentinels know each other, and a replica that can take over."""

        def agree(sentinel: Sentinel) -> bool:
            said = sentinel.ask("SENTINEL", "MASTER", SERVICE).split("\r\n")
            state = dict(zip(said[2::4], said[4::4], strict=False))
            return (
                state.get("num-other-sentinels") == "2"
                and state.get("num-slaves") == "1"
                and state.get("flags") == "master"
                and "master_link_status:up" in self.replica.ask("INFO", "replication")
                and "ok" in sentinel.ask("SENTINEL", "REPLICAS", SERVICE)
            )

        wait_until(lambda: all(map(agree, self.sentinels)), "Sentinels that know each other")

    def until_master_is(self, port: int) -> None:
        wait_until(
            lambda: all(sentinel.master() == port for sentinel in self.sentinels),
            "a failover",
        )

    def start(self, server: Redis) -> None:
        """Starts a server that was killed, as a replica: by themselves, the Sentinels take 10 s to make it one."""
        again = server.again("--replicaof", "127.0.0.1", str(self.master.port))
        self.servers[server.port] = self._stack.enter_context(again)
        self.settle()

    def mend(self) -> None:
        """Starts what was killed."""
        for server in list(self.servers.values()):
            if server.child.poll() is not None:
                self.start(server)

    def demote(self, server: Redis) -> None:
        """Makes a server a replica that the Sentinels could not reach."""
        assert server.call("REPLICAOF", "127.0.0.1", str(self.master.port)) == "+OK"
        self.settle()


class Cluster:
    """Masters that share the slots, each with so many replicas."""

    def __init__(
        self, folder: Path, masters: int = 3, replicas: int = 0, program: str = "redis-server"
    ) -> None:
        self._stack = ExitStack()
        self._shards = masters
        options = ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"]
        options += ["--cluster-node-timeout", str(NODE_TIMEOUT)]
        options += ["--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0"]
        self._among = [free_port() for _ in range(masters * (1 + replicas))]
        self.nodes = [
            self._stack.enter_context(
                Redis(folder / str(n), None, *options, "--cluster-port", str(port), program=program)
            )
            for n, port in enumerate(self._among)
        ]
        self.url = "cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[:3])
        share = -(-SLOTS // masters)
        for number, node in enumerate(self.nodes):
            assert node.call("CLUSTER", "SET-CONFIG-EPOCH", str(number + 1)) == "+OK"
            if number < masters:
                last = min(SLOTS, (number + 1) * share) - 1
                done = node.call("CLUSTER", "ADDSLOTSRANGE", str(number * share), str(last))
                assert done == "+OK"
        meet = ("CLUSTER", "MEET", "127.0.0.1", str(self.nodes[0].port), str(self._among[0]))
        for node in self.nodes[1:]:
            assert node.call(*meet) == "+OK"
        everybody = f"cluster_known_nodes:{len(self.nodes)}\r"
        wait_until(
            lambda: all(everybody in node.ask("CLUSTER", "INFO") for node in self.nodes),
            "nodes that know each other",
        )
        for number, node in enumerate(self.nodes[masters:]):
            master = self.id(self.nodes[number % masters])
            wait_until(partial(self._copies, node, master), "a replica")
        self.settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @staticmethod
    def _copies(node: Redis, master: str) -> bool:
        return node.call("CLUSTER", "REPLICATE", master) == "+OK"

    @staticmethod
    def id(node: Redis) -> str:
        return node.ask("CLUSTER", "MYID").split("\r\n")[-1]

    def alive(self) -> list[Redis]:
        return [node for node in self.nodes if node.child.poll() is None]

    def masters(self) -> list[Redis]:
        """The nodes that are masters now."""
        return [node for node in self.alive() if "role:master" in node.ask("INFO", "replication")]

    def settle(self) -> None:
        """Waits until all nodes that run say that the Cluster works, and the replicas are connected."""

        def works(node: Redis) -> bool:
            linked = "master_link_status:down" not in node.ask("INFO", "replication")
            return linked and "cluster_state:ok" in node.ask("CLUSTER", "INFO")

        wait_until(
            lambda: all(map(works, self.alive())) and len(self.masters()) == self._shards,
            "a Cluster that works",
        )

    def owner(self, slot: int) -> Redis:
        """The master that has the slot, as the first node that runs has it."""
        ids = {self.id(node): node for node in self.alive()}
        for line in self.alive()[0].ask("CLUSTER", "NODES").split("\n"):
            words = line.split()
            for part in words[8:]:
                first, _, last = part.partition("-")
                if first.isdigit() and int(first) <= slot <= int(last or first):
                    return ids[words[0]]
        raise AssertionError(f"no node has {slot}")

    def move(self, slot: int, target: Redis) -> None:
        """Moves a slot with its keys, as `redis-cli --cluster reshard` does."""
        source = self.owner(slot)
        to, of = self.id(target), self.id(source)
        assert target.call("CLUSTER", "SETSLOT", str(slot), "IMPORTING", of) == "+OK"
        assert source.call("CLUSTER", "SETSLOT", str(slot), "MIGRATING", to) == "+OK"
        keys = source.ask("CLUSTER", "GETKEYSINSLOT", str(slot), "1000").split("\r\n")[2::2]
        for key in keys:
            moved = source.call("MIGRATE", "127.0.0.1", str(target.port), key, "0", "5000")
            assert moved in {"+OK", "+NOKEY"}
        for node in [target, source, *self.alive()]:
            node.call("CLUSTER", "SETSLOT", str(slot), "NODE", to)

    def mend(self) -> None:
        """Starts what was killed."""
        for number, node in enumerate(self.nodes):
            if node.child.poll() is not None:
                self.nodes[number] = self._stack.enter_context(node.again())
        self.settle()
