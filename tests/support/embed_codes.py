"""Embed codes as sites give them, each with the address in it."""

from __future__ import annotations

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
