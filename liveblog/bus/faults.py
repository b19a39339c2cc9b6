"""Tells a Redis that can never work as it is set from one that is away.

A wrong password stays wrong, and a port that speaks something else stays so: the server says which setting to change. A
Redis that does not answer may be back in a moment.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Sequence

from redis.exceptions import ClusterCrossSlotError, InvalidResponse, MovedError

from liveblog.bus.address import Address, Node

PROBE_SECONDS = 1.0
LONGEST_REASON = 200  # characters
TLS_ALERT = b"\x15\x03"
RIGHTS = "docs/redis.md has the rule"
# Of commands, keys and channels; and, with Redis 7.0, of commands within a script.
FORBIDDEN = ("no permissions", "executing the script can't")
NO_REDIS = "the port answers, and not as a Redis does"
NO_TLS = "the port does not speak TLS; accepted: the URL without TLS, such as redis:// instead of rediss://"
TLS = "the port speaks TLS; accepted: the URL with TLS, such as rediss:// instead of redis://"
# What Redis says, and what that means. The first that fits counts.
SAYINGS = (
    ("without any password configured", "a password was given, and Redis has none"),
    ("invalid username-password pair", "the user name or the password is wrong"),
    ("WRONGPASS", "the user name or the password is wrong"),
    ("invalid password", "the password is wrong"),
    ("Authentication required", "Redis wants a password"),
    ("client already authenticated", "Redis wants a password"),
    ("running in protected mode", "Redis is in protected mode and wants a password"),
    ("DB index is out of range", "Redis has no database of that number"),
    ("cluster support disabled", "Redis is no Cluster; accepted for one server: redis://HOST:PORT"),
    ("No such master with that name", "the Sentinels know no service of that name"),
    (
        "certificate required",
        "Redis wants a client's certificate: add ssl_certfile=FILE&ssl_keyfile=FILE",
    ),
    ("WRONG_VERSION_NUMBER", NO_TLS),
)


def worded(error: BaseException) -> str:
    """An error in some words: never empty, never long."""
    return (str(error) or type(error).__name__)[:LONGEST_REASON]


def explain(error: BaseException) -> str:
    """What is wrong and stays wrong, by an error of redis-py; empty if Redis may just be away."""
    return next(filter(None, map(_explained, _causes(error))), "")


def hopeful(errors: Sequence[BaseException]) -> BaseException:
    """Of the errors of several hosts, one that may pass, if there is one."""
    return next((error for error in errors if not explain(error)), errors[0])


def _explained(error: BaseException) -> str:
    text = str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error.verify_message or text)
    if isinstance(error, InvalidResponse) or "Protocol Error" in text:
        return NO_REDIS
    if isinstance(error, MovedError | ClusterCrossSlotError):
        return "Redis is a node of a Cluster; accepted: cluster://HOST:PORT"
    if isinstance(error, PermissionError):
        return "this user may not open Redis' socket"
    if any(saying in text for saying in FORBIDDEN):
        return f"Redis' user lacks a right ({text[:LONGEST_REASON]}): {RIGHTS}"
    if "unknown command" in text:
        return _unknown(text)
    return next((meaning for saying, meaning in SAYINGS if saying in text), "")


def _untrusted(said: str) -> str:
    if "ostname" in said or "IP address" in said:
        return f"Redis' certificate is for another name ({said})"
    return f"Redis' certificate is not trusted ({said}): add ssl_ca_certs=FILE with its authority"


def _unknown(text: str) -> str:
    if "sentinel" in text.lower():
        return "the nodes are no Sentinels; accepted for one server: redis://HOST:PORT"
    if "publish" in text.lower() or "subscribe" in text.lower():
        return "the Cluster is older than Redis 7, which has sharded pub/sub"
    return f"Redis lacks a command ({text[:LONGEST_REASON]})"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


async def examine(error: BaseException, address: Address) -> str:
    """As `explain()`; if the error does not tell, the ports are asked what they speak, for some seconds at most."""
    if found := explain(error):
        return found
    spoken = await asyncio.gather(*(_spoken(node, tls=address.tls) for node in address.nodes))
    return spoken[0] if spoken and all(spoken) else ""


async def _spoken(node: Node, tls: bool) -> str:
    """What is wrong with what a port speaks; empty if nothing is, or if nobody answers."""
    answer = await _answer(node)
    if answer is None or (tls and not answer) or (tls and answer.startswith(TLS_ALERT)):
        return ""
    if answer.startswith((b"+PONG", b"-")):
        return NO_TLS if tls else ""
    if answer and not answer.startswith(TLS_ALERT):
        return NO_REDIS
    return TLS if await _shakes_hands(node) else ""


async def _answer(node: Node) -> bytes | None:
    """The first bytes of an answer to PING without TLS, none if the connection ends; None if nobody answers."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(*node)
    except (OSError, TimeoutError):
        return None
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            writer.write(b"PING\r\n")
            return await reader.read(64)
    except OSError:  # the connection is reset
        return b""
    except TimeoutError:
        return None
    finally:
        writer.transport.abort()


async def _shakes_hands(node: Node) -> bool:
    """Whether a port speaks TLS, with whatever certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            _, writer = await asyncio.open_connection(*node, ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True
