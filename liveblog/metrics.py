"""The counters of a server process, for Prometheus. The values of a server's workers are added up.

If `PROMETHEUS_MULTIPROC_DIR` is set before this module is imported, the values live in files that all workers
share (https://prometheus.github.io/client_python/multiprocess/).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5)
_registry = CollectorRegistry()

READERS = Gauge(
    "liveblog_readers",
    "Readers connected by a live socket.",
    registry=_registry,
    multiprocess_mode="livesum",
)
REDIS_UP = Gauge(
    "liveblog_redis_up",
    "1 while Redis delivers messages, otherwise 0; the lowest value of all workers.",
    registry=_registry,
    multiprocess_mode="livemin",
)
EVENTS = Counter("liveblog_events", "Events added to feeds.", registry=_registry)
MISSED = Counter(
    "liveblog_events_missed",
    "Events read from the log because Redis did not deliver them.",
    registry=_registry,
)
LOG_READS = Counter("liveblog_log_reads", "Reads of events from the log.", registry=_registry)
RENDERED = Counter(
    "liveblog_pages_rendered",
    "Live pages, widgets, feeds of stories and answers to polls rendered and compressed.",
    registry=_registry,
)
OVERVIEWS = Counter(
    "liveblog_overviews_rendered",
    "Front pages, topic pages, their feeds and sitemaps rendered and compressed.",
    registry=_registry,
)
SHARE_PICTURES = Counter("liveblog_share_pictures", "Share pictures drawn.", registry=_registry)
PUBLISHED = Counter(
    "liveblog_published",
    "Announcements of public events published through Redis.",
    registry=_registry,
)
UNPUBLISHED = Counter(
    "liveblog_unpublished",
    "Announcements of public events that could not be published through Redis.",
    registry=_registry,
)
RESETS = Counter(
    "liveblog_resets",
    "Readers whose position could not be resumed, and who were told to load the page again.",
    registry=_registry,
)
CUT = Counter(
    "liveblog_connections_cut",
    "Connections ended by the server: a slow request or a slow read, too many messages, no descriptors left.",
    registry=_registry,
)
SLOW = Counter(
    "liveblog_slow_readers_aborted",
    "Readers disconnected because they did not read or answer.",
    registry=_registry,
)
REFUSED = Counter(
    "liveblog_readers_refused", "Readers refused because the limit was reached.", registry=_registry
)
WRITES = Counter("liveblog_socket_writes", "Writes to sockets of readers.", registry=_registry)
FRAMES = Counter("liveblog_socket_frames", "Events written to readers.", registry=_registry)
TO_SOCKET = Histogram(
    "liveblog_publish_to_socket_seconds",
    "Seconds from the commit of an event to its write to the last reader of a process that is up to date.",
    registry=_registry,
    buckets=SECONDS,
)


def to_socket() -> list[float]:
    """How many events this process wrote to readers within each of `SECONDS`, then in total.

    The counts are cumulative, as in a Prometheus histogram: each includes those before it.
    """
    return [
        sample.value
        for family in TO_SOCKET.collect()
        for sample in family.samples
        if sample.name.endswith("_bucket")
    ]


def missed() -> float:
    """How many events this process has read from the log because Redis did not deliver them."""
    return next(
        sample.value
        for family in MISSED.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    )


def exposition() -> tuple[bytes, str]:
    """The text of `/metrics`, and its content type."""
    registry = _registry
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        _forget_killed_workers(Path(folder))
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped there
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _forget_killed_workers(folder: Path) -> None:
    """Remove the reader counts of workers that were killed."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = int(path.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another request removes them, too
                multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]  # untyped there
