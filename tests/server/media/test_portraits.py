"""Portraits of contributors: the book has them, pages of single updates show them."""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from contextlib import closing

import httpx2
import pytest
from commands import run
from desk_client import Editor, add_token, add_user
from desk_forms import Desk
from photos import SECRET, jpeg, photo
from processes import NO_TLS, PATIENCE, Server

BOOK = "/desk/book/contributors"
Files = dict[str, tuple[str, bytes]]
WITHIN = 2.0  # seconds, until no server shows what was taken away
FACE = re.compile(r'<span class="face"[^>]*>(\w+)(?:<img src="(/media/[^"]+)")?')


def get(url: str) -> httpx2.Response:
    return httpx2.get(url, trust_env=False, verify=NO_TLS, timeout=PATIENCE)


def face(server: Server, slug: str, entry: str) -> tuple[str, str]:
    """The initials beside the byline, and the address of the portrait over them."""
    found = FACE.search(get(f"{server.url}/stories/{slug}/entries/{entry}").text)
    assert found
    return found[1], found[2] or ""


def until(server: Server, slug: str, entry: str, wanted: bool) -> str:
    """The portrait's address as soon as there is one, or "" as soon as there is none."""
    last = time.monotonic() + PATIENCE
    while bool(shown := face(server, slug, entry)[1]) != wanted:
        assert time.monotonic() < last
        time.sleep(0.05)
    return shown


def row(desk: Desk, name: str) -> str:
    form = desk.open(f"/desk/book?q={name}").one(f"form[action='{BOOK}'] [name=id]")
    return str(form.attributes["value"])


def save(desk: Desk, line: dict[str, str], files: Files | None = None) -> None:
    assert desk.http.post(BOOK, data=line, files=files).url.query == b"saved=1"


def file(seed: int) -> Files:
    return {"file": (f"{SECRET}.jpg", jpeg(photo(800, 1000, seed)))}


def test_a_portrait_stands_beside_the_byline_until_it_is_taken_away(
    pair: tuple[Server, Server],
) -> None:
    server = pair[0]
    name = f"Hanna {secrets.token_hex(3)}"
    email = f"{secrets.token_hex(4)}@example.org"
    add_user(server.env, email, "editor")
    with (
        closing(Editor(server.url, add_token(server.env))) as editor,
        closing(Desk(server.url)) as desk,
    ):
        desk.sign_in(email)
        slug = editor.story()
        entry = editor.post(slug, credits=[{"role": "text", "name": name, "handle": "@hanna"}])[
            "id"
        ]
        assert [face(one, slug, entry) for one in pair] == [("H" + name[6].upper(), "")] * 2
        line = {"id": row(desk, "hanna"), "name": name, "handle": "@hanna", "role": "text"}
        refused = desk.http.post(BOOK, data=line, files={"file": ("a.jpg", b"no picture")})
        assert refused.status_code == 415
        assert "is not a picture (JPEG, PNG, WebP, GIF)" in refused.text
        again = {**line, "id": ""}
        known = desk.http.post(BOOK, data=again, files={"file": ("a.jpg", b"not looked at")})
        assert known.status_code == 409, "before the picture is decoded"
        save(desk, line, file(1))
        first = [until(one, slug, entry, True) for one in pair]
        assert first[0] == first[1]
        assert get(server.url + first[0]).status_code == 200
        save(desk, line | {"note": "Only by Signal."})
        assert face(server, slug, entry)[1] == first[0], "another change leaves it"
        save(desk, line, file(2))
        began = time.monotonic()
        second = face(server, slug, entry)[1]
        assert second not in {"", first[0]}
        while get(server.url + first[0]).status_code != 404:
            assert time.monotonic() - began < PATIENCE
        assert time.monotonic() - began < WITHIN
        save(desk, line | {"without": "1"})
        assert [until(one, slug, entry, False) for one in pair] == ["", ""]
        save(desk, line, file(3))
        third = until(pair[1], slug, entry, True)
        save(desk, {"id": line["id"], "strike": "1"})
        assert [until(one, slug, entry, False) for one in pair] == ["", ""]
        while get(server.url + third).status_code != 404:
            assert time.monotonic() - began < PATIENCE
        media = server.folder / "data" / "media"
        assert [one for one in media.glob("m*") if any(one.iterdir())] == []


@pytest.mark.parametrize(
    "known_by", ["the real name", "another form of it", "the public name", "the handle", "the line"]
)
def test_nobody_who_is_protected_has_a_portrait(
    shared_server: Server, editor: Editor, desk: Desk, known_by: str
) -> None:
    mark = secrets.token_hex(4)
    email, real, public, handle = f"{mark}@example.org", f"José {mark}", f"Fin {mark}", f"@{mark}f"
    add_user(shared_server.env, email, "contributor", real)
    line = {
        "the real name": {"name": real, "handle": ""},
        "another form of it": {"name": unicodedata.normalize("NFD", real).upper(), "handle": ""},
        "the public name": {"name": public, "handle": ""},
        "the handle": {"name": f"Somebody {mark}", "handle": handle},
        "the line": {"name": real, "handle": f"@{mark}o"},  # the credit has another name
    }[known_by] | {"role": "photo"}
    shown = line | ({"name": "J. M."} if known_by == "the line" else {})
    slug = editor.story()
    entry = editor.post(slug, credits=[{**shown, "handle": shown["handle"] or None}])["id"]
    line["id"] = row(desk, mark)
    save(desk, line, file(4))
    portrait = face(shared_server, slug, entry)[1]
    assert get(shared_server.url + portrait).status_code == 200
    done = run("user", "byline", email, public, "--handle", handle, env=shared_server.env)
    assert done.returncode == 0, done.stderr
    began = time.monotonic()
    while get(shared_server.url + portrait).status_code != 404:  # the initials are under it
        assert time.monotonic() - began < WITHIN
    assert not (shared_server.folder / "data" / "media" / portrait.split("/")[2]).exists()
    other = editor.post(slug, credits=[{**shown, "handle": shown["handle"] or None}])["id"]
    assert face(shared_server, slug, other)[1] == ""
    refused = desk.http.post(BOOK, data=line, files=file(5))
    assert refused.status_code == 422
    assert "of somebody with a protection" in refused.text
