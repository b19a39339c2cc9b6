"""Chats and the inlets of a story: messages as Slack sends and signs them."""

from __future__ import annotations

import hmac
import json
import time
from hashlib import sha256
from typing import Any

import httpx2
from commands import run
from desk_client import Editor
from processes import Server

SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def inlet(server: Server, kind: str, slug: str, account: str, *more: str) -> str:
    """A new inlet's secret."""
    done = run("inlet", "add", kind, slug, "--account", account, *more, env=server.env)
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"{server.url}/api/inbound/{kind}\n"
    return done.stdout.strip()


def queue(editor: Editor, slug: str, status: str = "submitted") -> list[dict[str, Any]]:
    """What waits in a story's queue, the oldest first."""
    found = editor.http.get(f"/api/stories/{slug}/entries", params={"status": status}).json()
    rows: list[dict[str, Any]] = found["entries"]
    return sorted(rows, key=lambda row: str(row["created_at"]))


def from_slack(client: httpx2.Client, sent: dict[str, Any], at: float | None = None) -> Any:
    body, stamp = json.dumps(sent), str(int(at or time.time()))
    hexed = hmac.new(SLACK_SECRET.encode(), f"v0:{stamp}:{body}".encode(), sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={hexed}"}
    return client.post("/api/inbound/slack", content=body, headers=headers)
