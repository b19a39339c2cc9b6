"""No answer leads away from the site, whatever a request says of scheme, host and path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest
from desk_client import PASSWORD, Editor, add_token, add_user
from desk_forms import Desk
from processes import NO_TLS, PATIENCE, Server

SITE = "https://news.example"


@pytest.fixture(scope="module")
def https_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Behind a proxy that says nothing of https."""
    folder: Path = tmp_path_factory.mktemp("https")
    with Server(folder, BASE_URL=SITE) as server:
        yield server


@pytest.fixture(params=["BASE_URL", "without"])
def http(
    request: pytest.FixtureRequest, shared_server: Server, https_server: Server
) -> Iterator[httpx2.Client]:
    server = https_server if request.param == "BASE_URL" else shared_server
    token = add_token(server.env)
    editor = Editor(server.url, token)
    if editor.http.get("/api/stories/s").status_code == 404:
        editor.story("s")
    editor.close()
    with httpx2.Client(
        base_url=server.url, timeout=PATIENCE, trust_env=False, verify=NO_TLS
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/stories/s/embed/", "/stories/s/embed"),
        ("/stories/s//", "/stories/s"),
        ("/stories/s/?show=key&author=a%20b", "/stories/s?show=key&author=a%20b"),
        ("/topics/%D0%B6/", "/topics/%D0%B6"),
        ("/topics/%5c%5cevil.test/", "/topics/%5C%5Cevil.test"),
        ("/desk/login/", "/desk/login"),
        ("/api/stories/", "/api/stories"),
    ],
)
@pytest.mark.parametrize(
    "host", [None, "evil.test", "evil.test:99", "x@evil.test", "evil.test/a?", ""]
)
def test_a_slash_at_the_end_leads_to_a_path(
    http: httpx2.Client, path: str, meant: str, host: str | None
) -> None:
    headers = {} if host is None else {"Host": host}
    answer = http.get(path, headers=headers)
    assert answer.status_code == 307
    assert answer.headers["location"] == meant
    assert urlsplit(urljoin(f"{SITE}{path}", meant)).netloc == "news.example"


@pytest.mark.parametrize(
    "path",
    [
        "//evil.test/",
        "//evil.test/%2e%2e/",
        "/%5cevil.test/",
        "/%5c%5cevil.test/",
        "/%2f%2fevil.test/",
        "/%09/evil.test/",
        "///evil.test//",
        "//evil.test/stories/s/",
        "/stories//evil.test/",
        "/nothing/",
        "/stories/s/nothing/",
        "/api//evil.test/",
        "/desk//evil.test/",
        "/static//evil.test/",
    ],
)
def test_what_is_no_address_of_ours_leads_nowhere(http: httpx2.Client, path: str) -> None:
    answer = http.send(
        http.build_request("GET", httpx2.URL(f"{str(http.base_url).rstrip('/')}{path}"))
    )
    location = answer.headers.get("location")
    if location is not None:  # a page of the desk asks for the password first
        assert urlsplit(urljoin(f"{SITE}{path}", location)).netloc == "news.example"
        assert not location.startswith(("//", "/\\", "http"))
    else:
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/desk",
        "//evil.test/desk",
        "/\\evil.test",
        "/desk//evil.test",
        "/desk/../../evil",
        "/desk\\@evil.test",
        "/desk\n/evil.test",
        "/desk.evil.test",
        "/deskevil",
        "javascript:alert(1)",
        "/%5cevil.test",
        " /desk/users",
    ],
)
def test_after_signing_in_nobody_is_sent_away(shared_server: Server, target: str) -> None:
    # One of an address that no other test guesses, and one device, so that the check has no queue.
    email = "redirects@example.org"
    if email not in _made:
        add_user(shared_server.env, email, "editor")
        _made.add(email)
    desk = Desk(shared_server.url)
    answer = desk.sign_in(email, PASSWORD, target)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    desk.close()


_made: set[str] = set()
