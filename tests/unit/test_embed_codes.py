"""Embed codes that are pasted become the address in them, on every way; what has none stays text."""

from __future__ import annotations

import time

import pytest
from desk_client import Editor

from liveblog.content.markup.embed_codes import addressed
from liveblog.inbound.mail.mail_message import from_text
from liveblog.inbound.mail.quoting import Answering

X = "https://x.com/fin/status/1497000000000000000"
X_SCRIPT = '<script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>'
X_CODE = f"""<blockquote class="twitter-tweet" data-lang="en"><p lang="en" dir="ltr">Smoke, <a href="https://t.co/a">here</a></p>
&mdash; Fin (@fin) <a href="{X}?ref_src=twsrc%5Etfw">25 February 2022</a></blockquote> {X_SCRIPT}"""
YOUTUBE = "https://www.youtube.com/embed/dQw4w9WgXcQ?si=abc"
YOUTUBE_CODE = f"""<iframe width="560" height="315" src="{YOUTUBE}" title="Player" frameborder="0"
allow="accelerometer; autoplay" referrerpolicy="strict-origin" allowfullscreen></iframe>"""
REDDIT = "https://www.reddit.com/r/ukraine/comments/abc/title/"
CODES = {
    f'''<blockquote class="reddit-embed-bq" style="height:316px"><a href="{REDDIT}">Title</a><br> by<a
href="https://www.reddit.com/user/ann/">u/ann</a> in<a href="https://www.reddit.com/r/ukraine/">ukraine</a></blockquote>
<script async src="https://embed.reddit.com/widgets.js" charset="UTF-8"></script>''': REDDIT,
    '''<iframe width="425" height="350" src="https://www.openstreetmap.org/export/embed.html?bbox=36.2,49.9"></iframe><br/><small><a
href="https://www.openstreetmap.org/#map=14/49.99/36.23">View Larger Map</a></small>''':
        "https://www.openstreetmap.org/export/embed.html?bbox=36.2,49.9",
    '<blockquote class="imgur-embed-pub" lang="en" data-id="a/AbCd12"><a href="//imgur.com/a/AbCd12">T</a></blockquote>':
        "https://imgur.com/a/AbCd12",
    YOUTUBE_CODE: YOUTUBE,
    "<IFRAME SRC='//www.youtube-nocookie.com/embed/dQw4w9WgXcQ'></IFRAME>": "//www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
    X_CODE: f"{X}?ref_src=twsrc%5Etfw",
    '<script async src="https://telegram.org/js/telegram-widget.js?22" data-telegram-post="chan/12" data-width="100%"></script>':
        "https://t.me/chan/12",
    '<div style="padding:56.25% 0 0 0;position:relative;"><iframe src="https://player.vimeo.com/video/769?h=0a1b2c3d4e&amp;badge=0">'
    '</iframe></div><script src="https://player.vimeo.com/api/player.js"></script>\n<p><a href="https://vimeo.com/769">A film</a> from'
    ' <a href="https://vimeo.com/b">B</a>.</p>': "https://player.vimeo.com/video/769?h=0a1b2c3d4e&badge=0",
    '<iframe src="https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/1&color=%23f"></iframe><div style="x">'
    '<a href="https://soundcloud.com/a">A</a> · <a href="https://soundcloud.com/a/b">B</a></div>': "https://soundcloud.com/a/b",
    '<iframe title="Chart" src="https://datawrapper.dwcdn.net/abcde/1/" height="400"></iframe><script type="text/javascript">'
    "for(var i=0;i<r.length;i++){a&&b<c}</script>": "https://datawrapper.dwcdn.net/abcde/1/",
    '<div id="fb-root"></div>\n<script async src="https://connect.facebook.net/en/sdk.js"></script>\n<div class="fb-post"'
    ' data-href="https://www.facebook.com/a/posts/1"><blockquote cite="x">Hey</blockquote></div>': "https://www.facebook.com/a/posts/1",
    '<iframe src="https://www.facebook.com/plugins/video.php?height=3&href=https%3A%2F%2Fwww.facebook.com%2Fa%2Fvideos%2F1"></iframe>':
        "https://www.facebook.com/a/videos/1",
    '<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/CabcDE/?utm_source=ig" style="x"><div>'
    '<a href="https://www.instagram.com/p/CabcDE/">View</a></div></blockquote>\n<script async src="//www.instagram.com/embed.js">'
    "</script>": "https://www.instagram.com/p/CabcDE/?utm_source=ig",
    '<blockquote class="tiktok-embed" cite="https://www.tiktok.com/@u/video/1" data-video-id="1"><section><a href="https://a.example">'
    'x</a></section></blockquote> <script async src="https://www.tiktok.com/embed.js"></script>': "https://www.tiktok.com/@u/video/1",
    '<iframe src="https://open.spotify.com/embed/track/11?utm_source=generator"></iframe>': "https://open.spotify.com/track/11",
    '<blockquote class="bluesky-embed" data-bluesky-uri="at://did:plc:abc/app.bsky.feed.post/3k"><p>t</p></blockquote>':
        "https://bsky.app/profile/did:plc:abc/post/3k",
    '<div class="flourish-embed" data-src="visualisation/123"><script src="https://public.flourish.studio/resources/embed.js"></script></div>':
        "https://public.flourish.studio/visualisation/123",
}  # fmt: skip
TEXTS = (
    "<iframe src='javascript:alert(1)'></iframe>", "<iframe srcdoc='<b>x</b>'></iframe>", "<iframe src=/desk/logout></iframe>",
    "<iframe src='https://localhost/x'></iframe>", "<iframe src='https://a.example/\"x'></iframe>", "<iframe src='https://[::1'></iframe>",
    '<blockquote class="twitter-tweet"><a href="javascript:alert(1)">x</a></blockquote>', "<blockquote>Said</blockquote>",
    '<script data-telegram-post="../desk/1"></script>', "<script>alert(1)</script>", "<div>Words</div>", "<video src='https://a.example/x'>",
    f"```html\n{YOUTUBE_CODE}\n```", f"`{YOUTUBE_CODE}`", f"\\{YOUTUBE_CODE}", "1 < 2 and <b>2 > 1</b>",
)  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_a_code_becomes_its_address(code: str) -> None:
    address = CODES[code]
    address = f"https:{address}" if address.startswith("//") else address
    assert addressed(code) == address
    assert addressed(f"Look: {code} There.\n\nMore.") == f"Look:\n\n{address}\n\nThere.\n\nMore."
    assert addressed(f"{code}\n\n{code}\n") == f"{address}\n\n{address}"


@pytest.mark.parametrize("text", TEXTS)
def test_what_has_no_address_stays_text(text: str) -> None:
    assert addressed(text) == text


def test_a_code_that_is_sent_is_the_address_on_every_way(editor: Editor) -> None:
    entry = editor.post(editor.story(), f"Smoke:\n\n{X_CODE}")
    assert entry["body"] == f"Smoke:\n\n{X}?ref_src=twsrc%5Etfw"
    assert [card["url"] for card in entry["embeds"]] in ([X], [])
    assert f'href="{X}?ref_src=twsrc%5Etfw"' in entry["body_html"]
    assert "blockquote" not in entry["body_html"]
    kept = editor.post(editor.story(), "<iframe src=javascript:alert(1)></iframe>")
    assert "&lt;iframe" in kept["body_html"]
    mail = from_text(f"Smoke:\r\n\r\n{YOUTUBE_CODE}\r\n", Answering())
    assert mail.text == f"Smoke:\n\n<{YOUTUBE}>"


def test_a_code_in_a_list_or_a_quotation_stays_there() -> None:
    assert addressed(f"- {YOUTUBE_CODE}\n- two") == f"- {YOUTUBE}\n\n- two"
    assert addressed(f"> {YOUTUBE_CODE}") == f"> {YOUTUBE}"


SOUNDCLOUD = '<iframe src="https://w.soundcloud.com/?url=api.soundcloud.com"></iframe>'
ONE_END = {
    f'{SOUNDCLOUD}<p><a href="https://soundcloud.com/`">': "</p>",
    '<blockquote class="twitter-tweet"><a href="https://x.com/`">': "</blockquote>",
    '<iframe src="https://w.soundcloud.com/?url=api.soundcloud.com">': "</iframe>"
    + "</div>" * 3_000,
}


@pytest.mark.parametrize("odd", ONE_END)
def test_codes_that_share_one_end_are_read_once(odd: str) -> None:
    begun = time.process_time()
    addressed(odd * (256_000 // len(odd)) + ONE_END[odd])
    assert time.process_time() - begun < 3


@pytest.mark.parametrize("odd", ["<iframe ", "<iframe>", "<div>", "<div><div></div>", "<blockquote class='twitter-tweet'>", "</div>",
                                 "<script data-telegram-post='a/1'>", "<iframe src='https://a.org/x'>", "```\n<iframe src='https://a.org'>",
                                 '<div class="tiktok-embed"><a href="x">', "<p><a "])  # fmt: skip
def test_the_work_grows_with_the_length(odd: str) -> None:
    begun = time.process_time()
    addressed(odd * (64_000 // len(odd)))
    assert time.process_time() - begun < 3
