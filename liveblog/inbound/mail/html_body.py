"""The HTML of a mail as lines of Markdown, with what its program says of them: quotations, signatures, attributions.

By a parser of HTML 5 (selectolax, over Lexbor) and one walk over its tree, without recursion. What is hidden,
styled, scripted or loaded from elsewhere is left out.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from liveblog.content.markup.embed_codes import addressed
from liveblog.inbound.escaping import escaped_line, escaped_start
from liveblog.inbound.mail.inline import Run, as_line, destination
from liveblog.inbound.mail.lines import Line, recognised
from liveblog.inbound.mail.tree import data_tables, events

MOST_CHARACTERS = 1024 * 1024
MOST_TAGS = 8_000  # the parser takes the square of what is nested: a fifth of a second here
MOST_LINES = 6_000
DEEPEST_LIST = 4

_UNSAID = frozenset(
    "style script head title template noscript object embed iframe svg math select textarea button audio video".split()
)
_BLOCKS = frozenset(
    """address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer
    form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody td tfoot th
    thead tr ul caption""".split()
)
_PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 ul ol table blockquote pre hr dl".split())
_STYLES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "cite": "italic", "s": "struck",
    "strike": "struck", "del": "struck", "code": "code", "tt": "code", "kbd": "code", "samp": "code",
    "sup": "sup", "sub": "sub",
}  # fmt: skip
_HIDDEN = re.compile(
    r"display:none|visibility:hidden|mso-hide:all|font-size:0(?![.\d])|max-height:0(?![.\d])|opacity:0(?![.\d])"
)
_SPACES = re.compile(r"[ \t\n\r\f\v]+|[ \t\n\r\f\v\xa0]{2,}")
_EMOJI = re.compile(r"[^\w\s<>&]{1,8}")
_BULLET = re.compile(r"(?:[·•§▪◦‣o-]|\\-)(?:\s|\xa0)+")
_SIGNATURE = re.compile(
    r"gmail_signature(?!_prefix)|applemailsignature|apple-mail-signature|moz-signature|protonmail_signature"
    r"|ms-outlook-mobile-signature|^signature$|composer_signature|yahoo_signature|ydp\w*signature|^x_signature$"
    r"|roundcube_signature|k9mail-signature|gmail_signature_prefix|zmail_extra_hr|^_rc_sig$",
)
_ATTRIBUTION = re.compile(
    r"gmail_attr|moz-cite-prefix|^reply-intro$|protonmail_quote_header|outlookmessageheader"
)
# Thunderbird's table of who wrote what it forwards, and when.
_HEADER_TABLE = "moz-email-headers-table"
_ANSWERED = re.compile(
    r"divrplyfwdmsg|^(x_)?appendonsend|mail-editor-reference-message-container|olk_src_body_section"
    r"|yahoo_quoted|yqt\d|^isforwardcontent$|^includecontent|zmail_extra$"
)


class Read(NamedTuple):
    """`cut` where there was more than is read; `pictures` stand elsewhere and are not fetched."""

    lines: list[Line]
    cut: bool
    pictures: int


def html_lines(markup: str) -> Read:
    """The lines of a mail's HTML, to its 8,000th tag."""
    ends = next(islice(re.finditer("<", markup), MOST_TAGS, None), None)
    known = markup[: min(ends.start() if ends else len(markup), MOST_CHARACTERS)]
    walk = _Walk()
    body = LexborHTMLParser(known).body
    if body is not None:
        walk.through(body)
    return Read(walk.lines, len(known) < len(markup) or walk.full, walk.pictures)


class _Open(NamedTuple):
    """What an element changes for all that stands in it."""

    styles: frozenset[str]
    href: str
    depth: int
    role: str
    layout: str  # `pre`, `row` within a table of data, or nothing


class _Walk:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.pictures = 0
        self.full = False
        self._runs: list[Run] = []
        self._state = _Open(frozenset(), "", 0, "", "")
        self._lists: list[int | None] = []  # the number of the last item; None where there are none
        self._marker = ""
        self._in_item = False
        self._heading = ""
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._header = False
        self._data: set[int] = set()
        self._listed = False  # a paragraph that Word calls an item

    def through(self, body: LexborNode) -> None:
        """All of the tree, in its order."""
        self._data = data_tables(body)
        before: list[_Open] = []
        unsaid = 0  # how deep the walk is in what is left out
        for node, entering in events(body):
            if self.full:
                break
            if unsaid:
                unsaid += 1 if entering else -1
            elif entering:
                state = self._state
                if self._enter(node):
                    before.append(state)
                else:
                    unsaid = 1
            else:
                self._leave(node, before.pop())
        self._end_line()

    def _enter(self, node: LexborNode) -> bool:
        """Whether its children are to be read."""
        state = self._state
        tag = node.tag or ""
        if tag == "-text":
            self._add(node.text_content or "")
            return False
        if tag.startswith("-") or tag in _UNSAID:
            return False
        given = node.attributes if tag not in {"br", "tr", "tbody"} else {}
        style = re.sub(r"\s+", "", given.get("style") or "").lower()[:2000]
        if ("hidden" in given or (style and _HIDDEN.search(style))) and tag != "body":
            return False
        if tag == "br":
            self._break()
            return False
        if tag == "img":
            self._picture(given, style)
            return False
        if tag in _BLOCKS:
            self._end_line(paragraph=tag in _PARAGRAPHS and state.layout != "row")
        if tag == "table" and _HEADER_TABLE in (given.get("class") or ""):
            return False
        state = self._said(tag, given, state)
        self._state = self._styled(tag, given, style, state)
        self._open_block(tag, node, given)
        return True

    def _said(self, tag: str, given: dict[str, str | None], state: _Open) -> _Open:
        """What ids and classes say, by which programs know their own parts again."""
        names = f"{given.get('id') or ''} {given.get('class') or ''}".lower()[:300].split()
        role = state.role
        for name in names:
            if _SIGNATURE.search(name) and role != "answered":
                role = "signature"
            elif _ATTRIBUTION.search(name) and role not in {"answered", "signature"}:
                role = "attribution"
            elif _ANSWERED.search(name) and not state.depth and role != "answered":
                role = "answered"
                self.lines.append(Line("", "", 0, "answered"))
            elif name == "moz-forward-container" and not state.depth and not role:
                role = "forwarded"
            elif name in {"protonmail_quote", "gmx_quote"} and tag != "blockquote":
                role = "answered"
        if given.get("name") == "quote" and tag == "div":  # GMX
            role = "answered"
        if tag != "blockquote":
            return state._replace(role=role)
        cited = (
            given.get("type") == "cite"
            or any("quote" in name for name in names)
            or (given.get("id") or "").startswith("reply")
        )
        if cited and role not in {"answered", "forwarded", "signature"}:
            role = "cited"
        return state._replace(role=role, depth=state.depth + 1)

    def _styled(self, tag: str, given: dict[str, str | None], style: str, state: _Open) -> _Open:
        styles = set(state.styles)
        if tag in _STYLES:
            styles.add(_STYLES[tag])
        if style:
            if re.search(r"font-weight:(bold|[6-9]00)", style) and tag not in {"body", "td", "th"}:
                styles.add("bold")
            elif re.search(r"font-weight:(normal|[1-5]00)", style):
                styles.discard("bold")
            if "font-style:italic" in style:
                styles.add("italic")
            elif "font-style:normal" in style:
                styles.discard("italic")
            if re.search(r"text-decoration[\w-]*:[^;]*line-through", style):
                styles.add("struck")
            if "vertical-align:super" in style:
                styles.add("sup")
            elif "vertical-align:sub" in style:
                styles.add("sub")
        href = destination(given.get("href") or "") if tag == "a" else state.href
        layout = "pre" if tag == "pre" or "white-space:pre" in style else state.layout
        return state._replace(styles=frozenset(styles), href=href, layout=layout)

    def _open_block(self, tag: str, node: LexborNode, given: dict[str, str | None]) -> None:
        state = self._state
        match tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self._heading = "#" * int(tag[1])
                self._state = state._replace(styles=state.styles - {"bold"})
            case "ul" | "ol" | "menu" | "dir":
                start = given.get("start") or "1"
                number = (
                    int(start) - 1 if start.isascii() and start.isdigit() and len(start) < 6 else 0
                )
                self._lists.append(number if tag == "ol" else None)
            case "li":
                self._item()
            case "table" if state.layout != "row" and node.mem_id in self._data:
                self._state = state._replace(layout="row")
                self._rows, self._header = [], False
            case "tr" if state.layout == "row":
                self._cells = []
            case "th" if state.layout == "row" and not self._rows:
                self._header = True
            case "p":
                kind = given.get("class") or ""
                self._listed = kind.startswith("MsoListParagraph")
            case "hr":
                self.lines.append(Line("", "---", state.depth, state.role, "rule"))

    def _leave(self, node: LexborNode, before: _Open) -> None:
        tag = node.tag or ""
        state = self._state
        if tag in {"td", "th"} and state.layout == "row":
            self._cells.append(self._taken()[1].replace("|", "\\|"))
        elif tag == "tr" and state.layout == "row":
            self._rows += [self._cells] if any(self._cells) else []
            self._cells = []
        elif tag == "table" and state.layout == "row" and before.layout != "row":
            self._table(before)
        elif tag in _BLOCKS:
            self._end_line(paragraph=tag in _PARAGRAPHS)
        if tag in {"ul", "ol", "menu", "dir"} and self._lists:
            self._lists.pop()
        if tag == "li":
            self._marker, self._in_item = "", bool(self._lists[1:])
        if tag.startswith("h") and tag[1:].isdigit():
            self._heading = ""
        if tag == "p":
            self._listed = False
        self._state = before

    def _item(self) -> None:
        level = min(len(self._lists), DEEPEST_LIST)
        number = self._lists[-1] if self._lists else None
        mark = "-"
        if number is not None:
            self._lists[-1] = number + 1
            mark = f"{number + 1}."
        self._marker = "   " * max(0, level - 1) + mark + " "
        self._in_item = True

    def _add(self, text: str) -> None:
        state = self._state
        if state.layout == "pre":
            first, *more = text.replace("\r", "").split("\n")
            self._runs.append(Run(first, state.styles, state.href))
            for line in more:
                self._break()
                self._runs.append(Run(line, state.styles, state.href))
            return
        if text:
            self._runs.append(Run(_SPACES.sub(" ", text), state.styles, state.href))

    def _picture(self, given: dict[str, str | None], style: str) -> None:
        alt = (given.get("alt") or given.get("data-emoji") or "").strip()
        if alt and _EMOJI.fullmatch(alt):
            self._add(alt)
            return
        sizes = [given.get("width"), given.get("height")]
        tiny = any(size in {"0", "1", "2"} for size in sizes) or re.search(
            r"(width|height):[012]px", style
        )
        source = (given.get("src") or "").lower()
        if not tiny and source.startswith(("http:", "https:", "//")) and not self._state.role:
            self.pictures += not self._state.depth

    def _break(self) -> None:
        if self._state.layout == "row":
            self._runs.append(Run(" ", frozenset(), ""))
        elif not self._end_line():
            self.lines.append(Line("", "", self._state.depth, self._state.role))

    def _blank(self) -> None:
        if self._state.layout != "row":
            self.lines.append(Line("", "", self._state.depth, self._state.role))

    def _taken(self) -> tuple[str, str]:
        runs, self._runs = self._runs, []
        text = "".join(run.text for run in runs)
        return ("-- " if text in {"-- ", "--\xa0"} else recognised(text)), as_line(runs)

    def _embedded(self) -> list[str]:
        """The paragraphs of a line in which somebody pasted an embed code: its address stands in one of its own."""
        text = "".join(run.text for run in self._runs)
        if "<" not in text or any("code" in run.styles for run in self._runs):
            return []
        found = addressed(text)
        if found == text:
            return []
        if self.lines and not self.lines[-1].blank:
            self._blank()
        return [part for part in found.split("\n\n") if part.strip()]

    def _end_line(self, *, paragraph: bool = False) -> bool:
        """Whether the line held something."""
        state = self._state
        if state.layout == "row":
            self._runs.append(Run(" ", frozenset(), ""))
            return True
        parts = self._embedded()
        text, markdown = self._taken()
        said = bool(text)
        for part in parts:
            self._say(recognised(part), escaped_line(part))
            self._blank()
        if said and not parts:
            self._say(text, markdown)
        if paragraph:
            self._blank()
        if len(self.lines) > MOST_LINES:
            self.full = True
        return said

    def _say(self, text: str, markdown: str) -> None:
        state = self._state
        line = Line(text.strip(), markdown, state.depth, state.role)
        if text == "-- " and not state.role:
            line = line._replace(role="separator")
        if self._marker:
            kind = "more" if self._marker.isspace() else "item"
            line = line._replace(markdown=self._marker + escaped_start(markdown), kind=kind)
            self._marker = " " * len(self._marker)
        elif self._listed and (found := _BULLET.match(markdown)):
            line = line._replace(
                markdown="- " + escaped_start(markdown[found.end() :]), kind="item"
            )
        elif self._heading:
            line = line._replace(markdown=f"{self._heading} {markdown}", kind="heading")
        else:
            line = line._replace(markdown=escaped_start(markdown))
        self.lines.append(line)

    def _table(self, before: _Open) -> None:
        self._runs = []
        rows, self._rows = self._rows, []
        width = max(map(len, rows), default=0)
        if not rows or width < 1:
            return
        if width == 1 or before.role or self._state.role:
            rows = [[" ".join(row)] for row in rows]
            self._state = before
            for row in rows:
                self.lines += [
                    Line("", ""),
                    Line(recognised(row[0]), escaped_start(row[0]), before.depth, before.role),
                ]
            self._blank()
            return
        named = self._header or not any(re.search(r"\d", cell) for cell in rows[0])
        if not named or len(rows) == 1:
            rows = [[""] * width, *rows]
        rows = [row + [""] * (width - len(row)) for row in rows]
        self.lines.append(Line("", "", before.depth, before.role))
        for number, row in enumerate(rows):
            text = recognised(" ".join(row)) or "|"
            written = "| " + " | ".join(row) + " |"
            self.lines.append(Line(text, written, before.depth, before.role, "row"))
            if not number:
                self.lines.append(
                    Line("|", "|" + " --- |" * width, before.depth, before.role, "row")
                )
        self.lines.append(Line("", "", before.depth, before.role))
