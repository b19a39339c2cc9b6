"""What a returning reader's page is told: `/stories/{slug}/changes`."""

from __future__ import annotations

import re

import pytest
from copies import tell
from desk_client import Editor
from processes import Server

ROW = re.compile(r'<p data-entry="(e[0-9a-f]{16})" data-rev="([0-9]+)"')


def changes(editor: Editor, slug: str, query: str = "?after=0") -> str:
    answer = editor.http.get(f"/stories/{slug}/changes{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def rows(html: str) -> dict[str, list[int]]:
    """The revisions that are told of, by the ids of the entries."""
    found: dict[str, list[int]] = {}
    for entry, rev in ROW.findall(html):
        found.setdefault(entry, []).append(int(rev))
    return found


def test_a_change_is_told_with_the_revision_that_made_it(editor: Editor) -> None:
    slug = editor.story()
    plain, sure, wrong, gone, back = (editor.post(slug, f"Number {n}")["id"] for n in range(5))
    editor.edit(slug, sure, body="Edited first")
    editor.edit(slug, sure, verification="confirmed")
    editor.edit(slug, sure, body="Edited later")
    editor.edit(slug, wrong, body="Right", correction="It was wrong.")
    editor.edit(slug, wrong, verification="retracted")
    editor.edit(slug, plain, body="Only edited", key=True)
    editor.remove(slug, gone)
    editor.remove(slug, back)
    editor.http.post(f"/api/stories/{slug}/entries/{back}/restore").raise_for_status()
    told = changes(editor, slug, "?after=5")
    assert rows(told) == {sure: [3], wrong: [3, 2], gone: [2]}
    assert "Number 3" not in told
    assert "was taken down" in told
    # Only what came after the place where the reader left.
    assert rows(changes(editor, slug, "?after=8")) == {wrong: [3, 2], gone: [2]}
    assert rows(changes(editor, slug, f"?after={editor.head(slug)}")) == {}


def test_new_updates_are_counted_and_the_way_back_leads_to_the_newest_before(
    editor: Editor,
) -> None:
    slug = editor.story()
    editor.post(slug, "Old")
    last = editor.post(slug, "The last before")["id"]
    for n in range(12):
        editor.post(slug, f"New {n}", headline=f"Headline {n}", key=n != 5)
    removed = editor.post(slug, "New, and gone", key=True)["id"]
    editor.remove(slug, removed)
    told = changes(editor, slug, "?after=2")
    assert 'data-count="12"' in told
    assert f"?order=oldest&amp;at={last}#{last}" in told
    shown = re.findall(r"Headline ([0-9]+)<", told)
    assert shown == ["11", "10", "9", "8", "7", "6", "4", "3", "2", "1"]


@pytest.mark.parametrize("query", ["", "?after=2&epoch=another", "?after=99"])
def test_where_the_log_does_not_reach_back_the_corrections_are_told(
    editor: Editor, query: str
) -> None:
    slug = editor.story()
    wrong = editor.post(slug, "Wrong")["id"]
    editor.edit(slug, wrong, body="Right", correction="It was wrong.")
    editor.edit(slug, wrong, body="Right again", correction="It was wrong again.")
    told = changes(editor, slug, query)
    assert 'data-count=""' in told
    assert rows(told) == {wrong: [3]}
    assert "read on" not in told.casefold()


def test_the_answer_is_bounded_and_is_kept_until_the_story_changes(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    editor.post(slug, "A long text. " * 200, headline="Headline " * 20, key=True)
    tell(shared_server, slug, 300)
    first = editor.http.get(f"/stories/{slug}/changes?after=0")
    assert len(first.content) < 20_000
    again = {"If-None-Match": first.headers["etag"]}
    assert editor.http.get(f"/stories/{slug}/changes?after=0", headers=again).status_code == 304
    editor.post(slug, "One more")
    assert editor.http.get(f"/stories/{slug}/changes?after=0", headers=again).status_code == 200


def test_many_removals_are_bounded_too(editor: Editor) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(110)]
    for entry in ids:
        editor.remove(slug, entry)
    told = rows(changes(editor, slug, "?after=110"))
    assert list(told) == ids[:-101:-1]


@pytest.mark.parametrize("after", ["x", "-1", "1.5"])
def test_a_wrong_position_is_refused(editor: Editor, after: str) -> None:
    slug = editor.story()
    answer = editor.http.get(f"/stories/{slug}/changes?after={after}")
    assert answer.status_code == 400
    assert "after" in answer.text
    assert editor.http.get("/stories/no-such/changes?after=1").status_code == 404
