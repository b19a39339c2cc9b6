"""Formatted text of chats to Markdown that looks the same: runs of words, blocks, and paragraphs.

Each line of a chat message becomes a paragraph. The places where marks begin and end are remembered until the whole
text is known, because Markdown ignores a mark between a letter and a punctuation character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote

from liveblog.inbound.markup import escaped

LONGEST = 100_000  # characters that are read; an entry takes 64 KiB
_KEPT_BREAK, _OPENS, _ENDS = "\0", "\2", "\3"  # `cleaned()` removes them from all texts
_CONTROLS = {ord(sign): "\ufffd" for sign in (_KEPT_BREAK, _OPENS, _ENDS)}
# A line with only the marker of a list, or a rule.
_BARE = re.compile(r"^([ \t]*\d{0,9})(?=[-+]+[ \t]*$|-[- \t]*$|(?<=\d)[.)][ \t]*$)", re.MULTILINE)
_MARK = r"(?:\*\*|\*|~~)"
_OPENING = re.compile(rf"(.)((?:{_OPENS}{_MARK})+)(?=(.))", re.DOTALL)
_ENDING = re.compile(rf"(?<=(.))((?:{_ENDS}{_MARK})+)(.)", re.DOTALL)
# A scheme; a host before a port is not one.
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d+(?:[/?#]|$))", re.IGNORECASE)
_LEADS = re.compile(r"(?:https?://[^/?#\s]|mailto:.|tel:\+?\d)", re.IGNORECASE)
_HOST = re.compile(r"[^\s/?#@:.]+(?:\.[^\s/?#@:.]+)+(?::\d+)?(?:[/?#]|$)")
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f<>\"\\^`{|}]")  # in an address; letters of any script stay

STYLES = {"bold": "**", "italic": "*", "strike": "~~"}
_ORDER = (*STYLES, "code")  # from the outermost to the innermost


class Run(NamedTuple):
    """Words with the same marks. `styles` holds keys of `STYLES` and `code`. `url` is the target of a link, or
    empty."""

    text: str
    styles: frozenset[str] = frozenset()
    url: str = ""


def cleaned(text: str) -> str:
    """A text from outside without this module's control characters, cut to `LONGEST`."""
    return text[:LONGEST].translate(_CONTROLS)


def typed(text: str) -> str:
    """Plain text, escaped for Markdown, also at the beginning of a line."""
    return _BARE.sub(r"\1\\", escaped(text))


def marked(runs: Iterable[Run]) -> str:
    """The Markdown of runs, in their order. A mark that neighbours share is written once around them."""
    done = []
    for url, group in groupby(runs, lambda run: run.url):
        some = list(group)
        words = _styled(some, _ORDER)
        bare = len(some) == 1 and some[0] == Run(url, url=url)
        done.append(link(url, "" if bare else words.replace("\n", " ")) if url else words)
    return "".join(done)


def _styled(runs: Sequence[Run], styles: Sequence[str]) -> str:
    if not styles:
        return typed("".join(run.text for run in runs))
    first, rest = styles[0], styles[1:]
    done = []
    for has, group in groupby(runs, lambda run: first in run.styles):
        some = list(group)
        if not has:
            done.append(_styled(some, rest))
        elif first == "code":
            done.append(code("".join(run.text for run in some)))
        else:
            done.append(around(STYLES[first], _styled(some, rest)))
    return "".join(done)


def around(mark: str, text: str) -> str:
    """Put a mark around each line, without its outer spaces: Markdown requires both."""
    return _lines(text, lambda core: f"{_OPENS}{mark}{core}{_ENDS}{mark}")


def code(text: str) -> str:
    """Inline code, each line by itself."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text.strip().startswith("`") or text.strip().endswith("`") else ""
    return _lines(text, lambda core: fence + space + core + space + fence)


def _lines(text: str, around: Callable[[str], str]) -> str:
    lines = []
    for line in text.split("\n"):
        core = line.strip()
        head = line[: len(line) - len(line.lstrip())]
        tail = line[len(line.rstrip()) :]
        lines.append(f"{head}{around(core)}{tail}" if core else line)
    return "\n".join(lines)


def link(address: str, label: str = "") -> str:
    """A Markdown link, if readers can follow the address; otherwise its label. `label` is Markdown.

    An address without a scheme gets https.
    """
    led = led_to(address)
    if led is None:
        return label or escaped(address)
    written = _UNSAFE.sub(lambda found: quote(found[0]), led)
    shown = re.sub(r"^(?:mailto|tel):", "", address, flags=re.IGNORECASE)
    if not label and written == led == shown:
        return f"<{written}>"
    return f"[{label or escaped(shown)}](<{written}>)"


def led_to(address: str) -> str | None:
    """The target of an address: http, https, mailto or tel; None for any other. A bare host gets https."""
    address = address.strip()
    if not _SCHEME.match(address):
        address = f"https://{address}" if _HOST.match(address) else ""
    return address if _LEADS.match(address) else None


def block(text: str, language: str = "") -> str:
    """A block of code. Its spaces are kept."""
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return _kept([fence + language, *text.strip("\n").split("\n"), fence])


def quotation(text: str) -> str:
    """A quotation of Markdown text, line by line."""
    return _kept([f"> {line.strip()}" for line in text.strip("\n").split("\n")])


def listing(items: Iterable[tuple[int, str, str]]) -> str:
    """A list of `(level, mark, Markdown)`. The level counts from 0; the mark is `-` or a number with a dot."""
    lines, above = [], -1
    for level, mark, text in items:
        above = min(level, above + 1, 4)
        words = text.strip().replace("\n", " ")
        lines.append("    " * above + f"{mark} {words}")
    return _kept(lines)


def _kept(lines: Iterable[str]) -> str:
    return "\n" + _KEPT_BREAK.join(lines) + "\n"


def paragraphs(text: str) -> str:
    """The finished Markdown of a message: each line is a paragraph, and Markdown recognises all its marks."""
    lines = (line.strip() for line in text.split("\n"))
    apart = "\n\n".join(line for line in lines if line)
    opened = _OPENING.sub(_opening, apart.replace(_KEPT_BREAK, "\n"))
    ended = _ENDING.sub(_ending, opened)
    return ended.replace(_OPENS, "").replace(_ENDS, "")


def _opening(found: re.Match[str]) -> str:
    before, marks, after = found.groups()
    hidden = _is_word(before) and not _is_word(after) and not after.isspace()
    return (f"&#{ord(before)};" if hidden else before) + marks


def _ending(found: re.Match[str]) -> str:
    before, marks, after = found.groups()
    hidden = _is_word(after) and not _is_word(before) and not before.isspace()
    return marks + (f"&#{ord(after)};" if hidden else after)


def _is_word(sign: str) -> bool:
    """Whether a character is neither white space nor punctuation, by CommonMark's definitions."""
    return unicodedata.category(sign)[0] not in "PSZC"
