"""The words around an entry as newspapers print them: bylines, captions and credits, labels, zones, tables and cards."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from liveblog.content.language import TAGS, language
from liveblog.content.localtime import turns
from liveblog.content.page.caption import caption
from liveblog.content.page.labels import label
from liveblog.content.templates import Templates, initials
from liveblog.models.content import Credit, Embed, Entry, EntryStatus, Medium, Story

AT = datetime(2022, 2, 25, 12, 32, tzinfo=UTC)
VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
CARD = Embed(url=VIDEO, provider="YouTube", kind="video")


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates({"name": "Test", "base_url": "", "signs_on": False})


def story(tag: str) -> Story:
    return Story(
        id=1, slug="s", title="T", language=tag, timezone="Europe/Kyiv", created_at=AT, updated_at=AT, epoch="e", head=1
    )  # fmt: skip


def entry(html: str = "<p>Words.</p>", **fields: object) -> Entry:
    values = {
        "id": "e0123456789abcdef", "story_id": 1, "seq": 1, "status": EntryStatus.PUBLISHED, "body": "", "body_html": html,
        "published_at": AT, "created_at": AT,
    }  # fmt: skip
    return Entry.model_validate(values | fields)


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", html)).strip()


CREDITS = (
    Credit(role="photo", name="Ana"),
    Credit(role="text", name="Fin", handle="@fin"),
    Credit(role="photo", name="بو"),
    Credit(role="photo", name="Olha"),
    Credit(role="editing", name="Bo"),
)
BYLINES = {
    "en": "By Fin @fin, photographs by Ana, بو and Olha, edited by Bo",
    "uk": "Текст: Fin @fin, фото: Ana, بو і Olha, редагування: Bo",  # noqa: RUF001
    "de": "Text: Fin @fin, Fotos: Ana, بو und Olha, Redaktion: Bo",
    "fr": "Par Fin @fin, photos : Ana, بو et Olha, édition : Bo",
    "es": "Por Fin @fin, fotografías de Ana, بو y Olha, edición de Bo",
    "ar": "بقلم Fin @fin، تصوير Ana وبو وOlha، تحرير Bo",
}


@pytest.mark.parametrize("tag", TAGS)
def test_a_byline_is_a_sentence_of_its_language_on_the_page_and_in_feeds(
    templates: Templates, tag: str
) -> None:
    shown = templates.entry(entry(credits=CREDITS), story(tag))
    credit = re.search(r'<span class="credit">(.*?)</span>', shown)
    assert credit
    assert plain(credit[1]).replace("\xa0", " ") == BYLINES[tag]
    assert credit[1].count("<bdi") == 6, (
        "each name and handle is apart from letters of another script"
    )
    fed = templates.feed_entry(entry(credits=CREDITS), story(tag))
    assert BYLINES[tag] in plain(fed).replace("\xa0", " ")
    assert "class=" not in fed


def test_a_byline_without_an_author_begins_with_a_capital(templates: Templates) -> None:
    shown = templates.entry(entry(credits=[Credit(role="photo", name="<Ana>")]), story("en"))
    assert "Photographs by <bdi>&lt;Ana&gt;</bdi>" in shown


@pytest.mark.parametrize(
    ("text", "credit", "expected"),
    [
        ("Smoke at dusk", "Ana / AP", ("Smoke at dusk.", "Ana / AP")),
        ("Smoke at dusk.", "Photo: Ana / AP", ("Smoke at dusk.", "Ana / AP")),
        ("Smoke at dusk. Photo: Ana / AP", "Ana / AP", ("Smoke at dusk. Photo: Ana / AP", "")),
        ("Smoke at dusk (Ana)", "Ana", ("Smoke at dusk (Ana)", "")),
        ("A portrait of Ana", "Ana", ("A portrait of Ana.", "Ana")),
        ("Photo: Ana", "Ana", ("", "Ana")),
        ("ana", "Ana", ("", "Ana")),
        ("„Rauch“?", "Foto: Ana", ("„Rauch“?", "Ana")),
        ("دخان فوق المدينة؟", "تصوير: آنا", ("دخان فوق المدينة؟", "آنا")),
        ("Дим", "Фото: Ана", ("Дим.", "Ана")),
        ("Smoke", None, ("Smoke", "")),
        (None, "Ana", ("", "Ana")),
        (None, None, ("", "")),
        ("Smoke", "Photographers Union", ("Smoke.", "Photographers Union")),
        ("Smoke", "Photo:", ("Smoke", "")),
    ],
)
def test_caption_and_credit_are_said_once(
    text: str | None, credit: str | None, expected: tuple[str, str]
) -> None:
    medium = Medium(id="m", kind="picture", caption=text, credit=credit)
    assert tuple(caption(medium)) == expected


@pytest.mark.parametrize(
    ("tag", "typed", "name", "words"),
    [
        ("en", "breaking", "breaking", "Breaking"),
        ("de", "breaking", "breaking", "Eilmeldung"),
        ("de", "eilmeldung", "breaking", "Eilmeldung"),
        ("ar", "Breaking", "breaking", "عاجل"),
        ("uk", "Терміново", "breaking", "Терміново"),
        ("en", "Eilmeldung", "eilmeldung", "Eilmeldung"),
        ("fr", "<b>", "<b>", "<b>"),
    ],
)
def test_a_label_that_is_known_is_translated_and_styled_alike_in_every_language(
    tag: str, typed: str, name: str, words: str
) -> None:
    found = label(typed, language(tag))
    assert (found.name, found.words) == (name, words)


@pytest.mark.parametrize(
    ("tag", "zone", "city"),
    [
        ("en", "Europe/Kyiv", "Kyiv"),
        ("uk", "Europe/Kyiv", "Київ"),
        ("fr", "Africa/Cairo", "Le Caire"),
        ("ar", "Africa/Cairo", "القاهرة"),
        ("de", "UTC", "UTC"),
        ("es", "Etc/GMT+5", "GMT+5"),
        ("en", "America/Argentina/Buenos_Aires", "Buenos Aires"),
    ],
)
def test_a_zone_is_named_by_its_city(tag: str, zone: str, city: str) -> None:
    assert language(tag).city(zone) == city


def test_the_zone_stands_beside_a_time_only_where_clocks_are_changed(templates: Templates) -> None:
    assert turns(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Kyiv")
    assert not turns(AT, "Europe/Kyiv")
    assert not turns(datetime.min.replace(tzinfo=UTC), "Europe/Kyiv")
    assert "<small>EET</small>" in templates.entry(entry(), story("en"))
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert "<small data-turn>" in templates.entry(entry(published_at=night), story("en"))


@pytest.mark.parametrize("typed", [VIDEO, "http://m.youtube.com/watch?v=dQw4w9WgXcQ&feature=share"])
def test_an_address_that_became_a_card_is_marked_and_stays_for_feeds(
    templates: Templates, typed: str
) -> None:
    link = f'<a href="{typed.replace("&", "&amp;")}" rel="noopener nofollow ugc">{typed.replace("&", "&amp;")}</a>'
    text = f"<p>Words {link}</p>\n<p>{link}</p>"
    one = entry(text, embeds=[CARD])
    assert f'<p>Words {link}</p>\n<p class="carded">{link}</p>' in templates.entry(one, story("en"))
    assert templates.feed_entry(one, story("en")).count(link) == 2
    assert "carded" not in templates.feed_entry(one, story("en"))
    assert "carded" not in templates.entry(entry(text), story("en")), "there is no card"
    other = text.replace("dQw4w9WgXcQ", "aaaaaaaaaaa")
    assert "carded" not in templates.entry(entry(other, embeds=[CARD]), story("en"))


def test_a_table_stands_in_a_box_that_a_keyboard_reaches(templates: Templates) -> None:
    table = "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n</table>"
    shown = templates.entry(entry(f"{table}\n<p>x</p>\n{table}"), story("de"))
    assert (
        shown.count('<div class="table" role="group" tabindex="0" aria-label="Tabelle"><table>')
        == 2
    )
    assert shown.count("</table></div>") == 2


def test_initials_are_letters_of_a_name() -> None:
    names = ["Fin", "Fin de Pencier", "@fin", "", "  ", "Ольга", "李 明", "Ana Ana"]
    assert [initials(name) for name in names] == ["F", "FP", "F", "", "", "О", "李明", "A"]  # noqa: RUF001
