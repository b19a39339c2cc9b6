"""Runs of text in a mail's HTML as a line of Markdown: their styles, and where they lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from liveblog.inbound.escaping import escaped_text, link
from liveblog.inbound.mail.lines import recognised

_SUPERSCRIPT = str.maketrans(
    "0123456789+-=()niabcdefghjklmoprstuvwxyz−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ⁻"
)
_SUBSCRIPT = str.maketrans("0123456789+-=()aehijklmnoprstuvx−", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₋")


class Run(NamedTuple):
    """Text of one style, and where it leads."""

    text: str
    styles: frozenset[str]
    href: str


def destination(href: str) -> str:
    """Where a link leads: without the services that watch who follows it, whose addresses name the recipient."""
    address = href.strip()[:4000]
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
        if host.endswith("safelinks.protection.outlook.com"):
            return parse_qs(parts.query).get("url", [address])[0]
        if host in {"www.google.com", "google.com"} and parts.path == "/url":
            found = parse_qs(parts.query)
            return (found.get("q") or found.get("url") or [address])[0]
    except ValueError:
        return ""
    return address


def as_line(runs: list[Run]) -> str:
    """Runs of text as Markdown; neighbours of one style are one."""
    done: list[str] = []
    label: list[str] = []
    plain: list[str] = []
    href = ""
    for run in [*_merged(runs), Run("", frozenset(), "\0")]:
        if run.href != href and label:
            done.append(_linked(href, "".join(label), "".join(plain)))
            label, plain = [], []
        href = run.href
        if href == "\0":
            break
        label.append(_marked(run))
        plain.append(run.text)
    return _tidy("".join(done))


def _tidy(markdown: str) -> str:
    return re.sub(r"[ \t]{2,}", " ", markdown).strip(" \t\n\xa0")


def _merged(runs: list[Run]) -> Iterator[Run]:
    held: Run | None = None
    for run in runs:
        if (held and (held.styles, held.href) == (run.styles, run.href)) or (
            held and not run.text.strip() and held.href == run.href
        ):
            held = held._replace(text=held.text + run.text)
        else:
            if held:
                yield held
            held = run
    if held:
        yield held


def _linked(href: str, label: str, text: str) -> str:
    core = label.strip()
    if not href or not core:
        return label
    head, tail = label[: len(label) - len(label.lstrip())], label[len(label.rstrip()) :]
    said = recognised(text)
    alike = said in {
        href,
        href.removeprefix("https://"),
        href.removeprefix("http://"),
        href.removeprefix("mailto:"),
    }
    if alike and href.lower().startswith("http"):
        return f"{head}{link(href) or core}{tail}"
    return f"{head}{link(href, core)}{tail}"


def _marked(run: Run) -> str:
    """Marks stand at words, not at spaces: Markdown asks for that."""
    text, tag = run.text, ""
    for how in run.styles & {"sup", "sub"}:
        raised = _raised(text, how)
        text, tag = (text, how) if raised is None else (raised, "")
    core = text.strip()
    if not core:
        return text
    head, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    if "code" in run.styles:
        fence = "`" * (max((len(ticks) for ticks in re.findall("`+", core)), default=0) + 1)
        space = " " if core.startswith("`") or core.endswith("`") else ""
        return f"{head}{fence}{space}{core}{space}{fence}{tail}"
    marked = escaped_text(core)
    if tag:
        marked = f"<{tag}>{marked}</{tag}>"
    for style, mark in (("italic", "*"), ("bold", "**"), ("struck", "~~")):
        if style in run.styles:
            marked = f"{mark}{marked}{mark}"
    return f"{head}{marked}{tail}"


def _raised(text: str, how: str) -> str | None:
    """By characters of their own, where there are some for all: 10³, CO₂; else None."""
    table = _SUPERSCRIPT if how == "sup" else _SUBSCRIPT
    if all(ord(letter) in table or letter.isspace() for letter in text):
        return text.translate(table)
    return None
