"""Nothing private is in any public output: every public address is found in the table of routes."""

from __future__ import annotations

import re
import secrets
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from commands import run
from desk_client import PASSWORD, Editor, add_token
from desk_forms import Desk
from processes import Server
from public_pages import PARAMETERS, QUERIES
from readers import Reader
from rows import key_of
from starlette.routing import Mount, Route, WebSocketRoute

from liveblog.settings import Settings
from liveblog.web.routes import routes

pytestmark = pytest.mark.anyio

SOCKETS = {"/stories/{slug}/live"}
GUARDED = {"/api", "/desk"}  # which ask who it is; what they answer to nobody is looked at, too
OPEN = {"/api/openapi.json", "/api/docs"}  # of those, what describes them: every field by its name
TYPES = ("text/html", "application/json", "*/*")


class Secrets:
    """Unique words, each for something that readers must not get."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def __call__(self, what: str) -> str:
        return self.words.setdefault(what, f"canary{secrets.token_hex(6)}")

    def found_in(self, text: str) -> list[str]:
        return [what for what, word in self.words.items() if word.casefold() in text.casefold()]


def walk(listed: list[Any], before: str = "") -> list[tuple[str, Any]]:
    """All routes of the application, with their whole paths."""
    found: list[tuple[str, Any]] = []
    for route in listed:
        if isinstance(route, Mount):
            found += walk(list(route.routes or []), before + route.path)
        else:
            found.append((re.sub(r":\w+}", "}", before + route.path), route))
    return found


def account(server: Server, private: Secrets, name: str, role: str, *more: str) -> Editor:
    """Somebody whose name and address are secret."""
    email = f"{private(f'{name} address')}@example.org"
    done = run(
        "user", "add", email, "--name", private(f"{name} name"), "--role", role, *more,
        env={**server.env, "LIVEBLOG_PASSWORD": PASSWORD},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    token = run("token", "add", email, "--label", private(f"{name} token"), env=server.env)
    private.words[f"{name} credential"] = token.stdout.strip()
    return Editor(server.url, token.stdout.strip())


def full_of_secrets(server: Server, private: Secrets) -> tuple[str, list[str], list[Editor]]:
    """A story with something private of every kind, its entries, and who wrote them."""
    editor = account(server, private, "editor", "editor")
    author = account(server, private, "author", "contributor", "--byline", "Fin Public")
    slug = editor.story(title="Public title", topics=["public"], category="Public")
    email = f"{private('author address')}@example.org"
    for given in (["--delay", "0"], ["--place", "region", "--region", "The east"]):
        assert run("user", "protect", email, *given, env=server.env).returncode == 0

    # An hour that no header and no line of the log has while this runs.
    moment = (datetime.now(UTC) - timedelta(hours=7)).strftime("%H:47:13")
    private.words["the exact time"] = moment
    everything = {
        "headline": "Public headline",
        "key": True,
        "topics": ["public"],
        "dateline": private("exact place"),
        "occurred_at": f"2022-02-25T{moment}Z",
        "credits": [
            {"role": "photo", "name": private("author name"), "url": f"https://example.org/{private('author page')}"}
        ],
        "sources": [{"kind": "correspondent", "name": private("author name")}],
        "verification": {"status": "checking", "note": "A public note."},
    }  # fmt: skip
    body = f"First {private('what was submitted')}."
    first = author.http.post(
        f"/api/stories/{slug}/entries",
        json={"body": body, "status": "submitted"} | everything,
        headers={"Idempotency-Key": private("idempotency key")},
    ).json()["id"]
    hidden = f"Public text.\n\n[//]: # ({private('what Markdown hides')})"
    editor.edit(slug, first, body=hidden)
    editor.edit(slug, first, status="published")
    editor.edit(slug, first, body=f"{hidden}\n\nPublic end.", correction="A public correction.")
    plain = author.post(slug, "Published without credits.", status="submitted")["id"]
    editor.edit(slug, plain, status="published")

    draft = author.post(slug, private("draft"), headline=private("drafted headline"),
                        topics=[private("drafted topic")], status="draft")["id"]  # fmt: skip
    waiting = author.post(slug, private("submitted text"), status="submitted")["id"]
    later = editor.post(slug, private("scheduled text"), publish_at="2100-01-01T00:00:00Z")["id"]
    assert run("user", "protect", email, "--delay", "60", env=server.env).returncode == 0
    held = author.post(slug, private("text held back"), status="submitted")["id"]
    answer = editor.edit(slug, held, status="published")
    assert answer["status"] == "scheduled"
    assert answer["held_until"] == answer["published_at"]
    gone = editor.post(slug, "Public for a while.")["id"]
    editor.remove(slug, gone, reason=private("reason of a removal"))
    purged = editor.post(slug, private("purged text"))["id"]
    editor.change_story(slug, points=[{"text": private("point of a purge"), "entry": purged}])
    editor.remove(slug, purged, reason=private("reason of a purge"), purge=True)

    data = server.folder / "data"
    private.words |= {"data folder": str(data), "secret key": key_of(server).strip()}
    private.words |= {"password": PASSWORD, "password hash": "$argon2"}
    private.words |= {
        name: f'"{name}":' for name in ("created_by", "created_at", "email", "withheld")
    }
    return slug, [first, plain, draft, waiting, later, held, gone, purged], [editor, author]


def archive(server: Server, slug: str) -> dict[str, str]:
    """The texts of a story's archive."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "archive"
        assert run("export", slug, str(place), env=server.env).returncode == 0
        assert "Public end." in (place / "story.json").read_text()
        files = [path for path in place.rglob("*") if path.suffix in {".html", ".json", ".css"}]
        return {f"the archive: {path.name}": path.read_text() for path in files}


@pytest.mark.parametrize("which", ["shared_server", "addressed_server"])
async def test_nothing_private_is_public(which: str, request: pytest.FixtureRequest) -> None:
    shared_server: Server = request.getfixturevalue(which)
    private = Secrets()
    slug, entries, (editor, author) = full_of_secrets(shared_server, private)
    nobody = Desk(shared_server.url)
    table = walk(routes(Settings()))
    assert {path for path, route in table if isinstance(route, WebSocketRoute)
            and not path.startswith(tuple(GUARDED))} == SOCKETS  # fmt: skip
    assert {route.path for route in routes(Settings()) if isinstance(route, Mount)} == GUARDED

    seen: dict[str, str] = {}
    for path, route in table:
        if not isinstance(route, Route):
            continue
        guarded = path.startswith(tuple(GUARDED))
        for entry in entries if "{id}" in path and not guarded else entries[:1]:
            known = PARAMETERS | {"slug": slug, "id": entry, "topic": "public", "key": "a" * 16}
            address = (path + QUERIES.get(path, "")).format_map(known)
            for method in sorted((route.methods or set()) - {"HEAD"}):
                for kind in TYPES if method == "GET" and not guarded else TYPES[:1]:
                    answer = nobody.http.request(
                        method, address, headers={"Accept": kind}, follow_redirects=False
                    )
                    # Nobody is told more of a guarded address than that it is there.
                    if path in OPEN:
                        continue
                    kept = not guarded or "login" in path
                    kept = kept or answer.status_code in {303, 401, 403, 404}
                    assert kept, f"{method} {address}: {answer.status_code}"
                    seen[f"{method} {address} {kind}"] = f"{answer.headers} {answer.text}"
    assert nobody.http.get(f"/topics/{private('drafted topic')}").status_code == 404
    for address in (
        "/nothing",
        "/?category=Public",
        f"/stories/{slug}?at={entries[2]}",
        *(f"/oembed?url=/stories/{slug}/entries/{entry}" for entry in entries),
        f"/stories/{slug}?author=Fin+Public",
        f"/stories/{slug}?topic=public&order=oldest&show=key",
        f"/stories/{slug}/entries?before={entries[2]}",
        f"/stories/{slug}/entries?before=x",
        f"/stories/{slug}/events?after=0&epoch=x",
    ):
        answer = nobody.http.get(address)
        seen[address] = f"{answer.headers} {answer.text}"
    events = nobody.http.get(f"/stories/{slug}/events?after=0")
    seen["all events"] = events.text
    async with Reader(shared_server.ws, slug, after=0) as reader:
        await reader.until(events.json()["head"])
        seen["the socket"] = str(reader.frames)
    seen["the log of the server"] = shared_server.said()
    seen |= archive(shared_server, slug)

    assert "Fin Public" in seen["the socket"]
    leaks = {where: found for where, text in seen.items() if (found := private.found_in(text))}
    on_postgresql = "DATABASE_URL" in shared_server.env  # then it says where the media are
    assert leaks == ({"the log of the server": ["data folder"]} if on_postgresql else {})

    # It was all there to be found: an editor is shown it.
    states = "&".join(
        f"status={s}" for s in ("draft", "submitted", "scheduled", "published", "removed")
    )
    told = editor.http.get(f"/api/stories/{slug}/entries?{states}").text
    told += "".join(
        editor.http.get(f"/api/stories/{slug}/entries/{entry}/history").text for entry in entries
    )
    missing = set(private.words) - set(private.found_in(told))
    assert missing == {
        "editor address", "author address", "editor token", "author token", "editor credential",
        "author credential", "author page", "idempotency key", "purged text", "point of a purge",
        "data folder", "secret key", "password", "password hash", "created_by", "email",
    }  # fmt: skip

    # Among themselves, contributors know each other by their public names.
    other = account(shared_server, Secrets(), "other", "contributor")
    history = other.http.get(f"/api/stories/{slug}/entries/{entries[1]}/history").text
    listed = other.http.get(f"/api/stories/{slug}/entries?{states}").text
    assert private("author name") not in history + listed
    assert private("exact place") not in history + listed
    own = author.http.get(f"/api/stories/{slug}/entries/{entries[0]}").json()
    assert own["withheld"]["dateline"] == private("exact place")
    for client in (editor, author, other, nobody):
        client.close()


def test_no_counter_tells_when_somebody_writes(tmp_path: Path) -> None:
    """Whoever looks at them again and again would know the minute in which a correspondent was at work."""
    with Server(tmp_path) as server:
        editor = Editor(server.url, add_token(server.env))
        author = Editor(server.url, add_token(server.env, "contributor"))
        slug = editor.story()
        while "liveblog_redis_up 1.0" not in (before := editor.http.get("/metrics").text):
            time.sleep(0.05)  # it has just started
        draft = author.post(slug, "Not yet.", status="draft")["id"]
        author.edit(slug, draft, body="Not yet, again.")
        author.edit(slug, draft, status="submitted")
        notes = f"/api/stories/{slug}/entries/{draft}/notes"
        assert editor.http.post(notes, json={"text": "Who says so?"}).status_code == 201
        later = "2099-01-01T00:00:00Z"
        editor.edit(slug, draft, status="scheduled", publish_at=later)
        assert editor.http.get("/metrics").text == before
        editor.post(slug)
        assert "liveblog_published_total 0.0" in before
        assert "liveblog_published_total 1.0" in editor.http.get("/metrics").text
        for client in (editor, author):
            client.close()


def test_the_walk_sees_a_route_that_is_new() -> None:
    """What the test above relies on: an address with a parameter that is not known is no longer found."""
    listed = [*routes(Settings()), Route("/secrets/{what}", lambda _: None)]
    path = dict(walk(listed))["/secrets/{what}"].path
    with pytest.raises(KeyError):
        path.format_map(PARAMETERS | {"slug": "", "id": "", "topic": ""})
