"""Markdown as people write it, and what readers get: HTML without `rel` and the last line end."""

# ruff: noqa: RUF001 - full-width signs are its point

from __future__ import annotations


def _address(shown: str, href: str | None = None) -> str:
    return f'<a href="{href or shown}">{shown}</a>'


A = _address("https://example.org/report")
MAIL = _address("desk@example.org", "mailto:desk@example.org")
WWW = _address("www.example.org", "https://www.example.org")

ADDRESSES = {
    "_See https://example.org/report_": f"<p><em>See {A}</em></p>",
    "__See https://example.org/report__ now": f"<p><strong>See {A}</strong> now</p>",
    "o'brien@example.org": "<p>o'brien@example.org</p>",
    "'desk@example.org'": f"<p>'{MAIL}'</p>",
    "x<sup>[1](https://example.org/report)</sup>": f'<p>x<sup>{_address("1", "https://example.org/report")}</sup></p>',
    "x<sup>**note**</sup>": "<p>x<sup><strong>note</strong></sup></p>",
    "Details at https://example.org/report today": f"<p>Details at {A} today</p>",
    "- https://example.org/report\n- two": f"<ul>\n<li>{A}</li>\n<li>two</li>\n</ul>",
    "> See https://example.org/report.": f"<blockquote>\n<p>See {A}.</p>\n</blockquote>",
    "# https://example.org/report": f"<h3>{A}</h3>",
    "|a|\n|-|\n|https://example.org/report|":
        f"<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>{A}</td>\n</tr>\n</tbody>\n</table>",
    "(https://example.org/report)": f"<p>({A})</p>",
    "“https://example.org/report”, she said": f"<p>“{A}”, she said</p>",
    "«https://example.org/report»": f"<p>«{A}»</p>",
    "'https://example.org/report'!": f"<p>'{A}'!</p>",
    "\"https://example.org/report\"?": f'<p>"{A}"?</p>',
    "https://example.org/report…": f"<p>{A}…</p>",
    "https://example.org/report, https://example.org/report; and": f"<p>{A}, {A}; and</p>",
    "https://example.org/report—that one": f"<p>{A}—that one</p>",
    "HTTPS://EXAMPLE.org/A": f"<p>{_address('HTTPS://EXAMPLE.org/A')}</p>",
    "https://en.example.org/wiki/Kharkiv_(city) and": f"<p>{_address('https://en.example.org/wiki/Kharkiv_(city)')} and</p>",
    "(see https://en.example.org/wiki/Kharkiv_(city))": f"<p>(see {_address('https://en.example.org/wiki/Kharkiv_(city)')})</p>",
    "https://example.org/?a[]=1&b=2":
        f"<p>{_address('https://example.org/?a[]=1&amp;b=2', 'https://example.org/?a%5B%5D=1&amp;b=2')}</p>",
    "https://example.org/a%20b?q=%D0%9A#top": f"<p>{_address('https://example.org/a%20b?q=%D0%9A#top')}</p>",
    "https://example.org/a_b_c*d*e_ and": f"<p>{_address('https://example.org/a_b_c*d*e')}_ and</p>",
    "**https://example.org/report** _https://example.org/report_ ~~https://example.org/report~~":
        f"<p><strong>{A}</strong> <em>{A}</em> <s>{A}</s></p>",
    r"https://example.org/\*a\*?b\[\]=1": f"<p>{_address('https://example.org/*a*?b[]=1', 'https://example.org/*a*?b%5B%5D=1')}</p>",
    "https://example.org:8443/ http://127.0.0.1/x http://localhost/":
        f"<p>{_address('https://example.org:8443/')} {_address('http://127.0.0.1/x')} {_address('http://localhost/')}</p>",
    "https://münchen.example/straße": f"<p>{_address('https://münchen.example/straße', 'https://xn--mnchen-3ya.example/stra%C3%9Fe')}</p>",
    "https://приклад.укр/вікі/Київ є": f"<p>{_address('https://приклад.укр/вікі/Київ', 'https://xn--80aikifvh.xn--j1amh/%D0%B2%D1%96%D0%BA%D1%96/%D0%9A%D0%B8%D1%97%D0%B2')} є</p>",
    "https://ja.example.org/wiki/日本": f"<p>{_address('https://ja.example.org/wiki/日本', 'https://ja.example.org/wiki/%E6%97%A5%E6%9C%AC')}</p>",
    "詳細はhttps://example.org/reportをご覧ください。": f"<p>詳細は{A}をご覧ください。</p>",
    "見てhttps://example.orgを": f"<p>見て{_address('https://example.org')}を</p>",
    "見てhttps://example.org/を": f"<p>見て{_address('https://example.org/')}を</p>",
    "请看https://example.org/report。谢谢": f"<p>请看{A}。谢谢</p>",
    "（https://example.org/report）、「https://example.org/report」": f"<p>（{A}）、「{A}」</p>",
    "**https://example.org/report**请看": f"<p><strong>{A}</strong>请看</p>",
    "자세히https://example.org/report를": f"<p>자세히{A}를</p>",
    "ดูที่https://example.org/reportครับ": f"<p>ดูที่{A}ครับ</p>",
    "Дивіться:https://example.org/report": f"<p>Дивіться:{A}</p>",
    "https://example.org/report🔥": f"<p>{A}🔥</p>",
    "www.example.org, www.example.org.": f"<p>{WWW}, {WWW}.</p>",
    "WWW.example.org/a?b=1": f"<p>{_address('WWW.example.org/a?b=1', 'https://WWW.example.org/a?b=1')}</p>",
    "写信到desk@example.org吧, desk@example.org.": f"<p>写信到{MAIL}吧, {MAIL}.</p>",
    "mailto:desk@example.org <desk@example.org>":
        f"<p>{_address('mailto:desk@example.org', 'mailto:desk@example.org')} {MAIL}</p>",
    "first.last+tag@mail.example.co.uk": f"<p>{_address('first.last+tag@mail.example.co.uk', 'mailto:first.last+tag@mail.example.co.uk')}</p>",
    "[see https://example.org/report here](https://a.example/)": '<p><a href="https://a.example/">see https://example.org/report here</a></p>',
    "[www.example.org](https://a.example/)": '<p><a href="https://a.example/">www.example.org</a></p>',
    "<https://example.org/report>": f"<p>{A}</p>",
    "[a] https://example.org/report": f"<p>[a] {A}</p>",
}  # fmt: skip

# Not one link.
DEAD = (
    "file.py e.g. i.e. U.S.A. Mr.Smith 3.5.2022 14.30 10:45 19:30–20:00 1.2.3.4 v1.2 a.m. node.js README.md example.org",
    "@desk @news@mastodon.example #tag a@b a@b.c 5@2.5kg me@home, user@host: x@y.1",
    "`https://example.org/` ``www.example.org``",
    "    https://example.org/",
    "```\nhttps://example.org/ desk@example.org\n```",
    "https:// http://- https:///x https://? http://. https://user:secret@example.org/ xhttps://example.org git+https://example.org",
    r"https\://example.org www. www.x wwww.example.org/ x.www.example.org",
    "ftp://example.org javascript:alert(1) data:text/html,x file:///etc/passwd tel:+380 sip:a",
    "[mine](/desk/logout) [x](//evil.test/a) [y](#top) [z](?a=1) [w](a/b) [v](../x) [u]() [t](https:evil.test) [s](https:/evil.test)",
    "[x](javascript:alert(1)) [x](vbscript:x) [x](data:text/html,x) [x](file:///x) [x](ftp://x.test/) [x](report.pdf) [x](tel:) [x](mailto:)",
    "note[^1] and[^2]\n\n[^1]: Ministry\n[^2]: https:/x",
    "10[1] and[^Health]\n\n[1]: Ministry\n\n[^Health]: Ministry",
)  # fmt: skip

OTHERS = {
    "[the fund](www.example.org/fund)": '<p><a href="https://www.example.org/fund">the fund</a></p>',
    "[it](example.org) [it](example.org:8080/a?b#c) [it](приклад.укр/а)":
        '<p><a href="https://example.org">it</a> <a href="https://example.org:8080/a?b#c">it</a>'
        ' <a href="https://приклад.укр/%D0%B0">it</a></p>',
    "[write](desk@example.org) [call](tel:+380440000000)":
        '<p><a href="mailto:desk@example.org">write</a> <a href="tel:+380440000000">call</a></p>',
    "[**mine**](/desk/logout)": "<p><strong>mine</strong></p>",
    "[a][r]\n\n[r]: www.example.org 'T'": '<p><a href="https://www.example.org" title="T">a</a></p>',
    "[a][r] [r]\n\n[r]: /desk/logout 'title'": "<p>a r</p>",
    "[1]\n\n[1]: javascript:alert(1)": "<p>[1]</p>\n<p>[1]: javascript:alert(1)</p>",
    "A\n\n[//]: # (ask Olena)\n\n[comment]: <> (ask Olena)\n\n[^_^]: # (ask Olena)\n\n[1]: # (ask Olena)": "<p>A</p>",
    "<javascript:alert(1)>": "<p>&lt;javascript:alert(1)&gt;</p>",
    "note[^1] and[^23]\n\n[^1]: Ministry\n\n[^23]: https://example.org/report":
        f"<p>note¹ and²³</p>\n<p>¹ Ministry</p>\n<p>²³ {A}</p>",
    "[^a-z] [^1](https://example.org/report)": '<p>[^a-z] <a href="https://example.org/report">^1</a></p>',
    # emphasis
    "これは**「重要」**です。": "<p>これは<strong>「重要」</strong>です。</p>",
    "**注意：**请看": "<p><strong>注意：</strong>请看</p>",
    "**“重要”**的*（注）*和~~「旧」~~了": "<p><strong>“重要”</strong>的<em>（注）</em>和<s>「旧」</s>了</p>",
    "**스크립트(script)**라고": "<p><strong>스크립트(script)</strong>라고</p>",
    "太郎は**「こんにちは」**と*言った*。": "<p>太郎は<strong>「こんにちは」</strong>と<em>言った</em>。</p>",
    "這是**[連結](https://example.org/report)**喔": '<p>這是<strong><a href="https://example.org/report">連結</a></strong>喔</p>',
    "𠮷**「野」**家": "<p>𠮷<strong>「野」</strong>家</p>",
    'a**"b"**c': '<p>a**"b"**c</p>',
    "a**b**c 2 * 3 * 4 snake_case_x **Note:**text": "<p>a<strong>b</strong>c 2 * 3 * 4 snake_case_x **Note:**text</p>",
    # raised and lowered
    "10<sup>3</sup> m<sup>2</sup> CO<sub>2</sub>": "<p>10³ m² CO₂</p>",
    "x<SUP>n+1</SUP> 10<sup>-3</sup> 10<sup>&minus;3</sup> H<sub>2</sub>O<sup>+</sup>": "<p>xⁿ⁺¹ 10⁻³ 10⁻³ H₂O⁺</p>",
    "4<sup>th</sup> 10<sup>3,5</sup> x<sub>max</sub>": "<p>4<sup>th</sup> 10<sup>3,5</sup> x<sub>max</sub></p>",
    "**10<sup>6</sup>** `<sup>3</sup>` <sup>3</sub> <sup></sup> <sup class=x>3</sup>":
        "<p><strong>10⁶</strong> <code>&lt;sup&gt;3&lt;/sup&gt;</code> &lt;sup&gt;3&lt;/sub&gt; &lt;sup&gt;&lt;/sup&gt;"
        " &lt;sup class=x&gt;3&lt;/sup&gt;</p>",
    "<sup><script></sup>": "<p>&lt;sup&gt;&lt;script&gt;&lt;/sup&gt;</p>",
    r"a<sup>b\<img onerror=1\></sup>": "<p>a<sup>b&lt;img onerror=1&gt;</sup></p>",
    # lines
    "Two dead.\n--\nAnn": "<p>Two dead.\n--\nAnn</p>",
    "Two dead.\n===\nAnn": "<p>Two dead.\n===\nAnn</p>",
    "Two dead.\n---\nAnn": "<p>Two dead.</p>\n<hr>\n<p>Ann</p>",
    "# One\r\rTwo\r\nthree\u2029Four\u2028five": "<h3>One</h3>\n<p>Two\nthree</p>\n<p>Four\nfive</p>",
    "- one\u2028- two": "<ul>\n<li>one</li>\n<li>two</li>\n</ul>",
}  # fmt: skip

AR = "قال المسؤول إن المدينة آمنة"
HE = "ראש העיר אמר שהעיר בטוחה"
# Of each block its direction, in a story from left to right and in one from right to left: l, r, or - for none.
DIRECTIONS = {
    "The city is safe": ("-", "l"),
    "Місто в безпеці, 20:00": ("-", "l"),
    "城市安全": ("-", "l"),
    AR: ("r", "r"),
    HE: ("r", "r"),
    "شہر محفوظ ہے": ("r", "r"),
    "شهر امن است.": ("r", "r"),
    f"CNN: {AR}": ("r", "r"),
    f"@bbc Reuters, AFP: {AR}": ("r", "r"),
    f"https://example.org/report {AR}": ("r", "r"),
    "CNN: نعم": ("r", "r"),
    "الجزيرة: the official said that the city was safe": ("-", "l"),
    "He called it «السلام» again": ("-", "l"),
    "قال مدير Human Rights Watch في": ("r", "r"),
    "2:1": ("-", "-"),
    "🔥 100 % – 20:15": ("-", "-"),
    "https://example.org/": ("-", "-"),
    f"The city is safe\n\n{AR}": ("l r", "l r"),
    f"{AR}\n\nThe city is safe\n\n2:1": ("r l -", "r l -"),
    f"- {AR}\n- safe": ("r r l", "r r l"),
    f"> {AR}\n\nsafe": ("r r l", "r r l"),
    f"# CNN: {AR}": ("r", "r"),
    f"# safe\n\n> {HE}\n>\n> he said": ("l r r l", "l r r l"),
}


def plain(html: str) -> str:
    return html.replace(' rel="noopener nofollow ugc"', "").rstrip("\n")
