"""Marked words of chats as Markdown that shows the same: runs of words, blocks, and paragraphs of both.

Each line of a chat becomes a paragraph. Places where marks begin and end are kept until the whole text is known:
Markdown sees no mark that stands between a letter and a sign.
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
_KEPT_BREAK, _OPENS, _ENDS = "\0", "\2", "\3"  # no text holds them: `cleaned()`
_CONTROLS = {ord(sign): "\ufffd" for sign in (_KEPT_BREAK, _OPENS, _ENDS)}
# A line of nothing but what begins a list or draws a rule.
_BARE = re.compile(r"^([ \t]*\d{0,9})(?=[-+]+[ \t]*$|-[- \t]*$|(?<=\d)[.)][ \t]*$)", re.MULTILINE)
_MARK = r"(?:\*\*|\*|~~)"
_OPENING = re.compile(rf"(.)((?:{_OPENS}{_MARK})+)(?=(.))", re.DOTALL)
_ENDING = re.compile(rf"(?<=(.))((?:{_ENDS}{_MARK})+)(.)", re.DOTALL)
# A scheme is not what stands before a port.
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d+(?:[/?#]|$))", re.IGNORECASE)
_LEADS = re.compile(r"(?:https?://[^/?#\s]|mailto:.|tel:\+?\d)", re.IGNORECASE)
_HOST = re.compile(r"[^\s/?#@:.]+(?:\.[^\s/?#@:.]+)+(?::\d+)?(?:[/?#]|$)")
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f<>\"\\^`{|}]")  # in an address; letters of any script stay

STYLES = {"bold": "**", "italic": "*", "strike": "~~"}
_ORDER = (*STYLES, "code")  # from the outermost to the innermost


class Run(NamedTuple):
    """Words with the same marks. `styles` are of `STYLES`, and `code`; `url` is where they lead."""

    text: str
    styles: frozenset[str] = frozenset()
    url: str = ""


def cleaned(text: str) -> str:
    """A text as it comes, without the signs that mean something here, and no longer than what is read."""
    return text[:LONGEST].translate(_CONTROLS)


def typed(text: str) -> str:
    """Plain text as Markdown that shows it as it is, also where it is a line by itself."""
    return _BARE.sub(r"\1\\", escaped(text))


def marked(runs: Iterable[Run]) -> str:
    """Runs in their order. Neighbours with a mark in common share it."""
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
    """Each line marked by itself, and its outer spaces left outside: Markdown asks for both."""
    return _lines(text, lambda core: f"{_OPENS}{mark}{core}{_ENDS}{mark}")


def code(text: str) -> str:
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
    """A link, where the address is one that readers can follow; one without a scheme is that of a site."""
    led = led_to(address)
    if led is None:
        return label or escaped(address)
    written = _UNSAFE.sub(lambda found: quote(found[0]), led)
    shown = re.sub(r"^(?:mailto|tel):", "", address, flags=re.IGNORECASE)
    if not label and written == led == shown:
        return f"<{written}>"
    return f"[{label or escaped(shown)}](<{written}>)"


def led_to(address: str) -> str | None:
    """Where an address leads: by http, https, mailto or tel; None for any other."""
    address = address.strip()
    if not _SCHEME.match(address):
        address = f"https://{address}" if _HOST.match(address) else ""
    return address if _LEADS.match(address) else None


def block(text: str, language: str = "") -> str:
    """Lines of code, with their spaces."""
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return _kept([fence + language, *text.strip("\n").split("\n"), fence])


def quotation(text: str) -> str:
    """Marked text as a quotation, each line by itself."""
    return _kept([f"> {line.strip()}" for line in text.strip("\n").split("\n")])


def listing(items: Iterable[tuple[int, str, str]]) -> str:
    """A list of `(level, mark, marked text)`; the mark is `-` or a number with its dot."""
    lines, above = [], -1
    for level, mark, text in items:
        above = min(level, above + 1, 4)
        words = text.strip().replace("\n", " ")
        lines.append("    " * above + f"{mark} {words}")
    return _kept(lines)


def _kept(lines: Iterable[str]) -> str:
    return "\n" + _KEPT_BREAK.join(lines) + "\n"


def paragraphs(text: str) -> str:
    """The whole: its lines as paragraphs, its marks where Markdown sees them."""
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
    """Neither a space nor a sign, as CommonMark has it."""
    return unicodedata.category(sign)[0] not in "PSZC"
