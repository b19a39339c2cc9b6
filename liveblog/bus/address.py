"""`REDIS_URL`: one Redis, the master that Sentinels name, or the nodes of a Cluster."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

from liveblog.errors import SettingsError

ACCEPTED = (
    "redis://, rediss://, valkey://, unix://, sentinel:// or cluster:// URL with options that redis-py knows "
    "(docs/redis.md)"
)
REDIS_PORT, SENTINEL_PORT = 6379, 26379
SECONDS = 2.0  # for a connection to be made, and for an answer
FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
# Options of a Sentinel's own user; all others hold for Sentinels and Redis.
SENTINEL_USER = {"sentinel_username": "username", "sentinel_password": "password"}


class Form(Enum):
    """How Redis is run."""

    ONE = "one server"
    SENTINEL = "Sentinel"
    CLUSTER = "Cluster"


class Node(NamedTuple):
    """The host and port of a Redis or a Sentinel."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Address(NamedTuple):
    """A parsed `REDIS_URL`.

    `nodes` are Sentinels or nodes of the Cluster; of one Redis, itself, and none for a unix socket. `service` is the
    name that the Sentinels know. `options` are arguments of redis-py's connections to Redis, without host and port;
    `sentinel_options` those to Sentinels.
    """

    form: Form
    nodes: tuple[Node, ...]
    service: str
    tls: bool
    options: Mapping[str, Any]
    sentinel_options: Mapping[str, Any]


def read(url: str) -> Address:
    """Parse `REDIS_URL`, which `Settings` has checked. Raises `SettingsError` for options that are not accepted."""
    try:
        return _read(url)
    except (ValueError, TypeError):
        # redis-py's message may quote a part of the URL, and so of its password.
        raise refused() from None


def refused() -> SettingsError:
    """What is said of a URL that is not accepted."""
    return SettingsError(f"REDIS_URL: a value (not shown) was given; accepted: {ACCEPTED}")


def _read(url: str) -> Address:
    parts = urlsplit(url)
    scheme = re.sub("^valkey", "redis", parts.scheme)
    if scheme in {"redis", "rediss", "unix"}:
        options: dict[str, Any] = dict(parse_url(urlunsplit(parts._replace(scheme=scheme))))
        tls = scheme == "rediss"
        one = () if scheme == "unix" else (_node(parts.netloc.rpartition("@")[2], REDIS_PORT),)
        return Address(Form.ONE, one, "", tls, _prepared(options), {})
    tls = scheme in {"sentinels", "clusters"}
    user, at, hosts = parts.netloc.rpartition("@")
    form = Form.SENTINEL if scheme.startswith("sentinel") else Form.CLUSTER
    port = SENTINEL_PORT if form is Form.SENTINEL else REDIS_PORT
    service, _, database = parts.path.strip("/").partition("/")
    same = parts._replace(
        scheme="rediss" if tls else "redis", netloc=f"{user}{at}_", path=f"/{database}"
    )
    options = dict(parse_url(urlunsplit(same)))
    own = {name: options.pop(given) for given, name in SENTINEL_USER.items() if given in options}
    shared = {k: v for k, v in options.items() if k not in {"username", "password", "db"}}
    nodes = tuple(_node(host, port) for host in hosts.split(","))
    return Address(form, nodes, service, tls, _prepared(options), _prepared(shared | own))


def _node(text: str, port: int) -> Node:
    parts = urlsplit(f"//{text}")
    return Node(parts.hostname or "", parts.port or port)


def _prepared(options: dict[str, Any]) -> dict[str, Any]:
    """With our limits in time. Raises `ValueError` or `TypeError` for options that redis-py does not know."""
    for name in FILES:
        path = options.get(name)
        if path and not os.access(path, os.R_OK):
            raise SettingsError(
                f"REDIS_URL: {name}={path!r} was given; accepted: a file that can be read"
            )
    kind = options.pop("connection_class", None)
    options = {
        "socket_connect_timeout": SECONDS,
        "socket_timeout": SECONDS,
        "retry": Retry(NoBackoff(), 0),
        # Both are commands on each new connection, and a user with the least rights may run neither.
        "driver_info": None,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    } | {name: value for name, value in options.items() if name not in {"host", "port"}}
    return options | ({"connection_class": kind} if kind else {})
