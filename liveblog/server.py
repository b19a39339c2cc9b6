"""Runs the server: checks what it needs, the embedded Valkey, uvicorn with its workers."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog
import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from liveblog import logs
from liveblog.app import make_files
from liveblog.bus.redis import RedisBus
from liveblog.disk import is_open_to_others
from liveblog.errors import SettingsError, Unavailable
from liveblog.live.frames import LONGEST_MESSAGE
from liveblog.live.protocol import BoundedSocket, LiveHttp
from liveblog.process import descriptors, embedded_redis
from liveblog.process.instances import noted_address
from liveblog.process.scratch import scratch_folder
from liveblog.settings import Settings
from liveblog.store import Store, schema

BACKLOG = 8192
SEND_BUFFER = 64 * 1024
STARTING_SECONDS = (
    30  # a busy machine takes its time; a worker that was not there in time would be killed
)
RELEASE_SECONDS = 3.0  # in which the workers of a killed server let go of its port
GRACE_SECONDS = 7  # after the drain, for those who do not answer and for requests under way
START_SECONDS = 60.0  # that a worker which replaces another may take until it serves

log = structlog.get_logger()


class Workers(Multiprocess):
    """uvicorn's supervisor, which also restarts its workers patiently and yet stops when it is told to.

    uvicorn's own gives up on a worker that takes five seconds to start, and does not hear that it
    shall stop before the last one is restarted.
    """

    def restart_all(self) -> None:
        """One after another: the new worker serves before the old one sends its readers away."""
        for place, old in enumerate(self.processes):
            if {signal.SIGINT, signal.SIGTERM} & set(self.signal_queue):
                return
            new = Process(self.config, self.sockets)
            new.start()
            if not new.wait_until_ready(START_SECONDS):
                new.kill()
                new.join()
                log.error("a new worker does not start; the old ones stay", kept=old.pid)
                return
            old.terminate()
            old.join()
            self.processes[place] = new


def listen(host: str, port: int, within: float = 0.0) -> socket.socket:
    """A listening socket. An address that is in use is tried again for so many seconds: what was killed a
    moment ago may still hold it. Raises `SettingsError` where it cannot be had."""
    until = time.monotonic() + within
    while True:
        try:
            return _listening(host, port)
        except (OSError, UnicodeError) as error:
            in_use = getattr(error, "errno", None) == errno.EADDRINUSE
            if in_use and time.monotonic() < until:
                time.sleep(0.05)  # nothing tells when a port is free
                continue
            reason = getattr(error, "strerror", None) or str(error)
            if in_use:
                accepted = "choose another PORT, or stop what listens there"
            else:
                accepted = "accepted: an address of this machine, a port that this user may use"
            raise SettingsError(
                f"HOST, PORT: {host}:{port} cannot be listened on ({reason}); {accepted}"
            ) from None


def _listening(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit it: a peer that never reads pins little of the kernel's memory.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listening.bind((host, port))
        listening.listen(BACKLOG)  # at once: of two that start together, the second is told
    except BaseException:
        listening.close()
        raise
    listening.set_inheritable(True)
    return listening


async def bring_up_database(settings: Settings) -> None:
    """Migrates an SQLite database; of another kind it only checks that it is at our schema.

    Raises `SettingsError`.
    """
    store = Store(settings.database_url)
    try:
        if settings.sqlite:
            await schema.migrate(store.database)
        else:
            await schema.check(store.database)
    except Unavailable as error:
        given = repr(settings.database_url) if settings.sqlite else "a value (not shown)"
        raise SettingsError(
            f"DATABASE_URL: {given} was given; {error}; accepted: a database that answers"
        ) from None
    finally:
        await store.close()


@contextmanager
def running_redis(settings: Settings) -> Iterator[None]:
    """Runs the embedded Valkey while no `REDIS_URL` is set."""
    if settings.redis_url:
        RedisBus(settings.redis_url, settings.redis_prefix)  # says here what it does not take
        yield
        return
    server = embedded_redis.Valkey(settings.data)
    server.start()
    try:
        yield
    finally:
        server.stop()


def configuration(settings: Settings) -> uvicorn.Config:
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
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        timeout_worker_healthcheck=STARTING_SECONDS,
        timeout_graceful_shutdown=int(settings.drain_seconds) + GRACE_SECONDS,
    )


def export(settings: Settings) -> None:
    """Puts settings that came from the command line where worker processes read them."""
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if value != field.default or field.alias in os.environ:
            os.environ[str(field.alias)] = str(
                value.resolve() if isinstance(value, Path) else value
            )


@contextmanager
def stop_by_signal() -> Iterator[None]:
    """SIGINT and SIGTERM end the block in order, with exit code 0: being told to stop is no failure."""

    def stop(_number: int, _frame: object) -> None:
        sys.exit(0)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def serve(settings: Settings) -> None:
    """Serves until told to stop by SIGINT or SIGTERM. Raises `SettingsError`."""
    prepared = settings.prepare()
    logs.set_up(prepared.log_level)
    for kept in filter(None, (prepared.data, prepared.media_folder)):
        if is_open_to_others(kept):
            log.warning(
                "a folder of the server is open to other users of this machine; its files are closed to them,"
                f" but may be replaced where they may write: chmod 700 {kept}"
            )
    shares = descriptors.shares(descriptors.raise_limit(), prepared.max_readers)
    if shares.readers < prepared.max_readers:
        log.warning(
            "the limit on open files is too low for LIVEBLOG_MAX_READERS: a process takes fewer readers",
            open_files=shares.files,
            readers=shares.readers,
            needed=descriptors.files_for(prepared.max_readers),
            raise_it="ulimit -Hn, or LimitNOFILE= of systemd",
        )
    listening = listen(prepared.host, prepared.port, RELEASE_SECONDS)
    with stop_by_signal(), listening, running_redis(prepared), ExitStack() as noted:
        asyncio.run(bring_up_database(prepared))
        make_files(prepared)  # says here what it does not take
        if prepared.media_folder is not None and not prepared.sqlite:
            log.info(
                "media lie in a folder of this machine: all servers on the database must share it",
                folder=str(prepared.media_folder),
                setting="LIVEBLOG_MEDIA",
            )
        bound = settings.model_copy(update={"port": listening.getsockname()[1]})
        export(bound)
        noted.enter_context(noted_address(bound))
        print(f"Liveblog serves {bound.public_url}", flush=True)
        config = configuration(bound)
        if bound.workers > 1:
            with scratch_folder("metrics") as folder:
                os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
                Workers(config, [listening]).run()
        else:
            # Nobody could stand in for the only worker: it stops in order. Not so under nohup(1).
            if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
                signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
            uvicorn.Server(config).run([listening])
