"""“Put it on your site” at the desk, as a browser without JavaScript has it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from desk_client import PASSWORD, Editor, add_token, add_user
from desk_forms import Desk, Form, Page
from processes import Server

from liveblog.web.desk.codes import FEEDS

WAYS = ("script", "element", "iframe", "wordpress", "oembed", "amp")


def code(page: Page, name: str) -> str:
    """The text of a code. A browser drops the first line break of a textarea."""
    text: str = page.one(f"#code-{name}").text()
    return text.removeprefix("\n")


def chosen(desk: Desk, slug: str, **options: str) -> Page:
    """The page after the form was sent with these options."""
    first = desk.open(f"/desk/stories/{slug}/embed")
    form = Form(first.one("form.options"))
    assert form.action == f"/desk/stories/{slug}/embed"
    assert options.keys() <= form.values.keys()
    return desk.open(f"{form.action}?{urlencode(form.values | options)}")


def test_the_form_shows_the_codes_for_what_was_chosen(desk: Desk, editor: Editor) -> None:
    slug = editor.story(title='A "title" <b>', topics=["kharkiv"])
    editor.post(slug, topics=["kharkiv"], credits=[{"role": "text", "name": 'Q "X" <q>'}])
    url = str(desk.http.base_url).rstrip("/")
    page = desk.open(f"/desk/stories/{slug}")
    assert page.one(f'.links a[href="/desk/stories/{slug}/embed"]').text() == "Put it on your site"
    page = chosen(desk, slug, limit="3", show="key", title='"X" & <b>', width="phone")
    assert code(page, "script").startswith(
        f'<div data-liveblog="{slug}" data-limit="3" data-show="key" data-title="&quot;X&quot; &amp; &lt;b&gt;">'
    )
    assert 'A "title" &lt;b&gt;</a>' in code(page, "script")
    assert code(page, "oembed") == f"{url}/stories/{slug}?limit=3&show=key"
    for name in WAYS:
        assert code(page, name)
    # The form keeps what was typed, and the preview shows the same.
    assert Form(page.one("form.options")).values["title"] == '"X" & <b>'
    box = page.one("#preview [data-liveblog]").attributes
    assert (box["data-limit"], box["data-title"]) == ("3", '"X" & <b>')
    frame = page.one("#preview noscript iframe").attributes["src"]
    assert frame == f"/stories/{slug}/embed?limit=3&show=key"
    assert page.one("#preview").attributes["data-width"] == "phone"
    assert [node.attributes["value"] for node in page.tree.css("datalist option")] == [
        "kharkiv",
        'q "x" <q>',
    ]


def test_a_wrong_option_is_said_at_its_field(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    page = chosen(desk, slug, limit="99", accent="red", order="oldest")
    assert page.status == 200
    form = Form(page.one("form.options"))
    assert (form.values["limit"], form.values["accent"]) == ("99", "red")
    assert page.one("#f-limit-error").text() == "Updates at first: accepted: 1 to 50"
    assert page.one("#f-accent-error").text() == "Accent: accepted: six hexadecimal digits"
    assert page.one("#f-limit").attributes["aria-invalid"] == "true"
    # The other options hold.
    assert code(page, "oembed").endswith(f"/stories/{slug}?order=oldest")
    assert "open" in page.one("details.further").attributes
    kept = chosen(desk, slug, font="Papyrus, fantasy")
    assert Form(kept.one("form.options")).values["font"] == "Papyrus, fantasy"
    assert 'data-font="Papyrus, fantasy"' in code(kept, "script")


def test_the_feeds_answer(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    page = desk.open(f"/desk/stories/{slug}/embed")
    for name in (*(f"feed-{end}" for end in FEEDS), "corrections"):
        assert editor.http.get(code(page, name)).status_code == 200
    answer = editor.http.get("/oembed", params={"url": code(page, "oembed")})
    assert answer.json()["title"] == "A story"


def test_it_frames_our_own_pages_only(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    answer = desk.http.get(f"/desk/stories/{slug}/embed")
    policy = answer.headers["content-security-policy"]
    assert "frame-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert (
        "frame-src 'none'"
        in desk.http.get(f"/desk/stories/{slug}").headers["content-security-policy"]
    )


def test_a_contributor_has_the_codes_but_not_where_it_is_embedded(
    contributors_desk: Desk, desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    seen, hidden = (one.open(f"/desk/stories/{slug}/embed") for one in (desk, contributors_desk))
    where = f'a[href="/desk/stories/{slug}#embedded-title"]'
    assert seen.one(where)
    assert not hidden.tree.css(where)
    assert code(hidden, "script") == code(seen, "script")
    assert contributors_desk.open(f"/desk/stories/{slug}").one(
        f'.links a[href="/desk/stories/{slug}/embed"]'
    )


def test_a_list_of_sites_is_shown(desk: Desk, contributors_desk: Desk, editor: Editor) -> None:
    plain, slug = editor.story(), editor.story(embed_origins=["https://news.example.org"])
    assert not desk.open(f"/desk/stories/{plain}/embed").tree.css(".sites")
    page = desk.open(f"/desk/stories/{slug}/embed")
    assert page.one(".sites").text().strip() == "https://news.example.org"
    assert page.one(f'a[href="/desk/stories/{slug}#f-story-embed_origins"]')
    assert "into a sandbox" in page.one("#codes").text()
    other = contributors_desk.open(f"/desk/stories/{slug}/embed")
    assert other.one(".sites").text().strip() == "https://news.example.org"
    assert not other.tree.css('a[href*="embed_origins"]')


@pytest.mark.parametrize("base", ["", "http://live.example.org"])
def test_the_addresses_are_those_of_readers(base: str, tmp_path: Path) -> None:
    listed = "https://a.example,https://b.example"
    with Server(tmp_path, BASE_URL=base, LIVEBLOG_EMBED_ORIGINS=listed) as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        editor.close()
        add_user(server.env, "editor@example.org", "editor")
        desk = Desk(server.url)
        desk.sign_in("editor@example.org", PASSWORD)
        page = desk.open(f"/desk/stories/{slug}/embed")
        desk.close()
    assert code(page, "oembed") == f"{base or server.url}/stories/{slug}"
    said = page.one("main").text()
    assert ("BASE_URL" in said) == (not base)
    assert "AMP shows only addresses that begin with https" in said
    assert [node.text() for node in page.tree.css(".sites li")] == listed.split(",")
    assert "LIVEBLOG_EMBED_ORIGINS" in said
