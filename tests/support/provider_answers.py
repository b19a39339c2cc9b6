"""What the providers answer, in the forms that they document, and the cards that this makes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from liveblog.content.providers import Providers

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>"


class Answer(NamedTuple):
    """Of one link: where it is asked for and what is said there, and what must stand in the card."""

    url: str
    host: str
    path: str
    said: dict[str, Any] | str
    card: dict[str, Any]


YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
X = "https://x.com/finlookedintoit/status/1497000000000000000"

ANSWERS = [
    Answer(
        "https://www.youtube.com/watch?feature=share&v=dQw4w9WgXcQ", "www.youtube.com", "/oembed",
        {
            "title": "Kharkiv at noon", "author_name": "A channel", "author_url": "https://www.youtube.com/@a",
            "type": "video", "height": 113, "width": 200, "version": "1.0", "provider_name": "YouTube",
            "provider_url": "https://www.youtube.com/", "thumbnail_height": 360, "thumbnail_width": 480,
            "thumbnail_url": "https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg",
            "html": '<iframe width="200" src="https://www.youtube.com/embed/dQw4w9WgXcQ?feature=oembed"></iframe>',
        },
        {
            "url": YOUTUBE, "provider": "YouTube", "kind": "video", "title": "Kharkiv at noon",
            "author": "A channel", "author_url": "https://www.youtube.com/@a", "text": None, "dated": None,
            "frame": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        },
    ),
    Answer(
        "https://vimeo.com/76979871?share=copy", "vimeo.com", "/api/oembed.json",
        {
            "type": "video", "version": "1.0", "provider_name": "Vimeo", "title": "The player",
            "author_name": "Staff", "author_url": "https://vimeo.com/staff", "duration": 62, "video_id": 76979871,
            "html": '<iframe src="https://player.vimeo.com/video/76979871?app_id=122963"></iframe>',
        },
        {"kind": "video", "title": "The player", "frame": "https://player.vimeo.com/video/76979871?dnt=1"},
    ),
    Answer(
        f"{X}?s=20", "publish.x.com", "/oembed",
        {
            "url": X, "author_name": "Fin", "author_url": "https://x.com/finlookedintoit", "type": "rich",
            "html": '<blockquote class="twitter-tweet"><p lang="en" dir="ltr">The line is <b>holding</b>.<br><br>'
            'More <a href="https://t.co/x">to come</a> &amp; soon</p>&mdash; Fin (@finlookedintoit) '
            '<a href="https://x.com/finlookedintoit/status/1">February 25, 2022</a></blockquote>\n',
            "width": 550, "height": None, "provider_name": "Twitter", "version": "1.0",
        },
        {
            "provider": "X", "kind": "post", "title": None, "author": "Fin (@finlookedintoit)",
            "text": "The line is holding.\n\nMore to come & soon", "dated": "2022-02-25T00:00:00Z",
            "frame": "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=1497000000000000000",
        },
    ),
    Answer(
        "https://bsky.app/profile/fin.bsky.social/post/3k7qmjev5lr2s", "embed.bsky.app", "/oembed",
        {
            "type": "rich", "version": "1.0", "author_name": "Fin", "author_url": "https://bsky.app/profile/f",
            "html": '<blockquote class="bluesky-embed" data-bluesky-uri="at://did:plc:z72i7hdynmk6r22z27h6tvur/'
            'app.bsky.feed.post/3k7qmjev5lr2s" data-bluesky-cid="b"><p lang="en">Quiet here.</p>&mdash; Fin '
            '(<a href="https://bsky.app/profile/f">@fin.bsky.social</a>) <a href="#">September 18, 2023 at '
            '10:00 PM</a></blockquote><script async src="https://embed.bsky.app/static/embed.js"></script>',
        },
        {
            "author": "Fin (@fin.bsky.social)", "text": "Quiet here.", "dated": "2023-09-18T00:00:00Z",
            "frame": "https://embed.bsky.app/embed/did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3k7qmjev5lr2s",
        },
    ),
    Answer(
        "https://www.tiktok.com/@scout2015/video/6718335390845095173", "www.tiktok.com", "/oembed",
        {
            "version": "1.0", "type": "video", "title": "Scramble up ur name #foryou", "author_name": "Scout",
            "author_url": "https://www.tiktok.com/@scout2015", "provider_name": "TikTok",
            "html": '<blockquote class="tiktok-embed"><section> <a href="#">@scout2015</a> <p></p> </section>'
            '</blockquote> <script async src="https://www.tiktok.com/embed.js"></script>',
        },
        {"kind": "clip", "text": "Scramble up ur name #foryou", "author": "Scout", "title": None},
    ),
    Answer(
        "https://soundcloud.com/forss/flickermood", "soundcloud.com", "/oembed",
        {
            "version": 1.0, "type": "rich", "provider_name": "SoundCloud", "title": "Flickermood by Forss",
            "author_name": "Forss", "author_url": "https://soundcloud.com/forss", "width": "100%",
            "html": '<iframe src="https://w.soundcloud.com/player/?visual=true&url=x"></iframe>',
        },
        {"kind": "audio", "title": "Flickermood by Forss"},
    ),
    Answer(
        "https://datawrapper.dwcdn.net/Ab3dE/7/", "api.datawrapper.de", "/v3/oembed/",
        {"type": "rich", "version": "1.0", "provider_name": "Datawrapper", "title": "Losses", "html": "<iframe>"},
        {"kind": "chart", "title": "Losses", "frame": "https://datawrapper.dwcdn.net/Ab3dE/7/"},
    ),
    Answer(
        "https://public.flourish.studio/visualisation/123456/", "app.flourish.studio", "/api/v1/oembed",
        {"type": "rich", "version": "1.0", "title": "Front line", "provider_name": "Flourish", "html": "<div>"},
        {"kind": "chart", "title": "Front line", "frame": "https://flo.uri.sh/visualisation/123456/embed"},
    ),
    Answer(
        "https://t.me/finlookedintoit/42", "t.me", "/finlookedintoit/42",
        '<!doctype html><html><head><meta property="og:title" content="Fin looked into it">'
        '<meta property="og:description" content="Shelling in the north.\n\nStay inside."></head><body>…',
        {
            "provider": "Telegram", "kind": "post", "author": "Fin looked into it",
            "text": "Shelling in the north.\n\nStay inside.",
            "frame": "https://t.me/finlookedintoit/42?embed=1",
        },
    ),
]  # fmt: skip

MASTODON = "https://mastodon.social/@fin/110000000000000000"
MASTODON_ANSWER = {
    "type": "rich", "version": "1.0", "author_name": "Fin", "author_url": "https://mastodon.social/@fin",
    "provider_name": "mastodon.social", "html": '<blockquote class="mastodon-embed"><a href="#">Post by '
    '<span>@fin@mastodon.social</span></a></blockquote><script src="https://mastodon.social/embed.js">',
}  # fmt: skip
MASTODON_PAGE = (
    '<head><meta content="Fin (@fin@mastodon.social)" property="og:title"><meta property="og:published_time" '
    'content="2022-02-25T12:00:00Z"><meta property="og:description" content="Lights are out."></head>'
)

# Of the link alone: nobody is asked.
UNASKED = {
    "https://www.instagram.com/p/CabcDEF12_-/?igsh=x": "https://www.instagram.com/p/CabcDEF12_-/embed/",
    "https://www.facebook.com/a.page/posts/pfbid02": "https://www.facebook.com/plugins/post.php?"
    "href=https%3A%2F%2Fwww.facebook.com%2Fa.page%2Fposts%2Fpfbid02",
    "https://www.openstreetmap.org/#map=12/49.9935/36.2304": "https://www.openstreetmap.org/export/embed.html?"
    "layer=mapnik&bbox=36.142509%2C49.965249%2C36.318291%2C50.021751",
    "https://www.google.com/maps/place/Freedom+Square/@50.0,36.2,15z/data=!3m1": None,
    "https://maps.app.goo.gl/AbCd123": None,
}

# As phones and share buttons spell them, and the address that the card has, with what a click loads.
TWEET = (
    "https://x.com/fin/status/149",
    "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=149",
)
GRAM = "https://www.instagram.com/p/CabcDEF12_-", "https://www.instagram.com/p/CabcDEF12_-/embed/"
REEL = (
    "https://www.instagram.com/reel/CabcDEF12_-",
    "https://www.instagram.com/reel/CabcDEF12_-/embed/",
)
CLIP = "https://www.tiktok.com/@fin/video/671", "https://www.tiktok.com/embed/v2/671"
POST = "https://t.me/fin/42", "https://t.me/fin/42?embed=1"
CHART = (
    "https://public.flourish.studio/visualisation/12",
    "https://flo.uri.sh/visualisation/12/embed",
)
FILM = "https://vimeo.com/769", "https://player.vimeo.com/video/769?dnt=1"
VIDEO = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"
SOUND = "https://w.soundcloud.com/player/?url=https%3A%2F%2Fsoundcloud.com%2Fforss%2Fflickermood"
FACEBOOK = "https://www.facebook.com/plugins/{}.php?href=https%3A%2F%2Fwww.facebook.com%2F{}"
SPELLINGS = {
    "https://m.youtube.com/watch?v=dQw4w9WgXcQ&feature=share": (YOUTUBE, VIDEO),
    "https://youtube.com/watch?v=dQw4w9WgXcQ": (YOUTUBE, VIDEO),
    "https://music.youtube.com/watch?v=dQw4w9WgXcQ&si=x": (YOUTUBE, VIDEO),
    "https://m.youtube.com/shorts/dQw4w9WgXcQ": ("https://www.youtube.com/shorts/dQw4w9WgXcQ", VIDEO),
    "https://youtube.com/live/dQw4w9WgXcQ?si=x": ("https://www.youtube.com/live/dQw4w9WgXcQ", VIDEO),
    "https://m.youtube.com/live/dQw4w9WgXcQ": ("https://www.youtube.com/live/dQw4w9WgXcQ", VIDEO),
    "https://www.twitter.com/fin/status/149": TWEET,
    "https://mobile.twitter.com/fin/status/149": TWEET,
    "https://www.x.com/fin/status/149?s=46&t=x": TWEET,
    "https://mobile.x.com/fin/status/149/photo/1": TWEET,
    "https://x.com/fin/status/149/video/1": TWEET,
    "https://x.com/i/web/status/149": ("https://x.com/i/status/149", TWEET[1]),
    "https://www.instagram.com/fin.looks/p/CabcDEF12_-/?img_index=1": GRAM,
    "https://www.instagram.com/tv/CabcDEF12_-/": GRAM,
    "https://instagram.com/fin.looks/reel/CabcDEF12_-/": REEL,
    "https://www.instagram.com/reels/CabcDEF12_-/": REEL,
    "https://www.instagram.com/share/p/BAabc": ("https://www.instagram.com/share/p/BAabc", None),
    "https://instagram.com/share/_abc": ("https://www.instagram.com/share/_abc", None),
    "https://m.tiktok.com/@fin/video/671?is_from_webapp=1": CLIP,
    "https://vm.tiktok.com/ZMabc/": ("https://vm.tiktok.com/ZMabc", None),
    "https://vt.tiktok.com/ZSabc/": ("https://vt.tiktok.com/ZSabc", None),
    "https://tiktok.com/t/ZTabc/": ("https://www.tiktok.com/t/ZTabc", None),
    "https://www.facebook.com/share/p/1Abc/?mibextid=x": ("https://www.facebook.com/share/p/1Abc", None),
    "https://www.facebook.com/share/v/1Abc/": ("https://www.facebook.com/share/v/1Abc", None),
    "https://fb.watch/a1b2c3/": ("https://fb.watch/a1b2c3", None),
    "https://m.facebook.com/watch/?v=77&ref=x": (
        "https://www.facebook.com/watch?v=77", FACEBOOK.format("video", "watch%3Fv%3D77")),
    "https://www.facebook.com/reel/77": (
        "https://www.facebook.com/reel/77", FACEBOOK.format("video", "reel%2F77")),
    "https://www.facebook.com/photo/?fbid=77&set=a.1": (
        "https://www.facebook.com/photo?fbid=77", FACEBOOK.format("post", "photo%3Ffbid%3D77")),
    "https://m.facebook.com/story.php?id=5&story_fbid=pfbid02&mibextid=x": (
        "https://www.facebook.com/permalink.php?story_fbid=pfbid02&id=5",
        FACEBOOK.format("post", "permalink.php%3Fstory_fbid%3Dpfbid02%26id%3D5")),
    "https://m.facebook.com/groups/5/permalink/77/": (
        "https://www.facebook.com/groups/5/posts/77", FACEBOOK.format("post", "groups%2F5%2Fposts%2F77")),
    "https://t.me/s/fin/42": POST,
    "https://telegram.me/fin/42?single": POST,
    "https://vimeo.com/769/0a1b2c3d4e?share=copy": (
        "https://vimeo.com/769/0a1b2c3d4e", "https://player.vimeo.com/video/769?h=0a1b2c3d4e&dnt=1"),
    "https://player.vimeo.com/video/769?h=0a1b2c3d4e&badge=0": (
        "https://vimeo.com/769/0a1b2c3d4e", "https://player.vimeo.com/video/769?h=0a1b2c3d4e&dnt=1"),
    "https://www.youtube.com/embed/dQw4w9WgXcQ?si=x&start=3": (YOUTUBE, VIDEO),
    "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ": (YOUTUBE, VIDEO),
    "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=1497": (
        "https://x.com/i/status/1497", "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=1497"),
    "https://www.instagram.com/reel/CabcDEFghij/embed/captioned/": (
        "https://www.instagram.com/reel/CabcDEFghij", "https://www.instagram.com/reel/CabcDEFghij/embed/"),
    "https://www.tiktok.com/embed/v2/7068": ("https://www.tiktok.com/@/video/7068", "https://www.tiktok.com/embed/v2/7068"),
    "https://mastodon.social/@fin/1100/embed": ("https://mastodon.social/@fin/1100", "https://mastodon.social/@fin/1100/embed"),
    "https://vimeo.com/channels/staffpicks/769": FILM,
    "https://player.vimeo.com/video/769?autoplay=1": FILM,
    "https://m.soundcloud.com/forss/flickermood": ("https://soundcloud.com/forss/flickermood", SOUND),
    "https://on.soundcloud.com/aBcD1": ("https://on.soundcloud.com/aBcD1", None),
    "https://flo.uri.sh/visualisation/12/embed?auto=1": CHART,
    "https://maps.google.com/?q=49.99,36.23": ("https://www.google.com/maps?q=49.99,36.23", None),
    "https://google.com/maps?q=Freedom%20Square%2C+%22a%26b": (
        "https://www.google.com/maps?q=Freedom+Square,+%22a%26b", None),
    "https://www.google.com/maps/dir/Kharkiv/Poltava/@49.8,35.3,9z": (
        "https://www.google.com/maps/dir/Kharkiv/Poltava/@49.8,35.3,9z", None),
    "https://goo.gl/maps/AbCd123": ("https://goo.gl/maps/AbCd123", None),
    "https://www.openstreetmap.org/node/30000000001#map=19/50/36": (
        "https://www.openstreetmap.org/node/30000000001", None),
    "https://openstreetmap.org/way/5": ("https://www.openstreetmap.org/way/5", None),
    "https://www.openstreetmap.org/relation/6": ("https://www.openstreetmap.org/relation/6", None),
}  # fmt: skip

NO_CARDS = [
    "https://m.youtube.com.evil.example/watch?v=dQw4w9WgXcQ", "https://evil.m.youtube.com/watch?v=dQw4w9WgXcQ",
    "https://vm.tiktok.com/", "https://vimeo.com/channels/769/0a1b2c3d4e", "https://www.facebook.com/permalink.php?id=5",
    "https://www.google.com/search?q=x", "https://maps.google.com/", "https://www.instagram.com/fin.looks/",
    "https://example.org/", "https://www.youtube.com/", "https://www.youtube.com/watch?v=short",
    "https://www.youtube.com.evil.example/watch?v=dQw4w9WgXcQ", "https://www.youtube.com@evil.example/watch?v=dQw4w9WgXcQ",
    "https://www.youtube.com:8443/watch?v=dQw4w9WgXcQ", "https://evil.example/@fin/110000000000000000",
    "https://x.com/a/status/1'onload=alert(1)", 'https://www.instagram.com/p/"><script>', "https://t.me/x/1/../../etc",
    "javascript:alert(1)", "https://www.youtube.com/redirect?q=https://evil.example/", "https://[::1", "",
    "https://soundcloud.com/a/" + "b" * 1000, "https://www.openstreetmap.org/#map=x/y/z",
]  # fmt: skip


NOW = datetime(2026, 11, 23, tzinfo=UTC)


PROVIDERS = Providers(["mastodon.social"])


THERE = "https://i.vimeocdn.com/video/1.jpg"
