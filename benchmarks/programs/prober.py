"""Asks a server's /livez every 5 ms over one connection: how long it takes shows how long the event
loop was busy with something else. A line on standard input is answered by the figures, in
seconds, since the line before; it ends with its standard input.

    prober.py PORT
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import sys
import time

EVERY = 0.005
REQUEST = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def figures(taken: list[float]) -> str:
    ordered = sorted(taken) or [0.0]
    last = len(ordered) - 1
    parts = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1.0}
    found = {name: ordered[int(last * part)] for name, part in parts.items()}
    return json.dumps(found | {"count": len(taken)})


def main() -> None:
    with contextlib.suppress(PermissionError):  # what delays this process is not the server's
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    taken: list[float] = []
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=30) as server:
        while True:
            began = time.monotonic()
            server.sendall(REQUEST)
            answer = b""
            while not answer.endswith(b"\r\n\r\nok\n"):
                part = server.recv(4096)
                if not part:
                    sys.exit(f"the server ended the connection after {answer!r}")
                answer += part
            taken.append(time.monotonic() - began)
            left = max(0.0, began + EVERY - time.monotonic())
            if select.select([sys.stdin], [], [], left)[0]:
                if not sys.stdin.readline():
                    return
                print(figures(taken), flush=True)
                taken.clear()


main()
