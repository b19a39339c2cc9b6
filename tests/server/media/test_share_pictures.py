"""Share pictures: who gets them, how often they are drawn, and until when."""

from __future__ import annotations

import asyncio
import io
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from desk_client import Editor, add_token
from metrics import metric
from photos import jpeg
from PIL import Image, ImageColor
from processes import NO_TLS, PATIENCE, Server, until
from uploads import uploaded

from liveblog.content.share.card import BADGES

pytestmark = pytest.mark.anyio

BOUND = 2.0
DRAWN = "liveblog_share_pictures_total"


def get(server: Server, path: str, **headers: str) -> httpx2.Response:
    return httpx2.get(
        f"{server.url}{path}", headers=headers, trust_env=False, verify=NO_TLS, timeout=PATIENCE
    )


def picture(answer: httpx2.Response) -> Image.Image:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert len(answer.content) < 300_000
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (1200, 630)
        return image.convert("RGB")


def badge(image: Image.Image) -> tuple[int, ...]:
    """The colour where the badge begins, beside its words."""
    colour = image.getpixel((72, 180))
    assert isinstance(colour, tuple)
    return colour


def test_a_story_and_an_entry_have_a_picture_that_is_drawn_once(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story(title="Kharkiv: takeover at risk", coverage_start="2022-02-25T06:00:00Z")
    entry = editor.post(slug, headline="Shelling of the city")["id"]
    for path in (f"/stories/{slug}/card.png", f"/stories/{slug}/entries/{entry}/card.png"):
        before = metric(shared_server, DRAWN)
        with ThreadPoolExecutor(8) as crowd:
            answers = list(crowd.map(lambda _: get(shared_server, path), range(16)))  # noqa: B023 - run at once
        assert metric(shared_server, DRAWN) == before + 1
        assert len({answer.content for answer in answers}) == 1
        picture(answers[0])
        headers = answers[0].headers
        assert headers["cache-control"] == "public, no-cache"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        again = get(shared_server, path, **{"If-None-Match": headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == headers["etag"]


def test_it_is_drawn_anew_when_it_says_something_else(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story(title="A city")
    entry = editor.post(slug, headline="Explosions near the airport")["id"]
    path = f"/stories/{slug}/entries/{entry}/card.png"
    tags = [get(shared_server, path).headers["etag"]]
    for tone in ("unverified", "checking", "disputed", "retracted"):
        editor.edit(slug, entry, verification=tone)
        answer = get(shared_server, path, **{"If-None-Match": tags[-1]})
        assert badge(picture(answer)) == ImageColor.getrgb(BADGES[tone])
        tags.append(answer.headers["etag"])
    editor.edit(slug, entry, verification="confirmed")
    tags.append(get(shared_server, path).headers["etag"])
    editor.edit(slug, entry, headline="Explosions", correction="They were not near the airport.")
    answer = get(shared_server, path)
    assert badge(picture(answer)) == ImageColor.getrgb(BADGES["corrected"])
    tags.append(answer.headers["etag"])
    assert len({*tags}) == len(tags) - 1  # confirmed, it says what it said at first
    story = f"/stories/{slug}/card.png"
    live = get(shared_server, story).headers["etag"]
    editor.post(slug)
    assert get(shared_server, story).headers["etag"] == live
    editor.change_story(slug, status="ended")
    assert get(shared_server, story).headers["etag"] != live


def test_what_is_not_public_has_none_and_nothing_is_drawn(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    draft = editor.post(slug, status="draft")["id"]
    gone = editor.post(slug)["id"]
    editor.remove(slug, gone)
    before = metric(shared_server, DRAWN)
    other = editor.post(editor.story())["id"]
    for place, status in {
        f"/stories/{slug}/entries/{draft}/card.png": 404,
        f"/stories/{slug}/entries/{gone}/card.png": 410,
        f"/stories/{slug}/entries/{other}/card.png": 404,
        f"/stories/{slug}/entries/e{secrets.token_hex(8)}/card.png": 404,
        f"/stories/{slug}/entries/%F0%9F%8E%89/card.png": 404,
        f"/stories/none-{slug}/card.png": 404,
        f"/stories/none-{slug}/entries/{draft}/card.png": 404,
    }.items():
        assert get(shared_server, place).status_code == status, place
    assert metric(shared_server, DRAWN) == before


def test_the_first_picture_of_an_entry_is_behind_its_words(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    red = uploaded(editor, jpeg(Image.new("RGB", (1600, 1000), (230, 20, 20))))
    entry = editor.post(slug, headline="Fire", media=[red["id"]])["id"]
    path = f"/stories/{slug}/entries/{entry}/card.png"
    colour = picture(get(shared_server, path)).getpixel((1190, 300))
    assert isinstance(colour, tuple)
    assert colour[0] > 180
    assert max(colour[1:]) < 60
    editor.edit(slug, entry, media=[])
    plain = picture(get(shared_server, path)).getpixel((1190, 300))
    assert isinstance(plain, tuple)
    assert max(plain) < 40


@pytest.mark.parametrize(
    "title",
    [
        "🎉🎉🎉",
        "\u202e" * 50 + "x",
        "<script>alert(1)</script>",
        "é\u0301" * 150,
        "俄军撤出",
        "W" * 300,
    ],
)
def test_any_title_gives_a_picture(shared_server: Server, editor: Editor, title: str) -> None:
    slug = editor.story(title=title, language="ar")
    entry = editor.post(slug, headline=title)["id"]
    picture(get(shared_server, f"/stories/{slug}/card.png"))
    picture(get(shared_server, f"/stories/{slug}/entries/{entry}/card.png"))


async def test_a_purge_takes_the_picture_from_both_servers_within_two_seconds(
    pair: tuple[Server, Server],
) -> None:
    editor = Editor(pair[0].url, add_token(pair[0].env))
    slug = editor.story()
    entry = editor.post(slug, headline="What must go")["id"]
    path = f"/stories/{slug}/entries/{entry}/card.png"
    tags = {get(server, path).headers["etag"] for server in pair}
    assert len(tags) == 1
    head = editor.head(slug)
    removing = asyncio.create_task(asyncio.to_thread(editor.remove, slug, entry, purge=True))
    await until(lambda: editor.head(slug) == head + 1)
    committed = time.monotonic()
    for server in pair:
        await until(lambda server=server: get(server, path).status_code == 410)  # type: ignore[misc]  # bound now
        again = get(server, path, **{"If-None-Match": min(tags)})
        assert again.status_code == 410
    assert time.monotonic() - committed < BOUND
    await removing
    editor.close()
