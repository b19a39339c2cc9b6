"""The public record of a story as its pages show it: an entry, its history, the corrections."""

from __future__ import annotations

from typing import Any

from desk_client import Editor
from selectolax.lexbor import LexborHTMLParser, LexborNode


def page(editor: Editor, path: str) -> LexborHTMLParser:
    answer = editor.http.get(path)
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


def shown(editor: Editor, slug: str, entry: str) -> LexborNode:
    """The entry on the story's page."""
    found = page(editor, f"/stories/{slug}").css_first(f'article[id="{entry}"]')
    assert found is not None
    return found


def history(editor: Editor, slug: str, entry: str) -> list[LexborNode]:
    """The items of the history on the entry's page."""
    return page(editor, f"/stories/{slug}/entries/{entry}").css("#history li")


def corrections(editor: Editor, slug: str, **query: str) -> dict[str, Any]:
    answer = editor.http.get(
        f"/stories/{slug}/corrections", params=query, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    listed: dict[str, Any] = answer.json()
    return listed


def words(node: LexborNode, selector: str) -> list[str]:
    return [" ".join(found.text().split()) for found in node.css(selector)]


# --- verification
