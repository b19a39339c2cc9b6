"""The catalogues of the interface: without gaps, with all plurals."""

from __future__ import annotations

import re

import messages
import pytest
from babel.messages.catalog import Message
from catalogues import PLACEHOLDER, catalogue, forms, sources, words

from liveblog.content.language import ENGLISH, TAGS, language

__all__ = ["words"]  # the fixture

OTHERS = [tag for tag in TAGS if tag != ENGLISH]


# In Arabic, none, one and two are words of their own.
WITHOUT_NUMBER = {"ar": {0, 1, 2}}


@pytest.mark.parametrize("tag", OTHERS)
def test_a_catalogue_has_exactly_the_messages_that_are_used(tag: str, words: list[Message]) -> None:
    there = catalogue(tag)
    assert not there.obsolete
    assert [message.id for message in there if message.id] == [message.id for message in words]


@pytest.mark.parametrize("tag", OTHERS)
def test_every_message_is_translated_with_its_placeholders_and_plurals(tag: str) -> None:
    there = catalogue(tag)
    assert not there.fuzzy
    for message in there:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        if message.pluralizable:
            assert len(forms(message)) == there.num_plurals, message.id
        expected = sorted(PLACEHOLDER.findall(sources(message)[0]))
        for number, text in enumerate(forms(message)):
            assert text.strip() == text != "", message.id
            found = sorted(PLACEHOLDER.findall(text))
            wordy = message.pluralizable and number in WITHOUT_NUMBER.get(tag, ())
            assert found == ([] if wordy else expected), text
            assert '"' not in text, "typographic quotes: it may stand in an attribute"


@pytest.mark.parametrize("tag", OTHERS)
def test_the_tool_changes_nothing_where_nothing_is_new(tag: str) -> None:
    """So `python tools/messages.py` was run, and says nothing of when and by whom."""
    file = (messages.LOCALE / f"{tag}.po").read_bytes()
    assert messages.text(messages.update(tag)) == file
    head = file.decode().split("\n\n", maxsplit=1)[0]
    assert f'"Language: {tag}\\n"' in head
    assert not re.search("fuzzy|EMAIL|YEAR|Date", head)


@pytest.mark.parametrize("tag", OTHERS)
def test_each_plural_of_unicode_has_the_form_of_the_catalogue(tag: str) -> None:
    """Browsers choose by Unicode's names, gettext by its formula: both mean the same."""
    spoken = language(tag)
    told = dict(
        re.findall(r'data-(\w+)="([^"]*)"', spoken.plurals("# new update", "# new updates"))
    )
    for number in range(1_000):
        name = spoken._locale.plural_form(number)
        expected = spoken.translations.ngettext("# new update", "# new updates", number)
        assert told[name] == expected, number
