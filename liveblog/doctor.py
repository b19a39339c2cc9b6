"""Looks for what keeps a server from working: database, Redis, media, room, limits, clock, and the way of readers to it.

Each check gives one line, and says what to do if something is wrong. All run at the same time, and each has a bound in time.
"""

from __future__ import annotations

import asyncio
import io
import json
import secrets
import shutil
import ssl
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import httpcore2

from liveblog.bus.redis import RedisBus
from liveblog.errors import LiveblogError, SettingsError, Unavailable
from liveblog.process import descriptors
from liveblog.settings import Settings
from liveblog.store import Files, Store, schema
from liveblog.store.clock import clock
from liveblog.web.http.health import ASKED, doctors_word

SECONDS = 10.0  # for a check
MOST_APART = 2.0  # seconds between two clocks
LEAST_ROOM = 1024**3  # bytes that should be free
FORGED = "203.0.113.7"  # of a net for documentation (RFC 5737): nobody has it
TIME = "return tonumber(redis.call('TIME')[1])"


class Finding(NamedTuple):
    """What a check found. `advice` says what to do; it is empty if all is well."""

    name: str
    says: str
    advice: str = ""


Check = Callable[[], Awaitable[Finding]]


async def examine(settings: Settings, store: Store, bus: RedisBus, files: Files) -> list[Finding]:
    """Runs all checks. `settings` are prepared."""
    checks: dict[str, Check] = {
        "database": lambda: _database(store),
        "redis": lambda: _redis(settings, bus),
        "clock": lambda: _clock(store, bus),
        "media": lambda: _media(files),
        "room": lambda: _room(settings),
        "open files": lambda: _open_files(settings),
        "server": lambda: _server(settings),
        "live socket": lambda: _live_socket(settings, store),
        "proxy": lambda: _proxy(settings),
    }
    return list(await asyncio.gather(*(_bounded(name, check) for name, check in checks.items())))


async def _bounded(name: str, check: Check) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            return await check()
    except TimeoutError:
        return Finding(
            name,
            f"no answer within {SECONDS:.0f} s",
            "look whether it runs, and at the network between",
        )
    except _Unreachable as error:
        return Finding(
            name, str(error), "start the server; check BASE_URL, the proxy and its certificate"
        )
    except (LiveblogError, OSError) as error:
        return Finding(name, str(error) or type(error).__name__, "see docs/operate.md")
    except Exception as error:  # noqa: BLE001 - it must not hide what the others found
        return Finding(
            name, f"cannot be checked ({type(error).__name__})", "mend the lines above first"
        )


async def _database(store: Store) -> Finding:
    begun = time.monotonic()
    kind = "SQLite" if store.database.sqlite else "PostgreSQL"
    at = await schema.current(store.database)
    took = (time.monotonic() - begun) * 1000
    if not schema.works_with(at):
        said = f"{kind} is at schema {at or 'none'}, this release needs {schema.newest()}"
        return Finding("database", said, "run: liveblog migrate")
    if not await store.database.writable():
        return Finding(
            "database", f"{kind} takes no changes", "make room on its disk, or look at its log"
        )
    return Finding("database", f"{kind} answers in {took:.0f} ms, schema {at}")


async def _redis(settings: Settings, bus: RedisBus) -> Finding:
    begun = time.monotonic()
    try:
        await bus.check()
    except SettingsError as error:
        return Finding("redis", str(error), "correct REDIS_URL, or what it names (docs/redis.md)")
    except Unavailable as error:
        if settings.redis_url:
            advice = "check REDIS_URL, and that Redis runs; meanwhile readers get events within 2 s"
            return Finding("redis", str(error), advice)
        return Finding(
            "redis", "the embedded Valkey does not run: it does while liveblog serve runs"
        )
    return Finding("redis", f"answers in {(time.monotonic() - begun) * 1000:.0f} ms")


async def _clock(store: Store, bus: RedisBus) -> Finding:
    now = datetime.now(UTC)
    apart = {"the database": abs((await clock(store.database) - now).total_seconds())}
    if (at := await bus.evaluate(TIME, [])) is not None:
        apart["Redis"] = max(0.0, abs(at + 0.5 - now.timestamp()) - 0.5)  # it tells whole seconds
    other, most = max(apart.items(), key=lambda pair: pair[1])
    if most > MOST_APART:
        return Finding(
            "clock",
            f"{most:.0f} s apart from that of {other}",
            "run a time service (NTP) on both machines",
        )
    return Finding("clock", f"agrees with {' and '.join(apart)}")


async def _media(files: Files) -> Finding:
    medium = f"doctor{secrets.token_hex(8)}"
    content = secrets.token_bytes(64)
    await files.put(f"{medium}/probe", io.BytesIO(content))
    try:
        found = b"".join([chunk async for chunk in files.read(f"{medium}/probe", 0, len(content))])
    finally:
        await files.delete(medium)
    if found != content:
        return Finding(
            "media", "the store gives back other bytes than it was given", "check LIVEBLOG_MEDIA"
        )
    return Finding("media", "a file was stored, read and deleted")


async def _room(settings: Settings) -> Finding:
    folders = [settings.data] if settings.sqlite else []
    folders += [settings.media_folder] if settings.media_folder else []
    if not folders:
        return Finding("room", "nothing is stored on this machine")
    there = [
        next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
        for folder in folders
    ]
    free, folder = min((shutil.disk_usage(one).free, one) for one in there)
    said = f"{free / 1e9:,.1f} GB are free for {str(folder)!r}"
    return Finding(
        "room",
        said,
        "" if free >= LEAST_ROOM else "make room, or move LIVEBLOG_DATA or LIVEBLOG_MEDIA",
    )


async def _open_files(settings: Settings) -> Finding:
    files = descriptors.raise_limit()
    shares = descriptors.shares(files, settings.max_readers)
    said = f"{files:,} for a process: {shares.readers:,} readers"
    if shares.readers >= settings.max_readers:
        return Finding("open files", said)
    needed = descriptors.files_for(settings.max_readers)
    return Finding("open files", f"{said} instead of {settings.max_readers:,}", f"LimitNOFILE={needed} of systemd, or ulimit -Hn {needed}")  # fmt: skip


class _Unreachable(OSError):
    """The server cannot be asked at its public address."""


class _Answer(NamedTuple):
    status: int
    body: bytes


async def _asked(url: str, headers: dict[str, str]) -> _Answer:
    """The answer to a GET request. Raises `_Unreachable`."""
    try:
        async with (
            httpcore2.AsyncConnectionPool(ssl_context=ssl.create_default_context()) as pool,
            pool.stream("GET", url, headers=list(headers.items())) as answer,
        ):
            body = b"" if answer.status == 101 else await answer.aread()
            return _Answer(answer.status, body)
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
        raise _Unreachable(f"{url} cannot be reached: {error or type(error).__name__}") from None


async def _server(settings: Settings) -> Finding:
    answer = await _asked(f"{settings.public_url}/readyz", {})
    if answer.status not in {200, 503}:
        return Finding(
            "server",
            f"{settings.public_url} answers {answer.status}",
            "check BASE_URL, and where the proxy sends requests",
        )
    state = json.loads(answer.body)
    wrong = [name for name in ("database", "redis") if state.get(name) == "down"]
    if wrong or state.get("degraded"):
        return Finding(
            "server",
            f"runs, degraded: {', '.join(wrong) or 'nothing can be stored'}",
            "see docs/operate.md",
        )
    return Finding("server", f"answers at {settings.public_url}")


async def _live_socket(settings: Settings, store: Store) -> Finding:
    stories = await store.stories.recent(limit=1)
    if not stories:
        return Finding("live socket", "not tried: there is no story yet")
    url = f"{settings.public_url}/stories/{stories[0].slug}/live"
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": b64encode(secrets.token_bytes(16)).decode(),
    }
    answer = await _asked(url, handshake)
    if answer.status == 101:
        return Finding("live socket", "opens")
    advice = "let the proxy pass Connection and Upgrade, as deploy/nginx.conf does; until then readers poll"
    return Finding("live socket", f"{url} answers {answer.status} instead of 101", advice)


async def _proxy(settings: Settings) -> Finding:
    word = doctors_word(settings.secret_key, time.time())
    answer = await _asked(f"{settings.public_url}/livez", {ASKED: word, "X-Forwarded-For": FORGED})
    try:
        seen = json.loads(answer.body)
        address, scheme = str(seen["address"]), str(seen["scheme"])
    except (ValueError, KeyError, TypeError):
        return Finding(
            "proxy",
            "the server has another SECRET_KEY, so it was not asked whom it sees",
            "run the doctor with the server's environment",
        )
    wanted = urlsplit(settings.public_url).scheme
    if scheme != wanted:
        advice = "let the proxy set X-Forwarded-Proto, and name its address in FORWARDED_ALLOW_IPS"
        return Finding("proxy", f"the server sees {scheme} where readers use {wanted}", advice)
    local = urlsplit(settings.public_url).hostname in {"127.0.0.1", "localhost", "::1"}
    if address == FORGED and not local:
        advice = "let the proxy overwrite X-Forwarded-For, as deploy/nginx.conf does: limits go by address"
        return Finding("proxy", "clients can choose the address that the server sees", advice)
    told = (
        "" if address == FORGED else f", and the address {address}"
    )  # who is on this machine is believed
    return Finding("proxy", f"the server sees {scheme}{told}")
