"""The live page of a long story, beside a bare application that returns the same bytes."""

from __future__ import annotations

import base64
import http.client
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.load import PROGRAMS
from benchmarks.plan import Figures, Plan
from benchmarks.processes import (
    LOAD_CORE,
    SERVER_CORE,
    CannotRun,
    Process,
    free_port,
    pinned,
    program,
)
from benchmarks.servers import SLUG, ours

CONNECTIONS = 50
PATH = f"/stories/{SLUG}"
KINDS = {"plain": "identity", "gzip": "gzip"}
SET_BY_UVICORN = {"date", "content-length"}


def measure(plan: Plan, folder: Path, tell: Callable[[str], None]) -> Figures:
    """All rounds on one server, for the story takes long to fill; the medians are of the rounds."""
    rates: dict[str, list[float]] = {}
    wrk = program("wrk")
    tell(f"a story of {plan.story} entries is made")
    with ours(folder, entries=plan.story) as server:
        answers = {f"/{kind}": _answer(server.port, coding) for kind, coding in KINDS.items()}
        port = free_port()
        given = folder / "answers.json"
        given.write_text(json.dumps(answers))
        command = [sys.executable, str(PROGRAMS / "bare.py"), str(port), str(given)]
        with Process(command, folder / "bare.log", SERVER_CORE) as bare:
            bare.await_port(port)
            for kind, coding in KINDS.items():
                if _answer(port, coding, f"/{kind}")["body"] != answers[f"/{kind}"]["body"]:
                    raise AssertionError("the bare application answers with other bytes")
            for number in range(plan.rounds):
                tell(f"round {number + 1} of {plan.rounds}")
                for kind, coding in KINDS.items():
                    for name, at, path in (("ours", server.port, PATH), ("bare", port, f"/{kind}")):
                        found = rate(wrk, f"http://127.0.0.1:{at}{path}", coding, plan.page_seconds)
                        rates.setdefault(f"page.{name}_{kind}", []).append(found)
    sizes = {
        f"page.{kind}_bytes": float(len(base64.b64decode(str(answers[f"/{kind}"]["body"]))))
        for kind in KINDS
    }
    return {name: sorted(found)[len(found) // 2] for name, found in rates.items()} | sizes


def _answer(port: int, coding: str, path: str = PATH) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Accept-Encoding": coding})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise CannotRun(f"{path} was answered by {answer.status}")
    headers = [pair for pair in answer.getheaders() if pair[0].lower() not in SET_BY_UVICORN]
    return {"body": base64.b64encode(body).decode(), "headers": headers}


def rate(wrk: str, url: str, coding: str, seconds: int) -> float:
    """Requests a second, over connections that are kept open."""
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-H", f"Accept-Encoding: {coding}"]
    done = subprocess.run(
        pinned(LOAD_CORE, [*command, url]), capture_output=True, text=True, timeout=60, check=True
    )
    found = re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout)
    if found is None or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise CannotRun(f"wrk says: {done.stdout}")
    return float(found[1])
