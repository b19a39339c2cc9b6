"""The largest and oddest texts are rendered in bounded time, and readers do not wait for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import httpx2
import pytest
from bad_requests import check_problem
from desk_client import Editor
from processes import NO_TLS, PATIENCE, Server
from readers import Reader
from served_html import check_harmless

from liveblog.content.markup.markdown import excerpt, to_html
from liveblog.errors import Invalid

SIZE = 64 * 1024
# Of what is accepted the dearest takes a third of a second.
CPU_SECONDS = 5.0


def filled(unit: str) -> str:
    return (unit * (SIZE // len(unit) + 1))[:SIZE]


def growing(unit: str, between: str) -> str:
    """The unit once, twice, three times, … with something between: none closes another."""
    return filled("".join(between + unit * n for n in range(1, 361)))


def nested_lists() -> str:
    return filled("\n".join("  " * depth + "- a" for depth in range(9)) + "\n")


def definitions() -> str:
    return "".join(f"[a{n}]: b\n" for n in range(3000)) + "".join(f"[a{n}] " for n in range(4000))


def lazy_quote() -> str:
    return (">" * 9 + "a\n" + "b\n" * 3_000)[:SIZE]


def wide_table() -> str:
    return ("|a" * 100 + "|\n" + "|-" * 100 + "|\n" + "x\n" * SIZE)[:SIZE]


SHAPES: dict[str, Callable[[], str]] = {
    **{
        unit: lambda unit=unit: filled(unit)  # type: ignore[misc]
        for unit in ("[", "[a](", "*a **a ", "`", "&", "[a]: b\n")
    },
    "brackets in brackets": lambda: "[" * (SIZE // 2) + "]" * (SIZE // 2),
    "emphasis in emphasis": lambda: "**a " * 9_000 + "b" + " a**" * 7_000,
    "runs of backticks": lambda: growing("`", "a"),
    "lists in lists": nested_lists,
    "links by definition": definitions,
    "a link beside a link": lambda: filled("[x](http://a.example) "),
    "a quote that goes on": lazy_quote,
    "a table of empty cells": wide_table,
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_64_kib_of_any_shape_are_rendered_in_bounded_time(shape: str) -> None:
    source = SHAPES[shape]()
    began = time.process_time()
    html = ""
    with suppress(Invalid):  # over a limit (tests/unit/test_markdown_limits.py)
        html = to_html(source)
    excerpt(html)
    assert time.process_time() - began < CPU_SECONDS
    check_harmless(html)


@pytest.mark.parametrize("mark", ["[", "(", "*", "`", "](", "**a "])
async def test_ten_thousand_nested_brackets_are_harmless(
    shared_server: Server, editor: Editor, mark: str
) -> None:
    slug = editor.story()
    async with Reader(shared_server.ws, slug, after=0) as reader:
        body = mark * 10_000 + "x\n\nStands."
        entry = editor.post(slug, body)
        await reader.until(1)
    assert entry["body"] == body
    pushed = reader.events[0]["html"]
    page = editor.http.get(f"/stories/{slug}").text
    assert pushed in page
    tree = check_harmless(page)
    assert len(tree.css("article")) == 1
    assert "Stands." in tree.css_first("article .body").text()  # type: ignore[union-attr]
    assert depth(page) < 400, "browsers stop nesting at 512"


@pytest.mark.parametrize("mark", [">", "> ", "- ", "1. ", "> - "])
def test_ten_thousand_nested_blocks_are_refused(editor: Editor, mark: str) -> None:
    slug = editor.story()
    body = f"Before.\n\n{mark * 10_000}x\n\nAfter."
    answer = editor.http.post(f"/api/stories/{slug}/entries", json={"body": body})
    check_problem(answer, 422, {"body": "too many lists or quotations in each other"})
    assert editor.head(slug) == 0


def test_nine_blocks_in_each_other_are_shown_whole(editor: Editor) -> None:
    lists = "".join("  " * depth + f"- item {depth}\n" for depth in range(9))
    html = editor.post(editor.story(), f"{lists}\n\nAfter.\n\n{'> ' * 9}quoted")["body_html"]
    assert html.count("<ul>") == html.count("<blockquote>") == 9
    assert "item 8" in html
    assert "After." in html
    assert "quoted" in html


async def test_readers_do_not_wait_while_a_large_text_is_rendered(
    shared_server: Server, shared_token: str, editor: Editor
) -> None:
    slug = editor.story()
    async with httpx2.AsyncClient(
        base_url=shared_server.url,
        headers={"Authorization": f"Bearer {shared_token}"},
        timeout=PATIENCE,
        trust_env=False,
        verify=NO_TLS,
    ) as client:
        body = {"body": "# a *b*\n" * 7_000}
        slow = asyncio.create_task(client.post(f"/api/stories/{slug}/entries", json=body))
        answered = 0
        while not slow.done():
            assert (await client.get(f"/stories/{slug}")).status_code == 200
            answered += 1
        assert slow.result().status_code == 201
    assert answered > 5, "the page had to wait for the text"


def depth(page: str) -> int:
    tree = check_harmless(page)
    deepest = 0
    assert tree.body is not None
    stack = [(tree.body, 1)]
    while stack:
        node, at = stack.pop()
        deepest = max(deepest, at)
        stack += [(child, at + 1) for child in node.iter()]
    return deepest
