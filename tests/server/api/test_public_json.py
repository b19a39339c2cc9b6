"""What programs of readers get of an entry: what its page shows, and nothing of how it came about."""

from __future__ import annotations

import io
import re
import secrets
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from desk_client import Editor, add_token
from photos import photo
from processes import Server

PUBLIC = (
    "id seq rev url published_at edited_at corrected_at occurred_at headline html body_html key pinned "
    "labels topics dateline credits sources verification corrections media embeds chapter"
).split()


def test_an_entry_is_what_its_page_shows(editor: Editor) -> None:
    topic = f"topic_{secrets.token_hex(4)}"
    slug = editor.story()
    made = editor.post(
        slug,
        "A **text**.\n\n[//]: # (ask Olena first)",
        status="draft",
        headline="The headline",
        topics=[topic],
        labels=["quote"],
        verification="confirmed",
        sources=[{"kind": "official", "name": "The mayor"}],
    )
    time.sleep(0.01)
    entry = editor.edit(slug, made["id"], status="published", correction="") | {"seq": 1}
    later = editor.post(slug)["id"]

    listed = got(editor, f"/stories/{slug}/entries?before={later}")
    of_topic = got(editor, f"/topics/{topic}")
    assert list(listed) == PUBLIC
    assert of_topic == listed | {"story": of_topic["story"]}
    on_site = listed | {
        "html": listed["html"].replace(f'="{editor.http.base_url}'.rstrip("/"), '="')
    }
    assert on_site == {name: entry[name] for name in PUBLIC}
    assert "Olena" not in str(of_topic)
    assert made["created_at"] not in str(of_topic)


def got(editor: Editor, address: str) -> dict[str, Any]:
    answer = editor.http.get(address, headers={"Accept": "application/json"})
    (entry,) = answer.json()["entries"]
    shown: dict[str, Any] = entry
    return shown


@pytest.fixture(scope="module", params=["https://news.example", ""])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Editor]]:
    """A server with its own address in the settings, and one without."""
    folder: Path = tmp_path_factory.mktemp("place")
    with Server(folder, BASE_URL=request.param) as server:
        editor = Editor(server.url, add_token(server.env))
        yield request.param, editor
        editor.close()


def test_every_address_is_whole(place: tuple[str, Editor]) -> None:
    """Under BASE_URL; without it under the host of the request, and then nobody keeps it."""
    base, editor = place
    slug, topic = editor.story(), f"topic_{secrets.token_hex(4)}"
    content = io.BytesIO(b"")
    photo(600, 400).save(content, "JPEG")
    sent = {"file": ("a.jpg", content.getvalue(), "image/jpeg")}
    medium = editor.http.post("/api/media", files=sent, data={"alt": "A tram"}).json()["id"]
    made = editor.post(
        slug,
        "See [this](https://example.org/?a=1&b=2) and mail desk@example.org",
        topics=[topic],
        media=[medium],
        verification="confirmed",
    )
    editor.edit(
        slug, made["id"], body="See [that](https://example.org/?a=1&b=2).", correction="That."
    )
    later = editor.post(slug)["id"]
    for host in ("one.example", "two.example:8443"):
        site = base or f"http://{host}"
        for path in (
            f"/stories/{slug}/entries?before={later}",
            f"/topics/{topic}",
            f"/stories/{slug}/corrections",
        ):
            headers = {"Accept": "application/json", "Host": host}
            answer = editor.http.get(path, headers=headers)
            assert answer.status_code == 200
            kept = answer.headers["cache-control"]
            assert kept == ("public, no-cache" if base else "no-store")
            found = list(addresses(answer.json()))
            assert found
            for address in found:
                parts = urlsplit(address)
                assert parts.scheme in {"http", "https", "mailto", "data"}, address
                if parts.netloc and parts.netloc != "example.org":
                    assert address.startswith(site + "/"), address
    polled = editor.http.get(f"/stories/{slug}/events?after=0").json()["events"][0]["html"]
    assert f'href="/stories/{slug}' in polled  # the page's own form
    assert f'href="/topics/{topic}"' in polled


def addresses(value: Any) -> Iterator[str]:
    """All that stand in JSON: in fields that are one, and in attributes of markup."""
    if isinstance(value, list):
        for one in value:
            yield from addresses(one)
    for name, one in value.items() if isinstance(value, dict) else ():
        if isinstance(one, dict | list):
            yield from addresses(one)
        elif one and name in {"url", "placeholder", "frame"}:
            yield one
        elif one and name in {"html", "body_html"}:
            for attribute, given in re.findall(r' (href|src|srcset|poster)="([^"]*)"', one):
                several = given.split(",") if attribute == "srcset" else [given]
                yield from (unescape(each).strip().partition(" ")[0] for each in several)
