"""Keeps the catalogues in step with the templates: `python tools/messages.py` adds what is new to each
`liveblog/locale/*.po` and drops what is gone; the translations of the rest stay.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from liveblog.content.language import ENGLISH, TAGS

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "liveblog" / "locale"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "plurals": (1, 2)}


def template() -> Catalog:
    """All messages of the templates for readers."""
    found = Catalog(project="liveblog", charset="utf-8")
    methods = [("desk/**", "ignore"), ("**.html", "jinja2.ext:babel_extract")]
    for name, line, message, comments, context in extract_from_dir(
        ROOT / "templates", methods, keywords=KEYWORDS
    ):
        found.add(message, locations=[(name, line)], auto_comments=comments, context=context)
    return found


def update(tag: str) -> Catalog:
    """The catalogue of a language with all messages; new ones are empty."""
    path = LOCALE / f"{tag}.po"
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=tag)
    else:
        catalog = Catalog(locale=tag, project="liveblog", charset="utf-8")
    catalog.update(template(), no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    return catalog


def main() -> None:
    LOCALE.mkdir(exist_ok=True)
    for tag in TAGS:
        if tag != ENGLISH:
            with (LOCALE / f"{tag}.po").open("wb") as file:
                write_po(file, update(tag), omit_header=False, include_lineno=False, width=100)


if __name__ == "__main__":
    main()
