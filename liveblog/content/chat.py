"""What people write in chats and e-mails, as Markdown: its formatting kept, everything else as it stands.

Each line of a chat becomes a paragraph. Who is mentioned is not told: chats know people by their ids.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import quote

import nh3

from liveblog.content.embed_codes import addressed

MOST_TAGS = 5000
ENTITIES = 100  # that Telegram sends of a message
_PARTS = {"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"}
_UNSAID = {"style", "script", "head", "title", "blockquote"}
_SPACES = re.compile(r"\s+")
_MANY_BREAKS = re.compile(r"\n{3,}")
_KEPT_BREAK = "\0"  # within what must not become paragraphs; no text holds NUL
_SPECIAL = re.compile(
    r"[\\`*\[\]<~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|^>|^#(?=#{0,5}(?:\s|$))", re.MULTILINE
)

# https://docs.slack.dev/messaging/formatting-message-text
_MRKDWN = re.compile(
    r"```(?P<block>.+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]*)>"
    r"|(?<!\w)\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?!\w)"
    r"|(?<!\w)_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?!\w)"
    r"|(?<!\w)~(?P<struck>[^\s~](?:[^~\n]*[^\s~])?)~(?!\w)",
    re.DOTALL,
)
_TELEGRAM = {"bold": "**", "italic": "*", "strikethrough": "~~"}


def escaped(text: str) -> str:
    """Plain text as Markdown that shows it as it is, as far as it matters."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


def from_slack(text: str) -> str:
    """Slack's mrkdwn."""
    lines = []
    for line in _mrkdwn(text.replace(_KEPT_BREAK, "\ufffd")).split("\n"):
        quoted = line.startswith("\\>")
        lines.append("> " + line[2:].strip() if quoted else re.sub(r"^\s*•\s*", "- ", line))
    return _paragraphs("\n".join(lines))


def _mrkdwn(text: str) -> str:
    done, at = [], 0
    for found in _MRKDWN.finditer(text):
        done.append(escaped(html.unescape(text[at : found.start()])))
        at = found.end()
        kind, inner = str(found.lastgroup), found[str(found.lastgroup)]
        match kind:
            case "block":
                done.append(_block(html.unescape(inner)))
            case "code":
                done.append(_code(html.unescape(inner)))
            case "angle":
                done.append(_angle(html.unescape(inner)))
            case "bold":
                done.append(_around("**", _mrkdwn(inner)))
            case "italic":
                done.append(_around("*", _mrkdwn(inner)))
            case _:
                done.append(_around("~~", _mrkdwn(inner)))
    done.append(escaped(html.unescape(text[at:])))
    return "".join(done)


def _angle(inner: str) -> str:
    address, _, label = inner.partition("|")
    match address[:1]:
        case "@":
            return "@…"
        case "#":
            return escaped("#" + label) if label else "#…"
        case "!":
            return ""
    return _link(address, escaped(label) if label and label != address else "")


class Entity(NamedTuple):
    """A part of a Telegram message; places in UTF-16 code units, as Telegram counts."""

    kind: str
    start: int
    end: int
    url: str


def from_telegram(text: str, entities: Iterable[Any] = ()) -> str:
    """Text or caption with its entities (https://core.telegram.org/bots/api#messageentity)."""
    units = text.replace(_KEPT_BREAK, "\ufffd").encode("utf-16-le", "surrogatepass")
    found = [entity for raw in entities if (entity := _entity(raw)) is not None]
    found.sort(key=lambda entity: (entity.start, -entity.end))
    return _paragraphs(_marked(units, 0, len(units) // 2, found[:ENTITIES]))


def _entity(raw: Any) -> Entity | None:
    if not isinstance(raw, dict):
        return None
    start, length = raw.get("offset"), raw.get("length")
    if not isinstance(start, int) or not isinstance(length, int) or start < 0 or length < 1:
        return None
    return Entity(str(raw.get("type")), start, start + length, str(raw.get("url", "")))


def _marked(units: bytes, start: int, end: int, entities: Sequence[Entity]) -> str:
    """The text between two places, with the entities that begin there; the outermost come first."""
    done, at = [], start
    for number, entity in enumerate(entities):
        if entity.start < at or entity.start >= end:
            continue
        until = min(entity.end, end)
        inner = [one for one in entities[number + 1 :] if one.start < until]
        done += [escaped(_plain(units, at, entity.start)), _shown(units, entity, until, inner)]
        at = until
    return "".join([*done, escaped(_plain(units, at, end))])


def _shown(units: bytes, entity: Entity, end: int, inner: Sequence[Entity]) -> str:
    plain = _plain(units, entity.start, end)
    match entity.kind:
        case "code":
            return _code(plain)
        case "pre":
            return _block(plain)
        case "url":
            return _link(plain, "")
        case "mention" | "text_mention":
            return "@…"
    marked = _marked(units, entity.start, end, inner)
    match entity.kind:
        case "text_link":
            return _link(entity.url, marked.replace("\n", " "))
        case "blockquote" | "expandable_blockquote":
            lines = (line.strip() for line in marked.split("\n"))
            return "\n" + _KEPT_BREAK.join(f"> {line}" for line in lines) + "\n"
    return _around(_TELEGRAM.get(entity.kind, ""), marked)


def _plain(units: bytes, start: int, end: int) -> str:
    return units[2 * start : 2 * end].decode("utf-16-le", "replace")


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
    return escaped(addressed("\n".join(line.strip() for line in lines))).strip()


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
    return escaped(addressed(_MANY_BREAKS.sub("\n\n", stripped))).strip() + (" […]" if cut else "")


def _around(mark: str, text: str) -> str:
    """Each line marked by itself, and its outer spaces left outside: Markdown asks for both."""
    lines = []
    for line in text.split("\n"):
        core = line.strip()
        head = line[: len(line) - len(line.lstrip())]
        tail = line[len(line.rstrip()) :]
        lines.append(f"{head}{mark}{core}{mark}{tail}" if core else line)
    return "\n".join(lines)


def _link(address: str, label: str) -> str:
    written = quote(address, safe=":/?#[]@!$&'()*+,;=%~-._")
    if not re.match(r"(https?://|mailto:)", written):
        return label or escaped(address)
    return f"[{label}](<{written}>)" if label else f"<{written}>"


def _code(text: str) -> str:
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return _around_lines(fence + space, text, space + fence)


def _around_lines(before: str, text: str, after: str) -> str:
    return "\n".join(before + line + after if line.strip() else line for line in text.split("\n"))


def _block(text: str) -> str:
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return "\n" + _KEPT_BREAK.join([fence, *text.strip("\n").split("\n"), fence]) + "\n"


def _paragraphs(text: str) -> str:
    joined = re.sub(r"(?m)^(> .*)\n(?=> )", rf"\1{_KEPT_BREAK}", text)
    return re.sub(r"[ \t]*\n\s*", "\n\n", joined).strip().replace(_KEPT_BREAK, "\n")
