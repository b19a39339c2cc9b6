"""Who may do what: roles, tokens, and sessions that other sites cannot use."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from addresses import addresses
from commands import run
from desk_client import Editor, add_token, add_user
from desk_forms import Desk
from members import member
from processes import NO_TLS, PATIENCE, Server
from rights_table import CASES, CHANGING, OPEN, ROLES, SIGNED, SOCKETS, Case
from selectolax.lexbor import LexborHTMLParser
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from liveblog.settings import Settings
from liveblog.web.routes import routes


@dataclass
class Newsroom:
    """Somebody of every role who is signed in, and the number of an account that nobody is."""

    desks: dict[str, Desk]
    slug: str
    victim: str


@pytest.fixture(scope="module")
def newsroom(shared_server: Server, shared_token: str) -> Iterator[Newsroom]:
    stories = Editor(shared_server.url, shared_token)
    slug, elsewhere = stories.story(), stories.story()
    stories.close()
    desks = {
        "none": Desk(shared_server.url),
        "outsider": member(shared_server, "contributor", (elsewhere,))[1],
        "other": member(shared_server, "contributor", (slug,))[1],
        "own": member(shared_server, "contributor", (slug,))[1],
        "editor": member(shared_server, "editor")[1],
        "admin": member(shared_server, "admin")[1],
    }
    user, nobody = member(shared_server, "contributor")
    nobody.close()
    victim = str(user.id)
    yield Newsroom(desks, slug, victim)
    for desk in desks.values():
        desk.close()


def test_the_table_knows_every_address_of_the_desk_and_the_api() -> None:
    private = {
        (method, path)
        for method, path in addresses(routes(Settings()))
        if path.startswith(("/api", "/desk"))
    }
    assert {(case.method, case.path) for case in CASES} | OPEN | SIGNED | SOCKETS == private


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.path}")
def test_every_role_at_every_address(newsroom: Newsroom, case: Case) -> None:
    answered = {role: ask(newsroom, role, case).status_code for role in ROLES}
    assert answered == case.answers


def ask(newsroom: Newsroom, role: str, case: Case) -> httpx2.Response:
    """What a role is answered, about an entry that is new and, but for `own`, an editor's."""
    identity = newsroom.victim if "/users/{id}" in case.path else "999999999"
    if any(place in case.path for place in ("entries/{id}", "rows/{id}", "outbox/{id}")):
        author = newsroom.desks["own" if role == "own" else "editor"]
        made = author.http.post(
            f"/api/stories/{newsroom.slug}/entries", json={"body": "Mine.", "status": "draft"}
        )
        identity = made.json()["id"]
    path = case.path.format(
        slug=newsroom.slug, id=identity, key=f"new.{secrets.token_hex(4)}", name="x.webp"
    )
    fresh = f"fresh-{secrets.token_hex(4)}"
    sent = {
        name: value.replace("{fresh}", fresh) if isinstance(value, str) else value
        for name, value in (case.sent or {}).items()
    }
    http = newsroom.desks[role].http
    if case.method == "GET":
        return http.get(path, follow_redirects=False)
    programs = path.startswith("/api") or "/drafts/" in path
    how: dict[str, Any] = {"json": sent} if programs else {"data": sent}
    return http.request(case.method, path, follow_redirects=False, **how)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_no_other_site_changes_anything_by_an_admins_browser(
    newsroom: Newsroom, shared_server: Server, headers: dict[str, str]
) -> None:
    admin = newsroom.desks["admin"].http
    with httpx2.Client(
        base_url=shared_server.url, cookies=admin.cookies, headers=headers, timeout=PATIENCE,
        trust_env=False, verify=NO_TLS,
    ) as tricked:  # fmt: skip
        for method, path in CHANGING:
            target = path.format(slug=newsroom.slug, id="1", key="x")
            ways: list[dict[str, Any]] = [{"json": {}}, {"data": {"x": "y"}}]
            for how in ways:
                answer = tricked.request(method, target, **how)
                assert answer.status_code == 403, (method, path)
                assert "another site" in answer.text, (method, path)
                assert "set-cookie" not in answer.headers, (method, path)
    assert admin.get("/desk").url.path == "/desk"


@pytest.mark.parametrize(
    ("path", "role", "origin", "status"),
    [
        ("/desk/stories/{slug}/live", "none", "{url}", 401),
        ("/desk/stories/{slug}/live", "outsider", "{url}", 403),
        ("/desk/stories/{slug}/live", "admin", "https://evil.example", 403),
        ("/desk/stories/{slug}/live", "admin", "null", 403),
        ("/desk/stories/{slug}/live", "admin", None, 403),
        ("/desk/stories/{slug}/live", "own", "{url}", 101),
        ("/desk/live", "none", "{url}", 401),
        ("/desk/live", "admin", "https://evil.example", 403),
        ("/desk/live", "admin", "null", 403),
        ("/desk/live", "admin", None, 403),
        ("/desk/live", "outsider", "{url}", 101),
    ],
)
def test_the_desks_sockets_open_for_its_own_pages_and_who_may(
    newsroom: Newsroom, shared_server: Server, path: str, role: str, origin: str | None, status: int
) -> None:
    cookies = newsroom.desks[role].http.cookies
    sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
    try:
        with connect(
            shared_server.ws + path.format(slug=newsroom.slug),
            origin=Origin(origin.format(url=shared_server.url)) if origin else None,
            additional_headers={"Cookie": sent} if sent else {},
            proxy=None,
        ):
            answered = 101
    except InvalidStatus as refusal:
        answered = refusal.response.status_code
    assert answered == status


def test_who_is_held_to_stories_is_shown_no_others(newsroom: Newsroom) -> None:
    for role, sees in (("outsider", False), ("own", True), ("editor", True)):
        http = newsroom.desks[role].http
        listed = {story["slug"] for story in http.get("/api/stories").json()["stories"]}
        assert (newsroom.slug in listed) is sees
        assert (f'href="/desk/stories/{newsroom.slug}"' in http.get("/desk").text) is sees
    refused_page = newsroom.desks["outsider"].http.get(f"/desk/stories/{newsroom.slug}?edit=e0")
    assert refused_page.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/static/{version}/../../../../etc/passwd",
        "/static/{version}/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/static/{version}/%2e%2e/%2e%2e/pyproject.toml",
        "/static/{version}/....//....//etc/passwd",
        "/static/{version}/..%5c..%5cpyproject.toml",
        "/static/{version}//etc/passwd",
        "/static/..%2f..%2fetc/passwd",
        "/media/..%2f..%2f..%2fetc%2fpasswd",
        "/media/%2e%2e/%2e%2e/secret_key",
        "/stories/..%2f..%2fetc%2fpasswd",
        "/desk/..%2f..%2fsecret_key",
    ],
)
def test_no_path_leads_out_of_what_is_served(shared_server: Server, path: str) -> None:
    version = "x"
    with socket.create_connection(("127.0.0.1", shared_server.port), timeout=PATIENCE) as raw:
        target = path.format(version=version)  # as it stands: clients would fold the dots
        raw.sendall(f"GET {target} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        with raw.makefile("rb") as answer:
            status, rest = answer.readline(), answer.read()
    assert b" 404 " in status or b" 400 " in status, status
    assert b"root:" not in rest
    assert b"[project]" not in rest


def test_a_contributor_submits_edits_their_own_and_an_editor_publishes(
    editor: Editor, contributor: Editor
) -> None:
    slug = editor.story()
    entry = contributor.post(slug, "A draft.", status="draft")["id"]
    assert contributor.edit(slug, entry, body="Better.")["body"] == "Better."
    submitted = contributor.edit(slug, entry, status="submitted")
    assert (submitted["status"], submitted["seq"]) == ("submitted", None)
    assert editor.head(slug) == 0
    assert editor.http.get(f"/stories/{slug}/entries/{entry}").status_code == 404
    published = editor.edit(slug, entry, status="published")
    assert (published["status"], published["seq"]) == ("published", 1)
    assert "Better." in editor.http.get(f"/stories/{slug}").text


def test_a_contributor_may_take_back_what_was_never_published(
    editor: Editor, contributor: Editor
) -> None:
    slug = editor.story()
    entry = contributor.post(slug, "A draft.", status="submitted")["id"]
    assert contributor.remove(slug, entry)["seq"] is None


def test_a_contributor_sees_what_is_published_and_their_own(
    editor: Editor, contributor: Editor
) -> None:
    slug = editor.story()
    published = editor.post(slug)["id"]
    theirs = editor.post(slug, status="draft")["id"]
    own = contributor.post(slug, status="draft")["id"]
    path = f"/api/stories/{slug}/entries"
    listed = contributor.http.get(path, params={"status": ["draft", "published"]}).json()
    assert {entry["id"] for entry in listed["entries"]} == {published, own}
    [public] = [entry for entry in listed["entries"] if entry["id"] == published]
    mine = contributor.http.get(f"{path}/{own}")
    assert mine.status_code == 200
    # When others wrote is told by nothing.
    history = contributor.http.get(f"{path}/{published}/history").json()["revisions"]
    shown = [public, contributor.http.get(f"{path}/{published}").json(), history[0]["entry"]]
    told = [*shown, mine.json(), editor.http.get(f"{path}/{published}").json()]
    assert [entry["created_at"] is None for entry in told] == [True] * 3 + [False] * 2
    for name in ("embargo_until", "returned_at"):
        assert [entry[name] for entry in shown] == [None] * 3
    assert contributor.http.get(f"{path}/{theirs}").status_code == 403
    assert contributor.http.get(f"{path}/{theirs}/history").status_code == 403


@pytest.mark.parametrize("status", [{}, {"status": "published"}, {"status": "scheduled"}])
def test_a_contributor_may_not_publish(
    editor: Editor, contributor: Editor, status: dict[str, Any]
) -> None:
    slug = editor.story()
    sent: dict[str, Any] = {"body": "Now!", **status}
    if status == {"status": "scheduled"}:
        sent["publish_at"] = "2199-01-01T00:00:00Z"
    refused(contributor.http.post(f"/api/stories/{slug}/entries", json=sent))
    entry = contributor.post(slug, status="draft")["id"]
    if status:
        refused(contributor.http.patch(f"/api/stories/{slug}/entries/{entry}", json=sent))
    assert editor.head(slug) == 0
    listed = editor.http.get(f"/api/stories/{slug}/entries", params={"status": "scheduled"})
    assert listed.json()["entries"] == []


@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("PATCH", {"body": "Mine now."}),
        ("PATCH", {"pinned": True}),
        ("PATCH", {"verification": "confirmed"}),
        ("DELETE", {}),
        ("DELETE", {"purge": True}),
    ],
)
@pytest.mark.parametrize("whose", ["their own", "another's"])
def test_a_contributor_may_not_touch_what_is_published(
    editor: Editor, contributor: Editor, method: str, change: dict[str, Any], whose: str
) -> None:
    slug = editor.story()
    author = contributor if whose == "their own" else editor
    entry = author.post(slug, "The text.", status="submitted")["id"]
    editor.edit(slug, entry, status="published")
    refused(contributor.http.request(method, f"/api/stories/{slug}/entries/{entry}", json=change))
    assert editor.head(slug) == 1
    assert editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()["body"] == "The text."


def test_what_editors_say_of_a_submission_is_not_its_writers_to_change(
    editor: Editor, contributor: Editor
) -> None:
    slug = editor.story()
    entry = contributor.post(slug, status="submitted", verification="checking")["id"]
    editor.edit(slug, entry, embargo_until="2199-01-01T00:00:00Z", pinned=True)
    entries = f"/api/stories/{slug}/entries"
    for name, value in (
        ("embargo_until", None),
        ("embargo_until", "2198-01-01T00:00:00Z"),
        ("break_embargo", True),
        ("pinned", False),
    ):
        answer = contributor.http.patch(f"{entries}/{entry}", json={"body": "B", name: value})
        refused(answer)
        assert [error["field"] for error in answer.json()["errors"]] == [name]
    new = {"body": "B", "status": "submitted"}
    refused(contributor.http.post(entries, json=new | {"pinned": True}))
    refused(contributor.http.post(entries, json=new | {"break_embargo": True}))
    later = "2199-06-01T00:00:00Z"
    changed = contributor.edit(slug, entry, body="Better.", pinned=True, embargo_until=later)
    assert (changed["pinned"], changed["embargo_until"]) == (True, later)


def test_a_contributor_may_not_open_or_change_stories(editor: Editor, contributor: Editor) -> None:
    slug = editor.story()
    refused(contributor.http.post("/api/stories", json={"slug": "mine", "title": "Mine"}))
    refused(contributor.http.patch(f"/api/stories/{slug}", json={"status": "ended"}))
    assert editor.http.get("/api/stories/mine").status_code == 404
    assert editor.head(slug) == 0


def test_a_revoked_token_is_refused_from_then_on(shared_server: Server, editor: Editor) -> None:
    add_user(shared_server.env, "leaving@example.org", "editor")
    named = ("leaving@example.org", "--label", "laptop")
    token = run("token", "add", *named, env=shared_server.env).stdout.strip()
    slug = editor.story()
    client = Editor(shared_server.url, token)
    client.post(slug, "Still here.")
    assert run("token", "revoke", *named, env=shared_server.env).returncode == 0
    answer = client.http.post(f"/api/stories/{slug}/entries", json={"body": "Too late."})
    client.close()
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert editor.head(slug) == 1


def test_tokens_and_passwords_are_stored_hashed_only(shared_server: Server) -> None:
    token = add_token(shared_server.env)
    files = [path for path in (shared_server.folder / "data").rglob("*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in [*files, shared_server.log])
    assert b"a long enough password" not in kept
    assert token.encode() not in kept
    assert token.removeprefix("lb_").encode() not in kept


def test_the_desks_session_may_use_the_api(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    answer = desk.http.post(f"/api/stories/{slug}/entries", json={"body": "From the desk."})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_use_the_desks_session(
    shared_server: Server, desk: Desk, editor: Editor, headers: dict[str, str]
) -> None:
    slug = editor.story()
    with httpx2.Client(
        base_url=shared_server.url,
        cookies=desk.http.cookies,
        headers=headers,
        timeout=PATIENCE,
        trust_env=False,
        verify=NO_TLS,
    ) as tricked:
        posted = tricked.post(f"/api/stories/{slug}/entries", json={"body": "Evil."})
        refused(posted)
        assert "another site" in posted.json()["detail"]
        for path, form in (
            (f"/desk/stories/{slug}/entries", {"body": "Evil."}),
            (f"/desk/stories/{slug}", {"status": "ended"}),
            ("/desk/logout", {}),
            ("/desk/login", {"email": "editor@example.org", "password": "a long enough password"}),
        ):
            answer = tricked.post(path, data=form)
            assert answer.status_code == 403, path
            assert "set-cookie" not in answer.headers
        assert tricked.get(f"/api/stories/{slug}").json()["head"] == 0
    assert desk.http.get("/desk").url.path == "/desk"


def test_another_site_with_a_token_of_its_own_is_no_stranger(editor: Editor) -> None:
    slug = editor.story()
    answer = editor.http.post(
        f"/api/stories/{slug}/entries",
        json={"body": "From a tool."},
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://tool.example"},
    )
    assert answer.status_code == 201


def test_a_session_ends_when_its_user_signs_out(desk: Desk) -> None:
    page = desk.open("/desk")
    signed_out = desk.send(page.form("/desk/logout"))
    assert signed_out.tree.css_first('form[action="/desk/login"]')
    assert desk.http.get("/api/stories").status_code == 401


def test_no_public_page_sets_or_wants_a_cookie(editor: Editor, desk: Desk) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    public = [
        "/",
        f"/stories/{slug}",
        f"/stories/{slug}/entries/{entry}",
        f"/stories/{slug}/events?after=0",
        f"/stories/{slug}/embed",
        "/embed.js",
        "/livez",
        "/readyz",
        "/stories/unknown",
    ]
    page = LexborHTMLParser(editor.http.get(f"/stories/{slug}").text)
    public += [str(node.attributes["src"]) for node in page.css("script[src]")]
    for path in public:
        for client in (editor.http, desk.http):
            answer = client.get(path)
            assert "set-cookie" not in answer.headers, path
            assert "cookie" not in answer.headers.get("vary", "").lower(), path


def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(
    shared_server: Server, editor_email: str
) -> None:
    browser = Desk(shared_server.url)
    cookie = browser.sign_in(editor_email).headers["set-cookie"].lower()
    browser.close()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def refused(answer: httpx2.Response) -> None:
    assert answer.status_code == 403, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
