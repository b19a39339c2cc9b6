"""Every role and every address of the API and the desk: what each is answered.

`none` is signed out. The contributors are held to stories: `outsider` to another one, `other` and `own` to
this one, where the entry, a draft, is somebody else's or their own. A route that is not here fails
`test_rights.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

ROLES = ("none", "outsider", "other", "own", "editor", "admin")
ENTRY = "/stories/{slug}/entries/{id}"
BULK = {"action": "key", "entries": ["e0"]}

# Method, path, what is sent, and the answers in the order of the roles.
TABLE: list[tuple[str, str, dict[str, Any] | None, str]] = [
    ("GET", "/api/stories", None, "401 200 200 200 200 200"),
    ("POST", "/api/stories", {"slug": "{fresh}", "title": "T"}, "401 403 403 403 201 201"),
    ("GET", "/api/stories/{slug}", None, "401 403 200 200 200 200"),
    ("PATCH", "/api/stories/{slug}", {"title": "T"}, "401 403 403 403 200 200"),
    ("GET", "/api/stories/{slug}/entries", None, "401 403 200 200 200 200"),
    (
        "POST",
        "/api/stories/{slug}/entries",
        {"body": "B", "status": "submitted"},
        "401 403 201 201 201 201",
    ),
    ("GET", "/api" + ENTRY, None, "401 403 403 200 200 200"),
    ("PATCH", "/api" + ENTRY, {"body": "B"}, "401 403 403 200 200 200"),
    ("DELETE", "/api" + ENTRY, {}, "401 403 403 200 200 200"),
    ("GET", "/api" + ENTRY + "/history", None, "401 403 403 200 200 200"),
    ("GET", "/desk", None, "303 200 200 200 200 200"),
    ("POST", "/desk/stories", {"slug": "{fresh}", "title": "T"}, "403 403 403 403 303 303"),
    ("GET", "/desk/stories/{slug}", None, "303 403 200 200 200 200"),
    ("POST", "/desk/stories/{slug}", {"title": "T"}, "403 403 403 403 303 303"),
    ("POST", "/desk/stories/{slug}/entries", {"body": "B"}, "403 403 303 303 303 303"),
    ("POST", "/desk" + ENTRY, {"body": "B"}, "403 403 403 303 303 303"),
    ("POST", "/desk" + ENTRY + "/pin", {"pinned": "1"}, "403 403 403 403 303 303"),
    # A draft of one's own: readers have it when an editor publishes it.
    ("POST", "/desk" + ENTRY + "/verify", {"status": "confirmed"}, "403 403 403 303 303 303"),
    ("POST", "/desk" + ENTRY + "/remove", {}, "403 403 403 303 303 303"),
    ("POST", "/api/media", {}, "401 422 422 422 422 422"),
    ("GET", "/api/media/{id}", None, "401 404 404 404 404 404"),
    ("GET", "/api/media/{id}/{name}", None, "401 404 404 404 404 404"),
    ("POST", "/api/embeds", {}, "401 422 422 422 422 422"),
    ("POST", "/api/stories/{slug}/bulk", BULK, "401 403 403 403 200 200"),
    ("POST", "/api" + ENTRY + "/return", {"note": "N"}, "401 403 403 403 409 409"),
    ("POST", "/api" + ENTRY + "/undo", {"rev": 1}, "401 403 403 403 409 409"),
    ("POST", "/api" + ENTRY + "/restore", {}, "401 403 403 409 409 409"),
    ("GET", "/api" + ENTRY + "/notes", None, "401 403 403 200 200 200"),
    ("POST", "/api" + ENTRY + "/notes", {"text": "N"}, "401 403 403 201 201 201"),
    ("GET", "/api/contributors", None, "401 200 200 200 200 200"),
    ("GET", "/api/sources", None, "401 200 200 200 200 200"),
    ("GET", "/desk/book", None, "303 403 403 403 200 200"),
    ("POST", "/desk/book/contributors", {}, "403 403 403 403 422 422"),
    ("POST", "/desk/book/sources", {}, "403 403 403 403 422 422"),
    ("GET", "/desk/stories/{slug}/embed", None, "303 403 200 200 200 200"),
    ("POST", "/desk/stories/{slug}/status", {"status": "live"}, "403 403 403 403 303 303"),
    # Somebody else, the editor, has written it by then.
    ("POST", "/desk/stories/{slug}/brief", {"text-1": "T"}, "403 403 403 403 303 412"),
    ("GET", "/desk/stories/{slug}/queue", None, "303 403 200 200 200 200"),
    ("GET", "/desk/stories/{slug}/rows/{id}", None, "303 403 204 204 204 204"),
    ("GET", "/desk/stories/{slug}/figures", None, "303 403 403 403 200 200"),
    (
        "POST",
        "/desk/stories/{slug}/bulk",
        {"action": "key", "entry": "e0"},
        "403 403 403 403 200 200",
    ),
    ("POST", "/desk/stories/{slug}/undo", {"entry": "e0", "rev": "1"}, "403 403 403 403 200 200"),
    ("POST", "/desk" + ENTRY + "/restore", {}, "403 403 403 409 409 409"),
    ("POST", "/desk" + ENTRY + "/undo", {"rev": "1"}, "403 403 403 403 409 409"),
    ("POST", "/desk" + ENTRY + "/submit", {}, "403 403 403 303 303 303"),
    ("POST", "/desk" + ENTRY + "/return", {"note": "N"}, "403 403 403 403 409 409"),
    ("POST", "/desk" + ENTRY + "/publish", {}, "403 403 403 403 303 303"),
    (
        "POST",
        "/desk" + ENTRY + "/schedule",
        {"publish_at": "2199-01-01T10:00"},
        "403 403 403 403 303 303",
    ),
    ("POST", "/desk" + ENTRY + "/unschedule", {}, "403 403 403 303 303 303"),
    ("GET", "/desk" + ENTRY + "/notes", None, "303 403 403 200 200 200"),
    ("POST", "/desk" + ENTRY + "/notes", {"text": "N"}, "403 403 403 303 303 303"),
    ("POST", "/desk" + ENTRY + "/at-once", {}, "403 403 403 403 303 303"),
    ("POST", "/desk/stories/{slug}/outbox", {"body": "B"}, "403 403 201 201 201 201"),
    ("POST", "/desk/stories/{slug}/outbox/{id}", {"body": "B"}, "403 403 403 200 200 200"),
    ("POST", "/desk/stories/{slug}/preview", {"body": "B"}, "403 403 200 200 200 200"),
    ("GET", "/desk/stories/{slug}/drafts", None, "303 403 200 200 200 200"),
    (
        "PUT",
        "/desk/stories/{slug}/drafts/{key}",
        {"fields": {}, "on": 0},
        "403 403 200 200 200 200",
    ),
    ("DELETE", "/desk/stories/{slug}/drafts/{key}", {}, "403 403 204 204 204 204"),
    ("GET", "/desk/account", None, "303 200 200 200 200 200"),
    ("POST", "/desk/account/password", {"password": "short"}, "403 422 422 422 422 422"),
    ("POST", "/desk/account/sessions/end", {}, "403 303 303 303 303 303"),
    ("POST", "/desk/account/sessions/{id}/end", {}, "403 404 404 404 404 404"),
    ("POST", "/desk/account/tokens", {"label": ""}, "403 422 422 422 422 422"),
    ("POST", "/desk/account/tokens/{id}/revoke", {}, "403 404 404 404 404 404"),
    ("GET", "/desk/users", None, "303 403 403 403 403 200"),
    ("POST", "/desk/users/{id}", {"role": "contributor"}, "403 403 403 403 403 303"),
    ("POST", "/desk/users/{id}/protection", {"delay": "5"}, "403 403 403 403 403 303"),
    ("POST", "/desk/users/{id}/disable", {}, "403 403 403 403 403 303"),
    ("POST", "/desk/users/{id}/enable", {}, "403 403 403 403 403 303"),
    ("POST", "/desk/users/{id}/reset", {}, "403 403 403 403 403 200"),
    (
        "POST",
        "/desk/users/invitations",
        {"email": "{fresh}@example.org", "role": "editor"},
        "403 403 403 403 403 200",
    ),
    ("POST", "/desk/users/invitations/{id}/withdraw", {}, "403 403 403 403 403 404"),
]

# For who is signed in and who is not.
OPEN = {
    ("GET", "/desk/login"),
    ("POST", "/desk/login"),
    ("POST", "/desk/logout"),
    ("GET", "/desk/invitation"),
    ("POST", "/desk/invitation"),
    ("GET", "/desk/setup"),  # for whoever has the link
    ("POST", "/desk/setup"),
    ("GET", "/desk/oidc"),
    ("GET", "/desk/oidc/callback"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/docs"),
}

# For programs outside, each known by its signature.
SIGNED = {
    ("POST", "/api/inbound/slack"),
    ("POST", "/api/inbound/telegram"),
    ("POST", "/api/inbound/email"),
}

# The desk's sockets, which `test_rights.py` asks by itself.
SOCKETS = {("WS", "/desk/stories/{slug}/live"), ("WS", "/desk/live")}


class Case(NamedTuple):
    method: str
    path: str
    sent: dict[str, Any] | None
    answers: dict[str, int]


CASES = [
    Case(method, path, sent, dict(zip(ROLES, map(int, answers.split()), strict=True)))
    for method, path, sent, answers in TABLE
]
CHANGING = sorted(
    {(method, path) for method, path, *_ in TABLE if method != "GET"}
    | {(method, path) for method, path in OPEN if method != "GET"}
)
