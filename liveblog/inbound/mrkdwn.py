"""Slack's mrkdwn and rich text to Markdown. Mentioned people are not named: Slack gives only their ids."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from liveblog.inbound.emoji import emoji, from_points, pictured
from liveblog.inbound.marks import (
    Run,
    around,
    block,
    cleaned,
    code,
    link,
    listing,
    marked,
    paragraphs,
    quotation,
    typed,
)

ELEMENTS = 1000  # that are read of a block, and of each part of it
# https://docs.slack.dev/messaging/formatting-message-text
_MRKDWN = re.compile(
    r"```(?P<block>.+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]*)>"
    r"|(?<!\w)\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?!\w)"
    r"|(?<!\w)_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?!\w)"
    r"|(?<!\w)~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?!\w)",
    re.DOTALL,
)
_STYLES = {"bold": "**", "italic": "*", "strike": "~~"}
_QUOTED = re.compile(r"\\>(?:>>)? ?")
SOMEBODY = "@…"


def from_slack(text: object, blocks: Any = None) -> str:
    """The Markdown of a message: from its rich text if it has any, otherwise from its mrkdwn."""
    told: dict[str, str] = {}
    rich = _rich(blocks, told)
    return rich or from_mrkdwn(text if isinstance(text, str) else "", told)


def from_mrkdwn(text: str, told: Mapping[str, str] | None = None) -> str:
    """The Markdown of mrkdwn. `told` holds more emoji by their codes."""
    parts: list[str] = []
    quoted: list[str] = []
    rest = False  # after ">>>" everything is quoted
    for line in _inline(cleaned(text), told or {}).split("\n"):
        found = _QUOTED.match(line)
        rest = rest or bool(found and found[0].startswith("\\>>>"))
        if found or rest:
            quoted.append(line[found.end() :] if found else line)
            continue
        parts += [quotation("\n".join(quoted))] if quoted else []
        quoted = []
        parts.append(re.sub(r"^\s*[•◦▪]\ufe0e?\s*", "- ", line))
    parts += [quotation("\n".join(quoted))] if quoted else []
    return paragraphs("\n".join(parts))


def _inline(text: str, told: Mapping[str, str]) -> str:
    done, at = [], 0

    def plain(words: str) -> str:
        return typed(pictured(html.unescape(words), told))

    for found in _MRKDWN.finditer(text):
        done.append(plain(text[at : found.start()]))
        at = found.end()
        kind, inner = str(found.lastgroup), found[str(found.lastgroup)]
        match kind:
            case "block":
                done.append(block(html.unescape(inner)))
            case "code":
                done.append(code(html.unescape(inner)))
            case "angle":
                done.append(_angle(html.unescape(inner)))
            case _:
                done.append(around(_STYLES[kind], _inline(inner, told)))
    done.append(plain(text[at:]))
    return "".join(done)


def _angle(inner: str) -> str:
    address, _, label = inner.partition("|")
    match address[:1]:
        case "@":
            return SOMEBODY
        case "#":
            return typed("#" + label) if label else "#…"
        case "!":
            return _special(address[1:], label)
    return link(address, typed(label) if label and label != address else "")


def _special(command: str, label: str) -> str:
    """`<!here>`, `<!subteam^S1|@group>`, `<!date^1392734382^{date_short}|Feb 18, 2014>`."""
    name, *more = command.split("^")
    if name != "date":
        return typed(label) or (SOMEBODY if more else typed(f"@{name}"))
    words = label or _moment(more[0] if more else "")
    return link(more[2], typed(words)) if len(more) > 2 else typed(words)


def _moment(seconds: object) -> str:
    try:
        return f"{datetime.fromtimestamp(int(str(seconds)), UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return "…"


def _rich(blocks: Any, told: dict[str, str]) -> str:
    """The Markdown of rich text (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block).

    It is empty if there are other blocks as well. The emoji of the blocks are added to `told`.
    """
    if not isinstance(blocks, list):
        return ""
    parts: list[str] = []
    items: list[tuple[int, str, str]] = []
    for one in _elements(blocks):
        if one.get("type") != "rich_text":
            return ""
        for part in _elements(one.get("elements")):
            if part.get("type") == "rich_text_list":
                items += _items(part, told)
                continue
            parts += [listing(items)] if items else []
            items = []
            parts.append(_part(part, told))
    parts += [listing(items)] if items else []
    return paragraphs("\n".join(parts))


def _part(part: Mapping[str, Any], told: dict[str, str]) -> str:
    runs = list(_runs(part, told))
    match part.get("type"):
        case "rich_text_preformatted":
            return block("".join(run.text for run in runs))
        case "rich_text_quote":
            return quotation(marked(runs))
    return marked(runs)


def _items(part: Mapping[str, Any], told: dict[str, str]) -> Iterator[tuple[int, str, str]]:
    level, first = _number(part.get("indent")), _number(part.get("offset")) + 1
    for place, item in enumerate(_elements(part.get("elements"))):
        mark = f"{first + place}." if part.get("style") == "ordered" else "-"
        yield level, mark, marked(_runs(item, told))


def _runs(part: Mapping[str, Any], told: dict[str, str]) -> Iterator[Run]:
    for one in _elements(part.get("elements")):
        style = one.get("style")
        given = (
            {name for name, on in style.items() if on is True} if isinstance(style, dict) else ()
        )
        url = str(one.get("url", "")) if one.get("type") in {"link", "date"} else ""
        yield Run(cleaned(_words(one, told)), frozenset(given), url)


def _words(one: Mapping[str, Any], told: dict[str, str]) -> str:
    text = str(one.get("text") or "")
    match one.get("type"):
        case "emoji":
            name = str(one.get("name", ""))
            shown = from_points(one.get("unicode")) or emoji(name, one.get("skin_tone"))
            told[name] = shown
            return shown
        case "user" | "usergroup" | "team":
            return SOMEBODY
        case "channel":
            return "#…"
        case "broadcast":
            return f"@{one.get('range', '…')}"
        case "date":
            return str(one.get("fallback") or "") or _moment(one.get("timestamp"))
        case "color":
            return str(one.get("value", ""))
        case "link":
            return text or str(one.get("url", ""))
    return text


def _elements(given: Any) -> Iterable[Mapping[str, Any]]:
    some = islice(given, ELEMENTS) if isinstance(given, list) else ()
    return (one for one in some if isinstance(one, dict))


def _number(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 10**6 else 0
