"""What the check of structured data refuses."""

from __future__ import annotations

from typing import Any

import pytest
from json_ld import check

POSTING: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "BlogPosting",
    "url": "https://news.example/a",
    "headline": "A",
    "articleBody": "B",
    "datePublished": "2026-11-30T10:00:00Z",
    "dateModified": "2026-11-30T10:00:00Z",
    "author": [{"@type": "Person", "name": "Fin", "url": "https://news.example/fin"}],
}


def test_a_right_one_passes() -> None:
    check(POSTING)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"@context": "http://example.org"}, "schema.org"),
        ({"headlines": "A"}, "BlogPosting has no headlines"),
        ({"liveBlogUpdate": []}, "BlogPosting has no liveBlogUpdate"),
        ({"keywords": []}, "keywords is empty"),
        ({"headline": 1}, "headline: 1"),
        ({"image": "a picture"}, "image: 'a picture'"),
        ({"image": {"@type": "Person", "name": "A", "url": "https://news.example"}}, "image: "),
        ({"image": {"@type": "ImageObject", "url": "https://news.example/a.png"}}, "without {'contentUrl'}"),
        ({"author": {"@type": "Person", "name": "Fin"}}, "Person without {'url'}"),
        ({"datePublished": "30 November"}, "Invalid isoformat"),
        ({"datePublished": "2026-11-30T10:00:00"}, "datePublished: "),
        ({"author": {"@type": "Robot"}}, "Robot"),
    ],
)  # fmt: skip
def test_a_wrong_one_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises((AssertionError, ValueError, KeyError)) as refusal:
        check(POSTING | wrong)
    assert says in str(refusal.value)
