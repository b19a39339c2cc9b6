"""Pictures: what is refused, what is left of what is accepted, who gets it, and until when."""

from __future__ import annotations

import io
import json
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from desk_client import Editor, add_token, new_story
from desk_forms import Desk
from photos import PLACE, SECRET, encoded, exiftool, jpeg, photo, telling_jpeg, telling_png
from PIL import Image, ImageCms
from processes import NO_TLS, PATIENCE, Redis, Server
from uploads import HARMLESS, REFUSED, SVG, upload, uploaded


@pytest.fixture
def anybody() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=PATIENCE, trust_env=False, verify=NO_TLS) as client:
        yield client


def test_nothing_of_a_picture_but_its_pixels_is_served(
    editor: Editor, anybody: httpx2.Client, tmp_path: Path
) -> None:
    """The file itself is full of it: see `telling_jpeg`."""
    slug, telling = editor.story(), telling_jpeg(tmp_path)
    assert SECRET.encode() in telling
    assert "GPSLatitude" in exiftool("-j", str(tmp_path / "telling.jpg"))
    media = [
        uploaded(editor, telling, name=f"{SECRET}.jpg", alt="A street"),
        uploaded(editor, telling_png(), name=f"{SECRET}.png", kind="image/png"),
    ]
    entry = editor.post(slug, media=[medium["id"] for medium in media])
    served = tmp_path / "served"
    served.mkdir()
    for number, variant in enumerate(entry["media"][0]["variants"] + entry["media"][1]["variants"]):
        answer = anybody.get(variant["url"])
        assert answer.headers["content-type"] == variant["type"]
        assert SECRET.encode() not in answer.content
        file = served / f"{number}.{variant['url'].rpartition('.')[2]}"
        file.write_bytes(answer.content)
        with Image.open(file) as image:
            assert image.size == (variant["width"], variant["height"])
            assert not {"exif", "xmp", "icc_profile", "comment"} & image.info.keys()
    found = json.loads(exiftool("-j", "-G", "-a", "-u", "-U", "-ee", str(served)))
    assert len(found) == len(list(served.iterdir())) >= 6
    for about in found:
        told = {name for name in about if not name.startswith("File:")} - HARMLESS
        assert not told, {name: about[name] for name in told}
        assert not {"File:Comment", "File:ExifByteOrder"} & about.keys()
    shown = json.dumps(entry) + anybody.get(f"{editor.http.base_url}/stories/{slug}").text
    assert SECRET not in shown
    assert PLACE[0] not in shown


def test_a_picture_is_upright_in_srgb_and_in_several_sizes(
    editor: Editor, anybody: httpx2.Client
) -> None:
    turned = photo(2400, 1800)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees: the top left comes to the top right
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = uploaded(editor, jpeg(turned, exif=exif, icc_profile=lab), alt="A street", credit="Ann")
    assert (made["width"], made["height"]) == (1800, 2400)
    assert {"image/webp", "image/jpeg"} == {variant["type"] for variant in made["variants"]}
    assert [v["width"] for v in made["variants"] if v["type"] == "image/webp"] == [480, 960, 1800]
    assert made["placeholder"].startswith("data:image/webp;base64,")
    assert len(made["placeholder"]) < 400
    entry = editor.post(editor.story(), media=[{"id": made["id"], "caption": "Seen today"}])
    image = Image.open(io.BytesIO(anybody.get(made["url"]).content))
    red, green, blue = image.getpixel((1790, 5))  # type: ignore[misc]  # RGB
    assert red > 200
    assert max(green, blue) < 60
    html = entry["html"]
    for part in ('loading="lazy"', 'alt="A street"', "Seen today"):
        assert part in html
    width, height = re.findall(r'width="([0-9]+)" height="([0-9]+)" loading', html)[0]
    assert int(width) / int(height) == pytest.approx(3 / 4, rel=0.01)
    assert "Photo: <bdi>Ann</bdi>" in html
    wide = uploaded(editor, encoded(photo(300, 2), "PNG"), name="a.png", kind="image/png")
    assert (wide["width"], wide["height"]) == (300, 2)


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_plain_picture_is_refused_with_one_message(editor: Editor, what: str) -> None:
    content, name, kind, status, message = REFUSED[what]
    answer = upload(editor, content, name, kind)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == "file"
    assert message in error["message"]


def test_other_faults_of_an_upload_are_named(editor: Editor, anybody: httpx2.Client) -> None:
    assert editor.http.post("/api/media", data={"alt": "x"}).json()["errors"][0]["field"] == "file"
    long = upload(editor, jpeg(), alt="x" * 2001)
    assert [error["field"] for error in long.json()["errors"]] == ["alt"]
    assert anybody.post(f"{editor.http.base_url}/api/media").status_code == 401
    slug, none = editor.story(), "m" + "0" * 32
    made = uploaded(editor)["id"]
    for media, field in (
        (["x"], "media.0.id"),
        ([made, none], "media.1"),
        ([made, made], "media"),
        ([{"id": made, "title": "x"}], "media.0.title"),
        ([none] * 21, "media"),
        (made, "media"),
    ):
        answer = editor.http.post(
            f"/api/stories/{slug}/entries", json={"body": "x", "media": media}
        )
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_picture_is_public_while_a_published_entry_shows_it(
    shared_server: Server, editor: Editor, contributor: Editor, anybody: httpx2.Client
) -> None:
    slug, made = editor.story(), uploaded(editor)
    url = made["url"]

    def statuses() -> tuple[int, ...]:
        """For anybody, an editor, a contributor who has nothing to do with it."""
        clients = (anybody, editor.http, contributor.http)
        return tuple(client.get(url, follow_redirects=True).status_code for client in clients)

    assert statuses() == (404, 200, 404)
    assert anybody.get(url).headers["cache-control"] == "no-store"
    refused = contributor.http.post(
        f"/api/stories/{slug}/entries",
        json={"body": "x", "status": "submitted", "media": [made["id"]]},
    )
    assert refused.status_code == 422
    entry = editor.post(slug, media=[made["id"]], status="draft")["id"]
    assert statuses() == (404, 200, 404)
    editor.edit(slug, entry, status="published")
    assert statuses() == (200, 200, 200)
    answer = anybody.get(url)
    assert answer.headers["cache-control"] == "public, max-age=3600, s-maxage=1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    again = anybody.get(url, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    history = editor.http.get(f"/stories/{slug}/entries/{entry}", headers={"Accept": "text/html"})
    assert url.removeprefix(shared_server.url) in history.text
    editor.edit(slug, entry, media=[])
    time.sleep(1.1)  # for as long, a process need not ask again
    assert statuses() == (404, 200, 404)
    editor.edit(slug, entry, media=[{"id": made["id"]}])
    assert statuses() == (200, 200, 200)
    editor.remove(slug, entry)
    time.sleep(1.1)
    assert statuses() == (404, 200, 404)


def test_a_purge_takes_the_files_from_all_servers(tmp_path: Path, redis: Redis) -> None:
    """Of what another entry shows, nothing; of what an earlier revision showed, everything."""
    key, folder = secrets.token_hex(16), tmp_path / "files"

    def start(name: str) -> Server:
        return Server(
            tmp_path / name,
            DATABASE_URL=f"sqlite:///{tmp_path / 'shared.sqlite3'}",
            REDIS_URL=redis.url,
            SECRET_KEY=key,
            LIVEBLOG_MEDIA=str(folder),
        )

    with start("a") as a, start("b") as b:
        editor = Editor(a.url, token := add_token(a.env))
        slug = new_story(a.url, token)
        first, second, shared = (uploaded(editor)["id"] for _ in range(3))
        entry = editor.post(slug, media=[first, shared])["id"]
        editor.edit(slug, entry, media=[second, shared])
        editor.post(slug, media=[shared])
        assert {path.name for path in folder.iterdir()} == {first, second, shared}

        def got(server: Server, medium: str) -> int:
            address = f"{server.url}/media/{medium}/640.jpg"
            return httpx2.get(address, trust_env=False, verify=NO_TLS, timeout=PATIENCE).status_code

        assert [got(b, medium) for medium in (first, second, shared)] == [404, 200, 200]
        editor.remove(slug, entry, purge=True)
        assert {path.name for path in folder.iterdir()} == {shared}
        time.sleep(1.1)
        for server in (a, b):
            assert [got(server, medium) for medium in (first, second, shared)] == [404, 404, 200]
        private = editor.http.get(f"/api/media/{second}")
        assert private.status_code == 404
        editor.close()


def test_the_form_without_scripts_takes_pictures_and_keeps_what_is_there(
    desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    here = f"/desk/stories/{slug}"

    def send(files: list[tuple[str, bytes, str]], **fields: str) -> httpx2.Response:
        form = desk.open(here).composer
        parts = [("file", file) for file in files]
        return desk.http.post(form.action, data=form.values | fields, files=parts)

    png = encoded(photo(seed=2), "PNG")
    words = {"new-alt": "A street", "new-caption": "Today", "new-credit": "Ann"}
    two = [("a.jpg", jpeg(), "image/jpeg"), ("b.svg", SVG, "image/svg+xml")]
    refused = send(two, body="The text", **words)
    assert refused.status_code == 415
    assert "is not a picture" in refused.text
    for kept in ("The text", 'value="A street"', 'name="media-0-id"'):
        assert kept in refused.text
    sent = send([("a.jpg", jpeg(), "image/jpeg"), ("b.png", png, "image/png")], body="Two", **words)
    assert sent.status_code == 200
    (entry,) = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert [(m["alt"], m["caption"], m["credit"]) for m in entry["media"]] == [
        ("A street", "Today", "Ann")
    ] * 2
    edit = desk.open(f"{here}?edit={entry['id']}").composer
    del edit.values["media-0-keep"]
    desk.send(edit, {"media-1-alt": "", "media-1-caption": "This morning"})
    (entry,) = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert [(m["alt"], m["caption"], m["credit"]) for m in entry["media"]] == [
        (None, "This morning", "Ann")
    ]
    assert entry["rev"] == 2
    desk.send(desk.open(f"{here}?edit={entry['id']}").composer)
    assert editor.http.get(f"/api/stories/{slug}/entries").json()["entries"][0]["rev"] == 2
