"""What is removed is gone from the public; what is purged is gone, for good."""

from __future__ import annotations

import secrets

from desk_client import Editor
from processes import Server, until
from readers import Reader
from rows import everything_in, rows


def test_a_removed_entry_is_gone_from_the_public_and_kept_for_the_newsroom(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The body text.", key=True, pinned=True)["id"]
    assert editor.remove(slug, entry, reason="Not true.")["seq"] == 2
    assert entry not in editor.http.get(f"/stories/{slug}").text
    assert entry not in editor.http.get(f"/stories/{slug}/embed").text
    gone = editor.http.get(f"/stories/{slug}/entries/{entry}")
    assert gone.status_code == 410
    assert "body text" not in gone.text
    kept = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
    assert (kept["status"], kept["body"]) == ("removed", "The body text.")


def test_removing_again_changes_nothing(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    first = editor.http.request("DELETE", f"/api/stories/{slug}/entries/{entry}")
    assert (first.status_code, first.json()["seq"]) == (200, 2)
    assert editor.remove(slug, entry)["seq"] == 2
    assert editor.head(slug) == 2


def test_what_was_removed_can_no_longer_be_changed(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    editor.remove(slug, entry)
    answer = editor.http.patch(f"/api/stories/{slug}/entries/{entry}", json={"body": "Back?"})
    assert answer.status_code == 409
    assert editor.head(slug) == 2


def test_a_removal_can_be_followed_by_a_purge(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The body text.")["id"]
    editor.remove(slug, entry)
    assert editor.remove(slug, entry, purge=True)["seq"] == 3
    assert editor.remove(slug, entry, purge=True)["seq"] == 3
    assert "body text" not in editor.http.get(f"/api/stories/{slug}/entries/{entry}/history").text


async def test_devices_are_told_of_stories_of_which_something_was_taken_down(
    editor: Editor,
) -> None:
    removed, withdrawn, restored, untouched, never = (editor.story() for _ in range(5))
    ids = {slug: editor.post(slug)["id"] for slug in (removed, withdrawn, restored, untouched)}
    draft = editor.post(never, status="draft")["id"]
    editor.remove(removed, ids[removed])
    editor.remove(never, draft)
    undo = f"/api/stories/{withdrawn}/entries/{ids[withdrawn]}/undo"
    editor.http.post(undo, json={"rev": 1}).raise_for_status()
    editor.remove(restored, ids[restored])
    restore = f"/api/stories/{restored}/entries/{ids[restored]}/restore"
    editor.http.post(restore).raise_for_status()

    def told() -> dict[str, str]:
        stories: dict[str, str] = editor.http.get("/removals.json").json()["stories"]
        return stories

    await until(lambda: restored not in told())
    found = told()
    assert {removed, withdrawn} <= set(found)
    assert not {restored, untouched, never} & set(found)
    last = editor.http.get(f"/stories/{withdrawn}/events?after=1").json()["events"][-1]
    assert found[withdrawn] == last["at"]


def test_a_purge_takes_away_what_the_text_could_be_recognized_by(
    shared_server: Server, editor: Editor
) -> None:
    """The digest that tells a repeat from another text; the key stays used."""
    slug, key = editor.story(), secrets.token_hex(8)
    path = f"/api/stories/{slug}/entries"

    def send() -> tuple[int, str, str, str]:
        answer = editor.http.post(path, json={"body": "A name."}, headers={"Idempotency-Key": key})
        made = answer.json()
        return answer.status_code, made["id"], made["status"], made["body"]

    code, entry, *_ = send()
    assert code == 201
    editor.remove(slug, entry, purge=True)
    found = rows(shared_server, "SELECT digest FROM idempotency_keys WHERE key = :key", key=key)
    assert [row["digest"] for row in found] == [""]
    assert send() == (200, entry, "removed", "")
    assert editor.head(slug) == 2


async def test_a_purge_takes_the_text_out_of_everything(
    shared_server: Server, editor: Editor
) -> None:
    """Also out of what the process holds for readers who resume, and out of the files."""
    marker = secrets.token_hex(12)
    slug = editor.story()
    editor.post(slug, "It stays.")
    entry = editor.post(
        slug,
        f"{marker} in a long text. " * 500,
        headline=f"{marker} in the headline",
        key=True,
        dateline=f"{marker} place",
        topics=[f"t{marker}"],
        labels=[f"l{marker}"],
        credits=[{"role": "text", "name": f"{marker} name", "handle": f"@{marker}"}],
        sources=[{"kind": "witness", "name": f"{marker} source", "quote": f"{marker} quote"}],
        verification={"status": "checking", "note": f"{marker} note"},
    )["id"]
    editor.edit(slug, entry, body=f"An edit, still with {marker}.")
    editor.edit(slug, entry, pinned=True)
    public = [
        f"/stories/{slug}",
        f"/stories/{slug}/embed",
        f"/stories/{slug}/events?after=0",
        f"/stories/{slug}/entries/{entry}",
    ]
    private = [
        f"/api/stories/{slug}/entries/{entry}",
        f"/api/stories/{slug}/entries/{entry}/history",
        f"/api/stories/{slug}/entries?status=removed&status=published",
        f"/api/stories/{slug}/entries?topic=t{marker}&status=removed&status=published",
    ]
    for address in public + private:
        assert marker in editor.http.get(address).text, f"never was at {address}"
    assert marker.encode() in everything_in(shared_server)
    async with Reader(shared_server.ws, slug, after=0) as before:
        await before.until(4)
        assert marker in str(before.frames)
        assert editor.remove(slug, entry, purge=True, reason="A court said so.")["seq"] == 5
        await before.until(5)
        async with Reader(shared_server.ws, slug, after=0) as later:
            await later.until(5)
            assert later.log == [1, 2, 3, 4, 5]
            assert marker not in str(later.frames)
    for address in public + private:
        assert marker not in editor.http.get(address).text, f"still at {address}"
    assert editor.http.get(public[-1]).status_code == 410
    history = editor.http.get(private[1]).json()["revisions"]
    assert [revision["action"] for revision in history] == [
        "published", "revised", "pinned", "purged",
    ]  # fmt: skip
    assert history[-1]["note"] == "A court said so."
    assert marker.encode() not in everything_in(shared_server)


async def test_a_reader_that_was_behind_a_purge_gets_every_number_and_no_text(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    gone = editor.post(slug, "The purged text.")["id"]
    stays = editor.post(slug, "It stays.")["id"]
    editor.edit(slug, gone, body="The purged text, edited.")
    editor.remove(slug, gone, purge=True)
    async with Reader(shared_server.ws, slug, after=0) as reader:
        await reader.until(4)
        assert [(e["seq"], e["kind"], e["id"]) for e in reader.events] == [
            (1, "entry.removed", gone),
            (2, "entry.published", stays),
            (3, "entry.removed", gone),
            (4, "entry.removed", gone),
        ]
        assert "purged text" not in str(reader.frames)
