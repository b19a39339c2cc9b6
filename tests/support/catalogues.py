"""The catalogues of the interface, as gettext has them."""

# ruff: noqa: RUF001 - words in other alphabets

from __future__ import annotations

import re

import messages
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

PLACEHOLDER = re.compile(r"%\(\w+\)s|#")


UKRAINIAN = {
    "language": "uk",
    "title": "Харків: захоплення під загрозою",
    "summary": "Лінія тримається.",
    "place": "Харків",
    "topic": "харків",
    "text": "У центр міста **досі не влучали**, каже [мер](https://example.org/a).",
    "name": "Фін",
}


def catalogue(tag: str) -> Catalog:
    with (messages.LOCALE / f"{tag}.po").open("rb") as file:
        return read_po(file, locale=tag)


def forms(message: Message) -> tuple[str, ...]:
    text = message.string
    return text if isinstance(text, tuple) else (str(text),)


def sources(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (str(message.id),)


@pytest.fixture(scope="module")
def words() -> list[Message]:
    """All messages of the interface, in English."""
    return [message for message in messages.template() if message.id]
