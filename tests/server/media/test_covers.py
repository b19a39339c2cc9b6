"""The cover of a story: who gets its files, and until when."""

from __future__ import annotations

import io
import secrets
from pathlib import Path
from typing import Any

import httpx2
import pytest
from commands import run
from desk_client import PASSWORD, Editor
from desk_forms import Desk
from photos import SECRET, exiftool, jpeg, photo, telling_jpeg
from PIL import Image
from processes import NO_TLS, PATIENCE, Server
from uploads import uploaded

RED = jpeg(Image.new("RGB", (1600, 1000), (230, 20, 20)))


def status(url: str) -> int:
    return httpx2.get(url, trust_env=False, verify=NO_TLS, timeout=PATIENCE).status_code


def story(editor: Editor, slug: str) -> dict[str, Any]:
    found: dict[str, Any] = editor.http.get(f"/api/stories/{slug}").json()
    return found


def corner(server: Server, path: str) -> tuple[int, ...]:
    answer = httpx2.get(
        f"{server.url}{path}/card.png", trust_env=False, verify=NO_TLS, timeout=PATIENCE
    )
    with Image.open(io.BytesIO(answer.content)) as image:
        colour = image.convert("RGB").getpixel((1190, 300))
    assert isinstance(colour, tuple)
    return colour


def stored(server: Server, medium: str) -> bool:
    return (server.folder / "data" / "media" / medium).exists()


def test_a_cover_is_public_while_it_is_one(shared_server: Server, editor: Editor) -> None:
    made = uploaded(editor, RED, alt="A street", credit="Ann")
    assert status(made["url"]) == 404
    slug = editor.story(cover=made["id"])
    assert story(editor, slug)["cover"] == made
    assert status(made["url"]) == 200
    changed = editor.change_story(slug, cover={"id": made["id"], "alt": "A burning street"})
    assert changed["cover"] == made | {"alt": "A burning street"}
    head = editor.head(slug)
    editor.change_story(slug, cover={"id": made["id"], "alt": "A burning street"})
    assert editor.head(slug) == head, "sending it as it was changes nothing"
    other = uploaded(editor)
    assert editor.change_story(slug, cover=other["id"])["cover"]["id"] == other["id"]
    assert status(other["url"]) == 200
    assert not stored(shared_server, made["id"])
    assert editor.http.get(f"/api/media/{made['id']}").status_code == 404
    assert editor.change_story(slug, cover=None)["cover"] is None
    assert not stored(shared_server, other["id"])


def test_a_picture_that_an_entry_shows_stays_when_it_is_no_cover_any_more(
    shared_server: Server, editor: Editor
) -> None:
    made, once = uploaded(editor), uploaded(editor)
    slug = editor.story(cover=made["id"])
    editor.post(slug, media=[made["id"]])
    entry = editor.post(slug, media=[once["id"]])["id"]
    editor.edit(slug, entry, media=[])
    editor.change_story(slug, cover=once["id"])
    assert status(made["url"]) == 200
    editor.change_story(slug, cover=None)
    assert stored(shared_server, once["id"]), "an undo may show it again"


def test_a_purge_of_an_entry_leaves_the_cover(shared_server: Server, editor: Editor) -> None:
    made = uploaded(editor)
    slug = editor.story(cover=made["id"])
    entry = editor.post(slug, media=[made["id"]])["id"]
    editor.remove(slug, entry, purge=True)
    assert status(made["url"]) == 200
    editor.change_story(slug, cover=None)
    assert not stored(shared_server, made["id"])


def test_one_picture_is_the_cover_of_two_stories(shared_server: Server, editor: Editor) -> None:
    made = uploaded(editor)
    one, other = editor.story(cover=made["id"]), editor.story(cover=made["id"])
    editor.change_story(one, cover=None)
    assert status(made["url"]) == 200
    editor.change_story(other, cover=None)
    assert not stored(shared_server, made["id"])


@pytest.mark.parametrize(
    ("cover", "field"),
    [
        ("m" + "0" * 32, "cover.id"),
        ("x", "cover.id"),
        ({"alt": "A street"}, "cover.id"),
        ({"id": "m" + "0" * 32, "caption": "A"}, "cover.caption"),
        (7, "cover"),
    ],
)
def test_what_is_no_cover(editor: Editor, cover: object, field: str) -> None:
    slug = f"story-{secrets.token_hex(4)}"
    wanted = {"slug": slug, "title": "A", "cover": cover}
    answer = editor.http.post("/api/stories", json=wanted)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert editor.http.get(f"/api/stories/{slug}").status_code == 404
    old = editor.story()
    assert editor.http.patch(f"/api/stories/{old}", json={"cover": cover}).status_code == 422


def test_nothing_of_a_cover_but_its_pixels_is_served(editor: Editor, tmp_path: Path) -> None:
    made = uploaded(editor, telling_jpeg(tmp_path))
    editor.story(cover=made["id"])
    for number, variant in enumerate(made["variants"]):
        answer = httpx2.get(variant["url"], trust_env=False, verify=NO_TLS, timeout=PATIENCE)
        assert SECRET.encode() not in answer.content
        (tmp_path / f"served{number}").write_bytes(answer.content)
        assert "GPS" not in exiftool("-a", "-G", str(tmp_path / f"served{number}"))


def test_it_is_behind_the_words_of_the_pictures_for_sharing(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story(cover=uploaded(editor, RED)["id"])
    own = uploaded(editor, jpeg(Image.new("RGB", (1600, 1000), (20, 20, 230))))
    plain = editor.post(slug)["id"]
    pictured = editor.post(slug, media=[own["id"]])["id"]
    assert corner(shared_server, f"/stories/{slug}")[0] > 180
    assert corner(shared_server, f"/stories/{slug}/entries/{plain}")[0] > 180
    assert corner(shared_server, f"/stories/{slug}/entries/{pictured}")[2] > 180
    editor.change_story(slug, cover=None)
    assert max(corner(shared_server, f"/stories/{slug}")) < 40


def test_it_is_uploaded_and_chosen_at_the_desk(editor: Editor, desk: Desk) -> None:
    slug = editor.story(title="As it was")
    here = f"/desk/stories/{slug}"
    shown = uploaded(editor, jpeg(photo(700, 500)), alt="In an entry", credit="Bo")
    editor.post(slug, media=[shown["id"]])

    def send(file: bytes = b"", **typed: str) -> httpx2.Response:
        values = desk.open(here).form(here).values | typed
        del values["file"]
        return desk.http.post(here, data=values, files={"file": ("a.jpg", file, "image/jpeg")})

    assert send(RED, cover_alt="A street", cover_credit="Ann").status_code == 200
    first = story(editor, slug)["cover"]
    assert (first["alt"], first["credit"], status(first["url"])) == ("A street", "Ann", 200)
    head = editor.head(slug)
    assert send().status_code == 200
    assert editor.head(slug) == head, "sending it as it was changes nothing"
    assert send(cover_credit="Ann B.").status_code == 200
    assert story(editor, slug)["cover"] == first | {"credit": "Ann B."}
    assert send(jpeg()).status_code == 200
    second = story(editor, slug)["cover"]
    assert second["id"] != first["id"]
    assert second["alt"] is second["credit"] is None, "the words were about the cover before"
    assert send(cover_alt="A square", cover_credit="Bo").status_code == 200
    assert send(cover=shown["id"]).status_code == 200
    chosen = story(editor, slug)["cover"]
    assert (chosen["id"], chosen["alt"], chosen["credit"]) == (shown["id"], "In an entry", "Bo")
    refused = send(b"no picture", title="As it is")
    assert refused.status_code in {415, 422}
    assert "As it is" in refused.text
    assert send(cover="").status_code == 200
    assert story(editor, slug)["cover"] is None


def test_a_protected_name_is_in_no_credit(shared_server: Server, editor: Editor) -> None:
    email, name = f"{secrets.token_hex(4)}@example.org", f"Real {secrets.token_hex(4)}"
    done = run(
        "user", "add", email, "--name", name, "--role", "contributor", "--byline", "Fin",
        env={**shared_server.env, "LIVEBLOG_PASSWORD": PASSWORD},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = uploaded(editor)
    slug = editor.story(cover={"id": made["id"], "credit": name})
    assert story(editor, slug)["cover"]["credit"] == "Fin"
