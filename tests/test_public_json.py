"""What programs of readers get of an entry: what its page shows, and nothing of how it came about."""

from __future__ import annotations

import secrets
import time
from typing import Any

from desk_client import Editor

PUBLIC = (
    "id seq rev url published_at edited_at corrected_at occurred_at headline html body_html key pinned "
    "labels topics dateline credits sources verification corrections media embeds"
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
    assert listed == {name: entry[name] for name in PUBLIC}
    assert "Olena" not in str(of_topic)
    assert made["created_at"] not in str(of_topic)


def got(editor: Editor, address: str) -> dict[str, Any]:
    answer = editor.http.get(address, headers={"Accept": "application/json"})
    (entry,) = answer.json()["entries"]
    shown: dict[str, Any] = entry
    return shown
