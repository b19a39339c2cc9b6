"""The Markdown grammar: CommonMark, with additions for newsrooms. `editor/grammar.js` does the same.

- Tables and strikethrough. No raw HTML and no pictures.
- Addresses become links everywhere (`addresses`). A link leads to the web, a mailbox or a telephone
  (https://spec.commonmark.org/0.31.2/#links). Of any other link only the words are shown.
- Emphasis beside scripts without spaces (https://github.com/commonmark/commonmark-spec/issues/650).
- `<sup>` and `<sub>`; `note[^1]` and `[^1]: Ministry` are shown with a raised 1.
- No setext headings: people write a line of `--` or `===` below words as a signature or a rule.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from types import MethodType

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace, unescapeAll
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import reference as block_reference
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import autolink as inline_autolink
from markdown_it.rules_inline.emphasis import tokenize as inline_emphasis
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.rules_inline.strikethrough import tokenize as inline_strikethrough
from markdown_it.token import Token

from liveblog.content.markup.addresses import SCHEMELESS, UNSPACED, address_at, target
from liveblog.content.markup.superscripts import in_unicode

DEEPEST = 20  # levels of nested blocks; a list counts twice, for itself and for its item

_SCHEME = re.compile(r"(?<![0-9A-Za-z+.\-])https?\Z", re.IGNORECASE)
_UNSPACED = re.compile(f"[{UNSPACED}]")
_SCRIPT = re.compile(r"<(sup|sub)>((?:[^<>\\\n]|\\.){1,80})</\1>", re.IGNORECASE)
_NOTED = re.compile(r"\[\^\w{1,20}\]:(?!\s*(?:#|<>))")
_NUMBERED = re.compile(r"\[[0-9]{1,3}\]:")
_NOTE = re.compile(r"\[\^([0-9]{1,3})\](:? *)")
_LINES = str.maketrans({"\u2028": "\n", "\u2029": "\n\n", "\x85": "\n"})


class _Strictness(threading.local):
    """Whether the parser rejects a link with a forbidden target, so that its markup stays text.

    Otherwise `_links` removes such a link later and keeps its words.
    """

    on = False


_strict = _Strictness()


class _Grammar(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        return not _strict.on or not url or url.startswith("#") or target(url) is not None


def lines(source: str) -> str:
    """The text with Unicode line separators replaced by the line ends of Markdown."""
    return source.translate(_LINES)


def grammar() -> MarkdownIt:
    """A parser and renderer. Several threads may use one."""
    made = _Grammar("commonmark", {"html": False, "maxNesting": DEEPEST})
    made.enable(["table", "strikethrough"])
    made.disable(["image", "html_block", "html_inline", "lheading"])
    made.block.ruler.at("reference", _reference, {"alt": []})
    made.inline.ruler.at("autolink", _autolink)
    made.inline.ruler.at("emphasis", _beside_any_script(inline_emphasis))
    made.inline.ruler.at("strikethrough", _beside_any_script(inline_strikethrough))
    made.inline.ruler.after("text", "address", _address)
    made.inline.ruler.before("link", "note", _note)
    made.inline.ruler.before("autolink", "script", _script)
    made.core.ruler.push("links", _links)
    return made


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Show the definition of a note (`[^1]: Ministry`, `[1]: Ministry`) as text, so that its words are not lost.

    Other reference definitions stay invisible: people use them for comments (`[//]: # (ask Olena first)`).
    """
    at = state.bMarks[start] + state.tShift[start]
    if _NOTED.match(state.src, at):
        return False
    _strict.on = _NUMBERED.match(state.src, at) is not None
    try:
        return block_reference(state, start, end, silent)
    finally:
        _strict.on = False


def _autolink(state: StateInline, silent: bool) -> bool:
    _strict.on = True
    try:
        return inline_autolink(state, silent)
    finally:
        _strict.on = False


def _beside_any_script(
    rule: Callable[[StateInline, bool], bool],
) -> Callable[[StateInline, bool], bool]:
    def run(state: StateInline, silent: bool) -> bool:
        setattr(state, "scanDelims", MethodType(_scan, state))  # noqa: B010 - mypy forbids the assignment
        return rule(state, silent)

    return run


def _scan(state: StateInline, start: int, can_split_word: bool) -> Scanned:
    """Whether a run of `*`, `_` or `~` can open and close emphasis
    (https://spec.commonmark.org/0.31.2/#left-flanking-delimiter-run).

    Letters and punctuation of scripts without spaces count like white space beside it
    (https://github.com/tats-u/markdown-cjk-friendly/blob/main/specification.md).
    """
    end = start
    while end < state.posMax and state.src[end] == state.src[start]:
        end += 1
    before = state.src[start - 1] if start else " "
    after = state.src[end] if end < state.posMax else " "
    white, punctuation, unspaced = [], [], []
    for one in (before, after):
        white.append(isWhiteSpace(ord(one)))
        punctuation.append(isMdAsciiPunct(ord(one)) or isPunctChar(one))
        unspaced.append(bool(_UNSPACED.match(one)))
    apart = [any(kinds) for kinds in zip(white, punctuation, unspaced, strict=True)]
    left = not white[1] and (not punctuation[1] or unspaced[1] or apart[0])
    right = not white[0] and (not punctuation[0] or unspaced[0] or apart[1])
    can_open = left and (can_split_word or not right or punctuation[0])
    can_close = right and (can_split_word or not left or punctuation[1])
    return Scanned(can_open, can_close, end - start)


def _address(state: StateInline, silent: bool) -> bool:
    """Recognise `https://…` at its colon, so that no character of the address is taken for emphasis."""
    at = state.pos
    if state.linkLevel or not state.src.startswith("://", at):
        return False
    scheme = _SCHEME.search(state.src, max(0, at - 6), at)
    if scheme is None or not (silent or state.pending.endswith(scheme[0])):
        return False
    found = address_at(state.src, scheme.start(), state.posMax)
    if found is None:
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        _push_link(state, state.md.normalizeLink(found.href), found.text)
    state.pos = found.end
    return True


def _push_link(state: StateInline, href: str, text: str) -> None:
    state.push("link_open", "a", 1).attrs = {"href": href}
    state.push("text", "", 0).content = text
    state.push("link_close", "a", -1)


def _note(state: StateInline, silent: bool) -> bool:
    """The reference to a footnote, and the label before the footnote's text."""
    found = _NOTE.match(state.src, state.pos, state.posMax)
    if found is None or state.src.startswith(("(", "["), found.end()):
        return False
    begins = not state.pos or state.src[state.pos - 1] == "\n"
    heads = begins and found[2].startswith(":")
    if not silent:
        state.append_pending(in_unicode("sup", found[1]) or "")
        state.append_pending(" " if heads else "")
    state.pos = found.end() if heads else found.end(1) + 1
    return True


def _script(state: StateInline, silent: bool) -> bool:
    """`<sup>…</sup>` and `<sub>…</sub>`, with inline markup inside."""
    found = _SCRIPT.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        tag, text = found[1].lower(), unescapeAll(found[2])
        raised = in_unicode(tag, text)
        if raised is None:
            state.push(f"{tag}_open", tag, 1)
            most, state.pos, state.posMax = state.posMax, found.start(2), found.end(2)
            state.md.inline.tokenize(state)
            state.posMax = most
            state.push(f"{tag}_close", tag, -1)
        else:
            state.append_pending(raised)
    state.pos = found.end()
    return True


def _links(state: StateCore) -> None:
    """Remove links with forbidden targets, keeping their words. Make links of www. hosts and mailboxes."""
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _linked(state.md, block.children)


def _linked(md: MarkdownIt, tokens: list[Token]) -> list[Token]:
    found: list[Token] = []
    within, kept = False, False
    for token in tokens:
        if token.type == "link_open":
            href = target(str(token.attrs["href"]))
            within, kept = True, href is not None
            token.attrs["href"] = href or ""
        if token.type in {"link_open", "link_close"} and not kept:
            within = within and token.nesting > 0
            continue
        within = within and token.nesting >= 0 if token.type == "link_close" else within
        if token.type == "text" and not within:
            found += _schemeless(md, token)
        else:
            found.append(token)
    return found


def _schemeless(md: MarkdownIt, token: Token) -> list[Token]:
    text, at = token.content, 0
    parts: list[Token] = []
    for match in SCHEMELESS.finditer(text):
        if match.start() < at:
            continue
        shown = match["mail"]
        if shown:
            href, end = f"mailto:{shown.removeprefix('mailto:')}", match.end("mail")
        elif found := address_at(text, match.start()):
            shown, href, end = found.text, found.href, found.end
        else:
            continue
        opening = Token(
            "link_open", "a", 1, attrs={"href": md.normalizeLink(href)}, level=token.level
        )
        closing = Token("link_close", "a", -1, level=token.level)
        parts += [_text(text[at : match.start()], token), opening, _text(shown, token), closing]
        at = end
    return [*parts, _text(text[at:], token)] if parts else [token]


def _text(content: str, like: Token) -> Token:
    return Token("text", "", 0, content=content, level=like.level)
