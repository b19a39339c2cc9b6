"""Keeps the catalogues in step with what readers are shown: `python tools/messages.py` adds what is new
to each `liveblog/locale/*.po` and drops what is gone; the translations of the rest stay.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from liveblog.content.language import ENGLISH, TAGS

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "liveblog" / "locale"
WHERE = {
    "templates": [("desk/**", "ignore"), ("**.html", "jinja2.ext:babel_extract")],
    "liveblog": [("**.py", "python")],
}
KEYWORDS = {
    "_": None,
    "ngettext": (1, 2),
    "plurals": (1, 2),
    "counted": (1, 2),
    "for_readers": None,
}
# Nothing in it changes from run to run or from hand to hand: that is in the history of the file.
HEADER = r"""# {name}
msgid ""
msgstr ""
"Project-Id-Version: liveblog\n"
"Language: {tag}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: {plural_forms}\n"

"""


def template() -> Catalog:
    """All messages for readers: of the templates, and those that Python marks by `for_readers`."""
    found = Catalog(charset="utf-8")
    for folder, methods in WHERE.items():
        for name, line, message, comments, context in extract_from_dir(
            ROOT / folder, methods, keywords=KEYWORDS
        ):
            found.add(message, locations=[(name, line)], auto_comments=comments, context=context)
    return found


def update(tag: str) -> Catalog:
    """The catalogue of a language with all messages; new ones are empty."""
    path = LOCALE / f"{tag}.po"
    catalog = Catalog(locale=tag, charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=tag)
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def text(catalog: Catalog) -> bytes:
    """The catalogue as its file has it."""
    written = io.BytesIO()
    write_po(written, catalog, omit_header=True, include_lineno=False, width=100)
    name = Locale.parse(str(catalog.locale)).english_name
    header = HEADER.format(name=name, tag=catalog.locale, plural_forms=catalog.plural_forms)
    return header.encode() + written.getvalue()


def main() -> None:
    LOCALE.mkdir(exist_ok=True)
    for tag in TAGS:
        if tag != ENGLISH:
            (LOCALE / f"{tag}.po").write_bytes(text(update(tag)))


if __name__ == "__main__":
    main()
