"""The addresses of sites become origins as browsers send them, and nothing else passes."""

from __future__ import annotations

import pytest

from liveblog.models.origins import MOST, origin_of, origins_of


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://example.org", "https://example.org"),
        ("  example.org/ ", "https://example.org"),
        ("HTTPS://WWW.Example.org:443/a/page?x=1#y", "https://www.example.org"),
        ("http://example.org:80", "http://example.org"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("https://zeitung-köln.de", "https://xn--zeitung-kln-zfb.de"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://example.org.", "https://example.org"),
    ],
)
def test_what_people_paste_becomes_an_origin(given: str, origin: str) -> None:
    assert origin_of(given) == origin


@pytest.mark.parametrize(
    "given",
    [
        "null",
        "*",
        "https://*",
        "https://*.example.org",
        "file:///home",
        "javascript://example.org",
        "https://user@example.org",
        "https://example.org; script-src *",
        "https://example.org, https://example.net",
        "https://a b.org",
        "https://example.org:0",
        "https://example.org:99999",
        "https://",
        "https://" + "a" * 300 + ".org",
        "'self'",
        "https://[::1",
        "https://exam\nple.org",
        "https://-.org",
    ],
)
def test_what_is_no_site_is_refused(given: str) -> None:
    if given == "null":
        assert origin_of(given) == "https://null", "a host named null, never the origin null"
        return
    with pytest.raises(ValueError, match="must be the address of a site"):
        origin_of(given)


def test_a_list_holds_each_site_once_and_not_too_many() -> None:
    given = ["example.org", "", "https://example.org/", "http://example.org"]
    assert origins_of(given) == ("https://example.org", "http://example.org")
    with pytest.raises(ValueError, match="at most 50"):
        origins_of(f"https://a{number}.org" for number in range(MOST + 1))
