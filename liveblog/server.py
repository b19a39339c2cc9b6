"""Runs the server: checks the machine, starts the embedded Valkey and uvicorn with its workers."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog
import uvicorn

from liveblog import logs
from liveblog.app import make_files
from liveblog.bus.redis import RedisBus
from liveblog.disk import is_open_to_others
from liveblog.errors import SettingsError, Unavailable
from liveblog.live.frames import LONGEST_MESSAGE
from liveblog.live.protocol import BoundedSocket, LiveHttp
from liveblog.newsroom import first_run
from liveblog.newsroom.context import now
from liveblog.process import descriptors, embedded_redis
from liveblog.process.instances import noted_address
from liveblog.process.listeners import BACKLOG, for_workers, listen
from liveblog.process.metrics_address import metrics_served
from liveblog.process.scratch import scratch_folder
from liveblog.process.workers import Server, Workers
from liveblog.settings import Settings
from liveblog.store import Store, schema

RELEASE_SECONDS = 3.0  # until the workers of a killed server release its port
KEEP_SECONDS = 8  # for which an idle connection stays open: readers who poll ask every 5 s
GRACE_SECONDS = 7  # after the drain: for readers that do not answer, and for running requests

log = structlog.get_logger()


async def bring_up_database(settings: Settings) -> None:
    """Migrate an SQLite database. Of any other database, only check the version of the schema.

    Raises `SettingsError` if the database does not answer or has another version.
    """
    store = Store(settings.database_url)
    try:
        if settings.sqlite:
            await schema.migrate(store.database)
        else:
            at = await schema.check(store.database)
            if at != schema.newest():
                log.info("database has a later schema", schema=at)
    except Unavailable as error:
        given = repr(settings.database_url) if settings.sqlite else "a value (not shown)"
        raise SettingsError(
            f"DATABASE_URL: {given} was given; {error}; accepted: a database that answers"
        ) from None
    finally:
        await store.close()


async def first_link(settings: Settings, desk: str) -> str | None:
    """A new link to the page that makes the first admin, at the desk's address; None if there is an account."""
    store = Store(settings.database_url)
    try:
        at = now()
        secret = await store.first_run.add_link(at, at + first_run.VALID_FOR)
    finally:
        await store.close()
    return first_run.address(desk, secret) if secret else None


@contextmanager
def running_redis(settings: Settings) -> Iterator[None]:
    """Run the embedded Valkey during the block, unless `REDIS_URL` is set.

    Raises `SettingsError` for a Redis that can never work as it is set. One that is away may come.
    """
    if settings.redis_url:
        asyncio.run(_check_redis(settings))
        yield
        return
    server = embedded_redis.Valkey(settings.data)
    server.start()
    try:
        yield
    finally:
        server.stop()


async def _check_redis(settings: Settings) -> None:
    bus = RedisBus(settings.redis_url, settings.redis_prefix)
    try:
        await bus.check()
    except Unavailable as error:
        log.warning("redis is away; readers get events from the log", reason=str(error))
    finally:
        await bus.close()


def configuration(settings: Settings) -> uvicorn.Config:
    """uvicorn's configuration for the settings."""
    return uvicorn.Config(
        "liveblog.app:from_environment",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop="uvloop",
        http=LiveHttp,
        ws=BoundedSocket,
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_SECONDS,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        timeout_graceful_shutdown=int(settings.drain_seconds) + GRACE_SECONDS,
    )


def export(settings: Settings) -> None:
    """Put settings from the command line into the environment, where worker processes read them."""
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if value != field.default or field.alias in os.environ:
            os.environ[str(field.alias)] = str(
                value.resolve() if isinstance(value, Path) else value
            )


@contextmanager
def stop_by_signal() -> Iterator[None]:
    """SIGINT and SIGTERM end the block in order, with exit code 0: a requested stop is no failure."""

    def stop(_number: int, _frame: object) -> None:
        sys.exit(0)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises `SettingsError`."""
    prepared = settings.prepare()
    logs.set_up(prepared.log_level)
    for kept in filter(None, (prepared.data, prepared.media_folder)):
        if is_open_to_others(kept):
            log.warning(
                "folder open to other users; they cannot read its files, but may be able to replace them",
                folder=str(kept),
                fix=f"chmod 700 {kept}",
            )
    shares = descriptors.shares(descriptors.raise_limit(), prepared.max_readers)
    if shares.readers < prepared.max_readers:
        log.warning(
            "open files limit too low for LIVEBLOG_MAX_READERS: a process accepts fewer readers",
            open_files=shares.files,
            readers=shares.readers,
            needed=descriptors.files_for(prepared.max_readers),
            raise_it="ulimit -Hn, or LimitNOFILE= of systemd",
        )
    listening = listen(prepared.host, prepared.port, RELEASE_SECONDS)
    with stop_by_signal(), listening, running_redis(prepared), ExitStack() as noted:
        asyncio.run(bring_up_database(prepared))
        make_files(prepared)  # raises here for a wrong LIVEBLOG_MEDIA
        if prepared.media_folder is not None and not prepared.sqlite:
            log.info(
                "media folder is on this machine: all servers on the database must share it",
                folder=str(prepared.media_folder),
                setting="LIVEBLOG_MEDIA",
            )
        bound = settings.model_copy(update={"port": listening.getsockname()[1]})
        export(bound)
        noted.enter_context(noted_address(bound))
        noted.enter_context(metrics_served(bound.metrics_address))
        print(f"Liveblog serves {bound.public_url}", flush=True)
        # Whoever has the link becomes the admin, so it goes to a terminal only: other outputs are often kept as logs.
        if sys.stdout.isatty() and (link := asyncio.run(first_link(prepared, bound.desk_url))):
            print(
                f"Nobody has an account yet. Make the first one within an hour: {link}", flush=True
            )
        config = configuration(bound)
        if bound.workers > 1:
            with scratch_folder("metrics") as folder:
                os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
                Workers(config, for_workers(listening, bound.workers)).run()
        else:
            # SIGHUP stops a server with one worker: no other worker can serve meanwhile. nohup(1) is respected.
            if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
                signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
            Server(config).run([listening])
