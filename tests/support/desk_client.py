"""An editor's client: accounts and stories made by the command line, entries by the API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

import httpx2
from commands import run
from processes import KEPT, NO_TLS, PATIENCE

PASSWORD = "a long enough password"


def add_token(env: Mapping[str, str], role: str = "editor", label: str = "tests") -> str:
    """A new user of a role, and an API token for it."""
    email = f"{role}-{secrets.token_hex(4)}@example.org"
    add_user(env, email, role)
    made = run("token", "add", email, "--label", label, env=env)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def add_user(env: Mapping[str, str], email: str, role: str, name: str = "") -> None:
    done = run(
        "user", "add", email, "--name", name or f"A {role}", "--role", role,
        env={**env, "LIVEBLOG_PASSWORD": PASSWORD},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def new_story(url: str, token: str) -> str:
    """A new story's slug."""
    editor = Editor(url, token)
    try:
        return editor.story()
    finally:
        editor.close()


class Editor:
    """Calls the API with a token. `post()` and its like assert that they succeed."""

    def __init__(self, url: str, token: str) -> None:
        self.http = httpx2.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE,
            limits=KEPT,
            trust_env=False,
            verify=NO_TLS,
        )

    def story(self, slug: str | None = None, **fields: Any) -> str:
        slug = slug or f"story-{secrets.token_hex(4)}"
        self._ok(self.http.post("/api/stories", json={"slug": slug, "title": "A story"} | fields))
        return slug

    def change_story(self, slug: str, **fields: Any) -> dict[str, Any]:
        return self._ok(self.http.patch(f"/api/stories/{slug}", json=fields))

    def post(self, slug: str, body: str = "Something happened.", **fields: Any) -> dict[str, Any]:
        return self._ok(
            self.http.post(f"/api/stories/{slug}/entries", json={"body": body} | fields)
        )

    def edit(self, slug: str, entry: str, **fields: Any) -> dict[str, Any]:
        return self._ok(self.http.patch(f"/api/stories/{slug}/entries/{entry}", json=fields))

    def remove(self, slug: str, entry: str, **fields: Any) -> dict[str, Any]:
        return self._ok(
            self.http.request("DELETE", f"/api/stories/{slug}/entries/{entry}", json=fields)
        )

    def head(self, slug: str) -> int:
        head: int = self._ok(self.http.get(f"/api/stories/{slug}"))["head"]
        return head

    def close(self) -> None:
        self.http.close()

    @staticmethod
    def _ok(answer: httpx2.Response) -> dict[str, Any]:
        assert answer.is_success, f"{answer.status_code}: {answer.text}"
        content: dict[str, Any] = json.loads(answer.text)
        return content
