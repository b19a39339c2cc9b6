"""What a server without readers costs: a post, in a row, alone, and of several programs at once; a poll; a page; an idle
second, with one open story and with many."""

from __future__ import annotations

import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from benchmarks.load import Poster, readers
from benchmarks.page import rate
from benchmarks.plan import Figures, Plan
from benchmarks.processes import program
from benchmarks.servers import SLUG, Ours, ours

WARM = 30  # posts before the first that counts
WARM_SECONDS = 2.0  # after the last reader has come
APART = 0.4  # seconds between posts that come alone


def measure(plan: Plan, folder: Path) -> Figures:
    """One round on a server of its own. CPU is that of all its processes, the embedded Valkey's included."""
    with ours(folder) as server:
        poster = server.poster()
        for number in range(WARM):
            poster.post(server.body(number, 0))
        row = [server.body(number, 0) for number in range(plan.cost_posts)]
        before = server.cpu()
        for body in row:
            poster.post(body)
        in_a_row = (server.cpu() - before) / len(row)
        idle = _idle(server, plan.cost_seconds)
        before, began = server.cpu(), time.monotonic()
        alone = row[: plan.posts]
        for body in alone:
            poster.post(body)
            time.sleep(APART)
        passed = time.monotonic() - began
        lone = (server.cpu() - before - idle * passed) / len(alone)
        poster.close()
        head = server.head()
        found = {
            "cost.post": in_a_row,
            "cost.lone_post": max(0.0, lone),
            "cost.idle": idle,
            **_asked(server, "page", f"/stories/{SLUG}", plan.page_seconds),
            **_asked(server, "poll", f"/stories/{SLUG}/events?after={head}", plan.page_seconds),
            "cost.posters_rate": _together(plan, server),
            "cost.bare_commits": bare_commits(folder, min(2, plan.poster_seconds)),
        }
        return found | {"cost.idle_stories": _idle_with_stories(plan, server)}


def _together(plan: Plan, server: Ours) -> float:
    """Posts a second that are acknowledged to several programs, each of which waits for the answer and posts again."""

    def posts(place: int) -> int:
        poster, done = server.poster(), 0
        while time.monotonic() < until:
            poster.post(server.body(place, 0))
            done += 1
        poster.close()
        return done

    began = time.monotonic()
    until = began + plan.poster_seconds
    with ThreadPoolExecutor(plan.posters) as pool:
        done = sum(pool.map(posts, range(plan.posters)))
    return done / (time.monotonic() - began)


def bare_commits(folder: Path, seconds: int) -> float:
    """Rows a second that SQLite alone stores on the same disk, each committed by itself and as durable as ours."""
    done, began = 0, time.monotonic()
    with closing(sqlite3.connect(folder / "bare.sqlite", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE entry (body TEXT)")
        while time.monotonic() < began + seconds:
            database.execute("INSERT INTO entry VALUES (?)", ("x" * 400,))
            done += 1
    return done / (time.monotonic() - began)


def _idle_with_stories(plan: Plan, server: Ours) -> float:
    """CPU of an idle second, with a reader in each of many stories: only so all of them are open."""
    poster = Poster(server.port, "/api/stories", server.headers)
    for number in range(plan.stories):
        poster.post(json.dumps({"slug": f"story-{number}", "title": f"Story {number}"}))
    poster.close()
    with readers(server.port, server.folder) as crowd:
        for number in range(plan.stories):
            crowd.open(1, f"/stories/story-{number}/live")
        time.sleep(WARM_SECONDS)
        return _idle(server, plan.cost_seconds)


def _idle(server: Ours, seconds: int) -> float:
    """Seconds of CPU a second, while nobody asks for anything and one story is open."""
    before, began = server.cpu(), time.monotonic()
    time.sleep(seconds)
    return (server.cpu() - before) / (time.monotonic() - began)


def _asked(server: Ours, name: str, path: str, seconds: int) -> dict[str, float]:
    """Requests a second for an address over several connections, and the CPU of each."""
    before = server.cpu()
    found = rate(program("wrk"), f"http://127.0.0.1:{server.port}{path}", "identity", seconds)
    used = server.cpu() - before
    return {f"cost.{name}_rate": found, f"cost.{name}_cpu": used / (found * seconds)}
