"""What a server counts, as `/metrics` tells it."""

from __future__ import annotations

import re

import httpx2
from processes import NO_TLS, PATIENCE, Server


def metric(server: Server, name: str) -> float:
    text = httpx2.get(
        f"{server.url}/metrics", trust_env=False, verify=NO_TLS, timeout=PATIENCE
    ).text
    found = re.search(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is not in {text}"
    return float(found[1])
