"""The Markdown of a published text without what no reader sees of it: comments, unused definitions, names of code's languages.

The source of a text may hold words for colleagues, such as `[//]: # (ask Olena first)`. An archive is public, so they
must not be in it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any
from urllib.parse import unquote

from liveblog.content.markup.grammar import grammar, lines
from liveblog.content.markup.markdown import rendered
from liveblog.content.markup.markdown_limits import MOST, Work
from liveblog.errors import Invalid

MOST_DEFINITIONS = 20  # that are tried one by one

_markdown = grammar()
_FENCE = re.compile(r"^(.*?(?:`{3,}|~{3,}))(?!.*[`~]{3}).*$")
_WORD = re.compile(r"[^\W_]+")
_ATTRIBUTE = re.compile(r"""(?:href|title)="([^"]*)\"""")
_RAISED = re.compile(r"</?su[bp]>", re.IGNORECASE)
_NUMBER = re.compile(r"^[\s>]*(?:[-*+]\s+)*\d{1,9}[.)](?=\s)", re.MULTILINE)


def shown_source(source: str, safe_html: str) -> str | None:
    """Markdown that gives the same HTML and has only words that the HTML has. None if that is not possible.

    `safe_html` is what the source gave when it was published.
    """
    shown = _words(safe_html, markup=True)
    if not _words(source) - shown:
        return source
    try:
        stripped = _stripped(lines(source))
    except Invalid:  # over today's limits
        return None
    return stripped if not _words(stripped) - shown else None


def _stripped(source: str) -> str:
    """The source without definitions and names of languages that change nothing. Raises `Invalid`."""
    before = rendered(source).html
    env: dict[str, Any] = dict(Work(MOST).env())
    tokens = _markdown.parse(source, env)
    rows = source.split("\n")
    for token in tokens:
        if token.type == "fence" and token.info and token.map:
            at = token.map[0]
            rows[at] = _FENCE.sub(r"\1", rows[at])
    if rendered("\n".join(rows)).html != before:
        rows = source.split("\n")
    spans = [one["map"] for one in env.get("references", {}).values()]
    spans += [one["map"] for one in env.get("duplicate_refs", [])]
    spans.sort(reverse=True)
    groups = [spans, *([span] for span in spans)] if len(spans) <= MOST_DEFINITIONS else [spans]
    for group in groups:
        kept = list(rows)
        for start, end in group:
            kept[start:end] = []
        if group and rendered("\n".join(kept)).html == before:
            rows = kept
            if group is spans:
                break
    return "\n".join(rows).strip("\n")


def _words(text: str, *, markup: bool = False) -> set[str]:
    """The words of Markdown, or with `markup`, those of HTML and of the addresses in it; in one case."""
    text = _RAISED.sub("", text)
    if markup:
        found = " ".join(_ATTRIBUTE.findall(text))
        text = f"{re.sub('<[^>]*>', ' ', text)} {found}"
    else:
        text = _NUMBER.sub(" ", text)
    plain = unicodedata.normalize("NFKC", unquote(html.unescape(html.unescape(text))))
    return set(_WORD.findall(plain.casefold()))
