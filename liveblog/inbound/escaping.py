"""Escapes plain text for Markdown, so that it is shown as it was typed."""

from __future__ import annotations

import re
from urllib.parse import quote

# Markup anywhere in a line: emphasis, code, links, tags, entities.
_SPECIAL = re.compile(r"[\\`*\[\]<~]|(?<!\w)_|_(?!\w)|&(?=#?\w{1,32};)")
# Markup at the beginning of a line: quotations, headings, lists, rules, and underlines of headings and tables.
_START = re.compile(
    r"(?:>|[+-](?=\s|$)|-+\s*$|=+\s*$|#{1,6}(?=\s|$)|[|:-][-|:\s]*$)|(\d{1,9})[.)](?=\s|$)"
)
_ADDRESS = re.compile(
    r"<?(https?://[^\s<>\[\]\"“”«»`|\\^{}]{1,2000})>?|(?<![\w@./-])(www\.[\w-]{1,63}\.[^\s<>\"`|\\]{1,2000})",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'\"*_~…’”»"


def escaped_text(text: str) -> str:
    """Escape text within a line."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


def escaped_start(text: str) -> str:
    """Escape the beginning of a line. The rest must be escaped already."""
    found = _START.match(text)
    if not found:
        return text
    if found[1]:
        return f"{found[1]}\\{text[len(found[1]) :]}"
    return "\\" + text


def escaped_line(text: str) -> str:
    """Escape a line of plain text, and turn web addresses in it into links."""
    done, at = [], 0
    for found in _ADDRESS.finditer(text):
        address = _trimmed(found[1] or found[2])
        if not address:
            continue
        whole = found[0].startswith("<") and found[0].endswith(">")
        end = found.end() if whole else found.start(1 if found[1] else 2) + len(address)
        start = found.start() if whole or not found[0].startswith("<") else found.start() + 1
        done += [escaped_text(text[at:start]), link(address)]
        at = end
    return escaped_start("".join([*done, escaped_text(text[at:])]))


def _trimmed(address: str) -> str:
    """An address without the punctuation of the sentence around it; empty if too little is left."""
    while address:
        if address[-1] in _TRAILING or (
            address[-1] == ")" and address.count(")") > address.count("(")
        ):
            address = address[:-1]
        else:
            break
    return address if len(address) > len("https://") else ""


def link(address: str, label: str = "") -> str:
    """A Markdown link to a page, an e-mail address or a telephone number. `label` is Markdown.

    For any other target, only the label is returned.
    """
    if address.lower().startswith("www."):
        address = f"https://{address}"
    written = quote(address.strip(), safe=":/?#[]@!$&'()*+,;=%~-._")
    if not re.match(r"(https?://[^/?#]|mailto:.|tel:\+?\d)", written, re.IGNORECASE):
        return label
    return f"[{label}](<{written}>)" if label else f"<{written}>"
