"""What people write in e-mails, as Markdown; and plain text as Markdown that shows it as it stands."""

from __future__ import annotations

import html
import re
from itertools import islice

import nh3

MOST_TAGS = 5000
_PARTS = {"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"}
_UNSAID = {"style", "script", "head", "title", "blockquote"}
_SPACES = re.compile(r"\s+")
_MANY_BREAKS = re.compile(r"\n{3,}")
_KEPT_BREAK = "\0"
_SPECIAL = re.compile(
    r"[\\`*\[\]<~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|^>|^#(?=#{0,5}(?:\s|$))", re.MULTILINE
)


def escaped(text: str) -> str:
    """Plain text as Markdown that shows it as it is, as far as it matters."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


def from_email(text: str) -> str:
    """The text of an e-mail: without its signature, which may tell what a sender does not mean to publish,
    and without the message that it answers."""
    lines = text.replace("\r\n", "\n").replace(_KEPT_BREAK, "\ufffd").split("\n")
    if "-- " in lines:  # RFC 3676, section 4.3
        lines = lines[: lines.index("-- ")]
    while lines and (not lines[-1].strip() or lines[-1].startswith(">")):
        cut = lines.pop()
        if cut.startswith(">") and lines and lines[-1].rstrip().endswith(":"):
            lines.pop()  # "On … somebody wrote:"
    return escaped("\n".join(line.strip() for line in lines)).strip()


def from_email_html(markup: str) -> str:
    """The text of an e-mail that has no plain one, its paragraphs and lines apart; to its 5000th tag or
    character reference."""
    # By a parser: a mail is whatever somebody sends, and patterns take their time over that. The parser
    # takes its time over what is nested by the thousand.
    cut = next(islice(re.finditer("[<&]", markup), MOST_TAGS, None), None)
    known = markup[: cut.start()] if cut else markup
    marked = nh3.clean(
        known, tags=_PARTS | {"br"}, attributes={"*": set()}, clean_content_tags=_UNSAID
    )
    lines = _SPACES.sub(" ", marked).replace("<br>", "\n")
    for name in _PARTS:
        lines = lines.replace(f"</{name}>", "\n\n")
    text = html.unescape(nh3.clean(lines, tags=set())).replace(_KEPT_BREAK, "\ufffd")
    stripped = "\n".join(line.strip() for line in text.split("\n"))
    return escaped(_MANY_BREAKS.sub("\n\n", stripped)).strip() + (" […]" if cut else "")
