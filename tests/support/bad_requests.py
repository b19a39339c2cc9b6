"""Requests that are refused, and what is to be said about each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx2
from desk_client import Editor

TEXT = {"body": "Some text."}
STORY = "/api/stories/{slug}"
ENTRIES = f"{STORY}/entries"
ENTRY = f"{ENTRIES}/{{id}}"
NEW = ("POST", ENTRIES)
EDIT = ("PATCH", ENTRY)
OPEN = ("POST", "/api/stories")
CHANGE = ("PATCH", STORY)
REMOVE = ("DELETE", ENTRY)
NOT_A_TIME = "must be a time that exists"
OUT_OF_RANGE = "must lie between the years 1800 and 2200"


class Bad(NamedTuple):
    """A request that is refused. `fields` are those that `errors` must name, each with a part of its
    message; `detail` is a part of the one message for all."""

    name: str
    status: int
    request: tuple[str, str]
    sent: Any = None
    fields: dict[str, str] = {}  # noqa: RUF012 - never changed
    detail: str = ""
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


def new(name: str, wrong: dict[str, Any], fields: dict[str, str]) -> Bad:
    return Bad(f"new entry: {name}", 422, NEW, TEXT | wrong, fields)


def edit(name: str, wrong: dict[str, Any], fields: dict[str, str]) -> Bad:
    return Bad(f"edit: {name}", 422, EDIT, wrong, fields)


def story(name: str, wrong: dict[str, Any], fields: dict[str, str]) -> Bad:
    return Bad(f"new story: {name}", 422, OPEN, {"slug": "never", "title": "T"} | wrong, fields)


class Place(NamedTuple):
    """A story with a published entry and a draft, which no bad request may change."""

    client: Editor
    slug: str
    entry: str

    def refuses(self, bad: Bad) -> None:
        """Sends it, and checks the answer and that nothing was stored."""
        before = self._everything()
        method, path = bad.request
        content = bad.sent if isinstance(bad.sent, bytes | None) else json.dumps(bad.sent).encode()
        answer = self.client.http.request(
            method,
            path.format(slug=self.slug, id=self.entry),
            content=content,
            headers=bad.headers,
        )
        check_problem(answer, bad.status, bad.fields, bad.detail)
        assert self._everything() == before

    def _everything(self) -> tuple[Any, ...]:
        path = f"/api/stories/{self.slug}"
        every = {"status": ["draft", "submitted", "scheduled", "published", "removed"]}
        stories = self.client.http.get("/api/stories").json()
        for story in stories["stories"]:
            del story["readers"]  # those of the test before are just leaving
        return (
            self.client.http.get(path).json(),
            self.client.http.get(f"{path}/entries", params=every).json(),
            stories,
        )


@contextmanager
def a_place(url: str, token: str) -> Iterator[Place]:
    client = Editor(url, token)
    slug = client.story()
    entry = client.post(slug, "Stands.")["id"]
    client.post(slug, "A draft.", status="draft")
    yield Place(client, slug, entry)
    client.close()


def check_problem(
    answer: httpx2.Response, status: int, fields: dict[str, str], detail: str = ""
) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert detail in problem["detail"]
    assert len(problem["detail"]) < 2_000
    assert "pydantic" not in answer.text
    named = {error["field"]: error["message"] for error in problem.get("errors", [])}
    assert named.keys() == fields.keys()
    for field, message in fields.items():
        assert message in named[field]
        assert field in problem["detail"]
