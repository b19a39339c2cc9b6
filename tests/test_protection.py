"""What keeps correspondents from being recognized or found, as time passes: by a clock of the test's own."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from commands import run
from desk_client import PASSWORD, Editor
from members import member
from photos import jpeg, photo
from processes import Server
from provider_answers import YOUTUBE

from liveblog.content.cards import card
from liveblog.content.providers import Providers
from liveblog.content.templates import Templates
from liveblog.errors import Forbidden
from liveblog.models.content import Entry, EntryStatus, Event, Medium, Story
from liveblog.models.members import Role, User, WithheldPlace
from liveblog.net.safe_fetch import SafeFetcher
from liveblog.newsroom import stories
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries import edit
from liveblog.newsroom.entries.bulk import bulk
from liveblog.newsroom.entries.link_cards import embed
from liveblog.newsroom.entries.preview import preview
from liveblog.newsroom.entries.removal import remove
from liveblog.newsroom.entries.reveal_place import reveal_place
from liveblog.newsroom.entries.undo import restore, undo
from liveblog.newsroom.forms import (
    Bulk,
    EntryChange,
    NewEntry,
    NewStory,
    Removal,
    Undo,
    UploadForm,
)
from liveblog.newsroom.link_cards import CardFetcher
from liveblog.newsroom.media import find, upload
from liveblog.newsroom.validation import parse
from liveblog.store import Folder, Store, schema

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REAL, EXACT = "Oksana Realname", "Freedom Square 5"
AT = "2026-11-22T11:47:00Z"


class Paper:
    """A newsroom of two whose clock stands until it is told otherwise."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.now = NOON
        self.store = store
        self.events: list[Event] = []
        site = {"name": "Test", "base_url": "http://localhost"}
        self.newsroom = Newsroom(
            store, Templates(site), self._announce, Folder(folder), clock=lambda: self.now
        )

    async def _announce(self, story: Story, events: Sequence[Event]) -> None:
        del story
        self.events += events

    async def open(self) -> None:
        add = self.store.accounts.add
        self.editor = await add("editor@example.org", "Ed Itor", Role.EDITOR, "!")
        self.author = await add("oksana@example.org", REAL, Role.CONTRIBUTOR, "!")
        await stories.open_story(
            self.newsroom, self.editor, parse(NewStory, {"slug": "s", "title": "S"})
        )

    async def protect(self, **values: Any) -> None:
        await self.store.protections.change("oksana@example.org", **values)

    async def submit(self, **values: Any) -> Entry:
        form = parse(NewEntry, {"body": "Shelling.", "status": "submitted"} | values)
        return (await edit.publish(self.newsroom, self.author, "s", form)).entry

    async def change(self, entry: Entry, by: User | None = None, **values: Any) -> Entry:
        form = parse(EntryChange, values)
        return (await edit.revise(self.newsroom, by or self.editor, "s", entry.id, form)).entry

    async def publish(self, entry: Entry, **values: Any) -> Entry:
        return await self.change(entry, status="published", **values)

    async def pass_time(self, minutes: int) -> None:
        """Then does what the schedule does."""
        self.now += timedelta(minutes=minutes)
        for slug, entry in await self.store.log.due(self.now):
            await edit.publish_due(self.newsroom, slug, entry)
        for slug, entry in await self.store.protections.due(self.now):
            await reveal_place(self.newsroom, slug, entry)

    async def undo(self, entry: Entry) -> Entry:
        """Takes back the change that made what is given."""
        return (await undo(self.newsroom, self.editor, "s", entry.id, Undo(rev=entry.rev))).entry

    async def upload(self, **said: Any) -> Medium:
        file = BytesIO(jpeg(photo(40, 30)))
        return await upload(self.newsroom, self.author, file, parse(UploadForm, said))

    async def known(self, entry: Entry) -> WithheldPlace:
        return (await self.store.protections.withheld_places([entry.id]))[entry.id]

    async def entry(self, entry: Entry) -> Entry:
        return (await self.store.stories.entry("s", entry.id))[1]


@pytest.fixture
async def paper(tmp_path: Path) -> AsyncIterator[Paper]:
    store = Store(f"sqlite:///{tmp_path / 'liveblog.sqlite3'}")
    await schema.migrate(store.database)
    made = Paper(store, tmp_path)
    await made.open()
    yield made
    await store.close()


async def test_the_delay_holds_back_whoever_publishes(paper: Paper) -> None:
    await paper.protect(delay=30)
    entry = await paper.submit()
    await paper.pass_time(10)
    held = await paper.publish(entry)
    assert (held.status, held.published_at) == (
        EntryStatus.SCHEDULED,
        NOON + timedelta(minutes=30),
    )
    assert await paper.publish(held) == held  # asking again does not help
    sooner = await paper.change(held, publish_at=(paper.now + timedelta(minutes=1)).isoformat())
    assert sooner.published_at == NOON + timedelta(minutes=30)
    await paper.pass_time(19)
    assert paper.events == []
    await paper.pass_time(2)
    shown = await paper.entry(entry)
    assert (shown.status, shown.published_at) == (EntryStatus.PUBLISHED, paper.now)


async def test_the_delay_begins_when_the_author_last_wrote(paper: Paper) -> None:
    await paper.protect(delay=30)
    entry = await paper.submit()
    await paper.pass_time(25)
    await paper.change(entry, paper.author, body="Still shelling.")
    held = await paper.publish(entry, body="Shelling goes on.")  # an editor's words do not count
    assert held.published_at == NOON + timedelta(minutes=55)


async def test_no_time_that_is_shown_is_that_of_the_writing(paper: Paper) -> None:
    """Backdating to it would tell where the author was."""
    await paper.protect(delay=30)
    entry = await paper.submit()
    await paper.pass_time(60)
    shown = await paper.publish(entry, publish_at=NOON.isoformat())
    assert shown.published_at == NOON + timedelta(minutes=30)


async def test_an_editor_may_publish_at_once(paper: Paper) -> None:
    await paper.protect(delay=30)
    entry = await paper.submit(at_once=True)
    assert entry.status is EntryStatus.SUBMITTED
    with pytest.raises(Forbidden):
        await paper.change(entry, paper.author, status="published", at_once=True)
    held = await paper.publish(entry)
    shown = await paper.publish(held, at_once=True)
    assert (shown.status, shown.published_at) == (EntryStatus.PUBLISHED, NOON)


async def test_a_place_is_shown_exactly_when_its_hour_has_come(paper: Paper) -> None:
    await paper.protect(place="region", region="Kharkiv region", place_delay=60)
    entry = await paper.submit(dateline=EXACT, occurred_at=AT)
    assert (entry.dateline, entry.occurred_at) == (
        "Kharkiv region",
        NOON - timedelta(hours=1),
    )
    shown = await paper.publish(entry, headline="Shelling")
    await paper.pass_time(59)
    assert EXACT not in str(paper.events)
    assert (await paper.entry(shown)).dateline == "Kharkiv region"
    await paper.pass_time(1)
    exact = await paper.entry(shown)
    assert (exact.dateline, exact.occurred_at) == (EXACT, datetime.fromisoformat(AT))
    assert (exact.edited_at, exact.rev) == (None, shown.rev + 1)
    assert (paper.events[-1].kind, EXACT in paper.events[-1].payload) == ("entry.updated", True)
    assert await paper.store.protections.withheld_places([entry.id]) == {}
    await paper.pass_time(60)
    assert len(paper.events) == 2


async def test_what_an_editor_wrote_instead_stays(paper: Paper) -> None:
    await paper.protect(place="hidden", place_delay=60)
    entry = await paper.submit(dateline=EXACT, occurred_at=AT)
    assert entry.dateline is None
    shown = await paper.publish(entry, dateline="Eastern Ukraine")
    assert shown.dateline == "Eastern Ukraine"
    await paper.pass_time(61)
    after = await paper.entry(shown)
    assert (after.dateline, after.occurred_at) == (
        "Eastern Ukraine",
        datetime.fromisoformat(AT),
    )


async def test_an_exact_place_stays_withheld_from_who_is_protected_more_by_now(
    paper: Paper,
) -> None:
    await paper.protect(place="region", region="The east", place_delay=60)
    entry = await paper.publish(await paper.submit(dateline=EXACT))
    await paper.protect(place_delay=None)
    await paper.pass_time(60)
    assert (await paper.entry(entry)).dateline == "The east"
    assert await paper.store.protections.due(paper.now) == []


async def test_what_the_author_changes_is_withheld_anew(paper: Paper) -> None:
    await paper.protect(place="region", region="The east")
    entry = await paper.submit(dateline="Here", occurred_at=AT)
    same = await paper.change(entry, paper.author, dateline="The east", body="More.")
    known = (await paper.store.protections.withheld_places([entry.id]))[entry.id]
    assert (known.dateline, same.dateline) == ("Here", "The east")
    moved = await paper.change(entry, paper.author, dateline=EXACT)
    known = (await paper.store.protections.withheld_places([entry.id]))[entry.id]
    assert (known.dateline, moved.dateline) == (EXACT, "The east")
    assert EXACT not in str(await paper.store.stories.history(moved))


async def test_the_public_name_stands_for_the_real_one(paper: Paper) -> None:
    plain = await paper.submit()
    assert plain.credits == ()  # a real name is never added by itself
    await paper.protect(byline="Fin", handle="@fin")
    (credit,) = (await paper.submit()).credits
    assert (credit.role, credit.name, credit.handle) == ("text", "Fin", "@fin")
    named = await paper.submit(
        credits=[
            {"role": "photo", "name": REAL.upper(), "url": "https://example.org/oksana"},
            {"role": "text", "name": "Somebody Else"},
        ],
        sources=[{"kind": "correspondent", "name": REAL}],
    )
    assert [(c.role, c.name, c.url) for c in named.credits] == [
        ("photo", "Fin", None),
        ("text", "Somebody Else", None),
    ]
    assert named.sources[0].name == "Fin"
    again = await paper.change(named, credits=[{"role": "text", "name": REAL}])
    assert [credit.name for credit in again.credits] == ["Fin"]


async def test_what_is_set_before_the_hour_holds_at_the_hour(paper: Paper) -> None:
    entry = await paper.submit(
        credits=[{"role": "text", "name": REAL}], dateline=EXACT, occurred_at=AT
    )
    await paper.pass_time(10)
    hour = (paper.now + timedelta(minutes=5)).isoformat()
    await paper.change(entry, status="scheduled", publish_at=hour)
    await paper.protect(byline="Fin", delay=45, place="region", region="The east", place_delay=60)
    await paper.pass_time(5)
    waiting = await paper.entry(entry)
    assert (waiting.status, waiting.published_at) == (
        EntryStatus.SCHEDULED,
        NOON + timedelta(minutes=45),
    )
    assert paper.events == []
    await paper.protect(place="hidden")
    await paper.pass_time(30)
    shown = await paper.entry(entry)
    assert (shown.status, shown.published_at) == (EntryStatus.PUBLISHED, paper.now)
    assert (shown.credits[0].name, shown.dateline) == ("Fin", None)
    assert shown.occurred_at == NOON - timedelta(hours=1)
    assert not any(private in str(paper.events) for private in (REAL, EXACT, "11:47"))
    await paper.pass_time(60)
    assert (await paper.entry(entry)).dateline == EXACT


async def test_what_an_editor_decides_stays_until_the_hour(paper: Paper) -> None:
    """Also where its author gave no place, and when it is edited again; what was older is withheld."""
    older = await paper.submit(dateline=EXACT, occurred_at=AT)
    await paper.protect(delay=30, place="hidden")
    entry = await paper.submit()
    held = await paper.publish(entry, dateline="Eastern Ukraine", occurred_at=AT)
    await paper.change(held, body="Shelling, they say.")
    by_hand = await paper.publish(older, at_once=True, headline="Shelling")
    assert (by_hand.status, by_hand.dateline) == (EntryStatus.PUBLISHED, None)
    assert by_hand.occurred_at == NOON - timedelta(hours=1)
    await paper.pass_time(30)
    shown = await paper.entry(entry)
    assert (shown.status, shown.dateline) == (EntryStatus.PUBLISHED, "Eastern Ukraine")
    assert shown.occurred_at == datetime.fromisoformat(AT)
    assert (EXACT in str(paper.events), REAL in str(paper.events)) == (False, False)


async def test_at_once_is_now_and_not_at_an_hour(paper: Paper) -> None:
    await paper.protect(delay=30)
    hour = (NOON + timedelta(minutes=5)).isoformat()
    held = await paper.publish(await paper.submit(), at_once=True, publish_at=hour)
    assert held.published_at == NOON + timedelta(minutes=30)


async def test_no_later_time_of_publication_is_that_of_the_writing(paper: Paper) -> None:
    """Nor of what is public, nor of what was published at once, nor by taking back."""
    await paper.protect(delay=30)
    waited, at_once = await paper.submit(), await paper.submit()
    await paper.pass_time(5)
    past = (NOON - timedelta(hours=1)).isoformat()
    hasty = await paper.publish(at_once, at_once=True, publish_at=past)
    assert hasty.published_at == NOON + timedelta(minutes=5)
    assert (await paper.change(hasty, publish_at=past)).published_at == hasty.published_at
    await paper.publish(waited)
    await paper.pass_time(55)
    back = await paper.change(waited, publish_at=past)
    assert back.published_at == NOON + timedelta(minutes=30)
    await paper.protect(delay=0)
    early = await paper.change(waited, publish_at=past)
    late = await paper.change(early, publish_at=paper.now.isoformat())
    await paper.protect(delay=30)
    assert (await paper.undo(late)).published_at == NOON + timedelta(minutes=30)
    form = parse(NewEntry, {"body": "Mine.", "at_once": True, "publish_at": past})
    await paper.store.protections.change("editor@example.org", delay=30)
    own = (await edit.publish(paper.newsroom, paper.editor, "s", form)).entry
    assert (own.status, own.published_at) == (EntryStatus.PUBLISHED, paper.now)


async def test_no_card_or_source_tells_when_it_was_written(paper: Paper) -> None:
    """Not that which was there before the publication, nor that which follows."""
    paper.newsroom = replace(paper.newsroom, cards=CardFetcher(Providers(), SafeFetcher()))
    await paper.protect(delay=45)
    paper.now = wrote = NOON + timedelta(minutes=7)
    said = {"kind": "social", "name": "A", "quote": "Q", "retrieved_at": wrote.isoformat()}
    entry, follows = [
        await paper.submit(body=f"Shelling.\n\n{YOUTUBE}", sources=[said]) for _ in range(2)
    ]
    link = Providers().link(YOUTUBE)
    assert link
    await paper.store.link_cards.put(card(link, wrote, b'{"title": "T"}'), wrote)
    await embed(paper.newsroom, "s", entry.id)
    waiting = await paper.publish(await paper.entry(entry))
    assert (waiting.embeds[0].retrieved_at, waiting.sources[0].retrieved_at) == (wrote, wrote)
    await paper.publish(follows)
    await paper.pass_time(46)
    await embed(paper.newsroom, "s", follows.id)
    for one in (entry, follows):
        shown = await paper.entry(one)
        assert shown.status is EntryStatus.PUBLISHED
        assert (shown.embeds[0].retrieved_at, shown.sources[0].retrieved_at) == (None, None)
    assert "12:07" not in str(paper.events)
    later = paper.now.isoformat()
    edited = await paper.change(entry, sources=[said, said | {"retrieved_at": later}])
    assert [one.retrieved_at for one in edited.sources] == [None, paper.now]


async def test_an_entry_sent_back_whole_decides_nothing(paper: Paper) -> None:
    entry = await paper.submit(dateline=EXACT, occurred_at=AT)
    await paper.protect(place="hidden")
    whole = {"body": entry.body, "dateline": EXACT, "occurred_at": AT}
    shown = await paper.publish(entry, **whole, headline="A word mended")
    assert (shown.dateline, shown.occurred_at) == (None, NOON - timedelta(hours=1))
    assert EXACT not in str(paper.events)


async def test_taking_back_leaves_a_public_place_alone(paper: Paper) -> None:
    """One that an editor has written since, and one that was shown at its hour."""
    await paper.protect(place="region", region="The east", place_delay=60)
    written = await paper.publish(await paper.submit(dateline=EXACT))
    written = await paper.change(written, dateline="Eastern Ukraine")
    assert (await paper.undo(await paper.change(written, pinned=True))).dateline == written.dateline
    exact = await paper.publish(await paper.submit(dateline=EXACT))
    await paper.pass_time(61)
    assert (await paper.entry(exact)).dateline == EXACT
    assert (await paper.undo(await paper.change(exact, pinned=True))).dateline == EXACT
    assert (await paper.entry(written)).dateline == "Eastern Ukraine"
    for entry, there in ((written, "Eastern Ukraine"), (exact, "The east")):
        await remove(paper.newsroom, paper.editor, "s", entry.id, Removal())
        assert (await restore(paper.newsroom, paper.editor, "s", entry.id)).entry.dateline == there


async def test_the_words_of_the_region_are_no_decision(paper: Paper) -> None:
    """Those of an editor are one, whatever they are."""
    await paper.protect(place="region", region="The east")
    by_author, by_editor = await paper.submit(dateline="The east"), await paper.submit()
    by_editor = await paper.change(by_editor, dateline="The east")
    await paper.protect(place="hidden")
    assert (await paper.publish(by_author)).dateline is None
    assert (await paper.publish(by_editor)).dateline == "The east"
    moved = await paper.submit(dateline="The east")
    moved = await paper.change(moved, dateline="Kyiv")
    moved = await paper.change(moved, paper.author, dateline=EXACT)
    assert (await paper.publish(moved)).dateline is None


async def test_an_edit_with_a_new_place_that_is_sent_again_is_there(paper: Paper) -> None:
    """Readers get the region: what was sent is told by what is withheld."""
    await paper.protect(place="region", region="The east", byline="Fin")
    entry = await paper.submit(dateline="Here")
    sent = {"dateline": EXACT, "occurred_at": AT, "credits": [{"role": "text", "name": REAL}]}
    await paper.change(entry, paper.author, **sent)
    for values, there in ((sent, True), (sent | {"dateline": "Elsewhere"}, False)):
        change = parse(EntryChange, values)
        assert await edit.stands(paper.newsroom, paper.author, "s", entry.id, change) is there


async def test_taking_back_shows_nothing_that_is_withheld_by_now(paper: Paper) -> None:
    signed = [{"role": "text", "name": REAL}]
    shown = await paper.publish(await paper.submit(credits=signed, dateline=EXACT, occurred_at=AT))
    edited = await paper.change(shown, credits=[], dateline="Near", occurred_at=None)
    gone = await paper.publish(await paper.submit(credits=signed, dateline=EXACT))
    draft = await paper.submit(dateline="The first place")
    paper.events.clear()
    await paper.protect(byline="Fin", place="region", region="The east")

    back = await paper.undo(edited)
    assert (back.credits[0].name, back.dateline) == ("Fin", "The east")
    assert back.occurred_at == NOON - timedelta(hours=1)
    assert (await paper.known(shown)).dateline == EXACT
    await remove(paper.newsroom, paper.editor, "s", gone.id, Removal())
    back = (await restore(paper.newsroom, paper.editor, "s", gone.id)).entry
    assert (back.credits[0].name, back.dateline) == ("Fin", "The east")
    assert not any(private in str(paper.events) for private in (REAL, EXACT, "11:47"))

    moved = await paper.change(draft, paper.author, dateline="The second place")
    assert (await paper.known(draft)).dateline == "The second place"
    back = await paper.undo(moved)
    assert back.dateline == "The east"
    assert (await paper.known(draft)).dateline == "The first place"
    later = await paper.change(back, publish_at=(NOON + timedelta(minutes=5)).isoformat(),
                               status="scheduled", dateline="Elsewhere")  # fmt: skip
    assert (await paper.undo(later)).dateline == "The east"


async def test_a_real_name_is_replaced_whoever_writes_it(paper: Paper) -> None:
    """An editor in a credit, its owner in the credit of an upload, also before there was a byline."""
    before = await paper.upload(credit=REAL)
    await paper.protect(byline="Fin", handle="@fin")
    after = await paper.upload(credit=f" {REAL.upper()} ")
    assert after.credit == "Fin"
    assert (await find(paper.newsroom, paper.author, before.id)).medium.credit == "Fin"
    form = parse(NewEntry, {
        "body": "From the desk.",
        "credits": [{"role": "text", "name": REAL}, {"role": "editing", "name": "Ed Itor"}],
        "sources": [{"kind": "correspondent", "name": "oksana@example.org"}],
        "media": [before.id, {"id": after.id, "credit": REAL}],
    })  # fmt: skip
    entry = (await edit.publish(paper.newsroom, paper.editor, "s", form)).entry
    assert [credit.name for credit in entry.credits] == ["Fin", "Ed Itor"]
    assert [source.name for source in entry.sources] == ["Fin"]
    assert [medium.credit for medium in entry.media] == ["Fin", "Fin"]
    known = await paper.store.directory.contributors()
    assert sorted(one.name for one in known) == ["Ed Itor", "Fin"]
    # Somebody of the same name who has chosen no other keeps it.
    namesake = await paper.store.accounts.add("o@example.org", REAL, Role.EDITOR, "!")
    form = parse(NewEntry, {"body": "Mine.", "credits": [{"role": "text", "name": REAL}]})
    own = (await edit.publish(paper.newsroom, namesake, "s", form)).entry
    assert own.credits[0].name == REAL


async def test_no_contributor_learns_who_is_behind_a_public_name(paper: Paper) -> None:
    """By guessing at real names: those of others are replaced when an editor comes to it."""
    old = await paper.upload(credit=REAL)
    await paper.publish(await paper.submit(media=[old.id]))
    await paper.protect(byline="Fin", handle="@fin")
    guesser = await paper.store.accounts.add("g@example.org", "Guess", Role.CONTRIBUTOR, "!")
    await paper.store.protections.change("g@example.org", byline="Gus")
    credited = [{"role": "text", "name": name} for name in (REAL, "oksana@example.org", "Guess")]
    guessed = await upload(
        paper.newsroom, guesser, BytesIO(jpeg(photo(40, 30))), parse(UploadForm, {"credit": REAL})
    )
    form = parse(NewEntry, {
        "body": "x", "status": "draft", "credits": credited,
        "sources": [{"kind": "correspondent", "name": REAL}],
        "media": [guessed.id, old.id],
    })  # fmt: skip
    seen = await preview(paper.newsroom, guesser, "s", form)
    draft = (await edit.publish(paper.newsroom, guesser, "s", form)).entry
    saved = await paper.change(draft, guesser, credits=credited)
    await remove(paper.newsroom, guesser, "s", draft.id, Removal())
    back = (await restore(paper.newsroom, guesser, "s", draft.id)).entry
    for entry in (seen, draft, saved, back):
        assert [one.name for one in entry.credits] == [REAL, "oksana@example.org", "Gus"]
        assert entry.sources[0].name == REAL
        assert [one.credit for one in entry.media] == [
            REAL,
            "Fin",
        ]  # nor the name from what was public
    assert (await find(paper.newsroom, guesser, guessed.id)).medium.credit == REAL
    assert (await find(paper.newsroom, guesser, old.id)).medium.credit == "Fin"

    publish = parse(Bulk, {"action": "publish", "entries": [draft.id]})
    [result] = await bulk(paper.newsroom, paper.editor, "s", publish)
    assert result.outcome
    public = result.outcome.entry
    assert [one.name for one in public.credits] == ["Fin", "Fin", "Gus"]
    assert [one.credit for one in public.media] == ["Fin", "Fin"]
    assert public.sources[0].name == "Fin"


async def test_a_real_name_is_found_however_it_is_written(paper: Paper) -> None:
    name = "Андрій Їжак"
    await paper.store.accounts.add("a@example.org", name, Role.CONTRIBUTOR, "!")
    await paper.store.protections.change("a@example.org", byline="Fin")
    found = {
        unicodedata.normalize("NFD", name): "Fin",
        name.replace(" ", "\u00a0").upper() + "\u200b": "Fin",
        f"Photo: {name[:4]}\u00ad{name[4:]}": "Photo: Fin",
        f"{name} / Reuters": "Fin / Reuters",
        f"Photo by {name} (Reuters)": "Photo by Fin (Reuters)",
        f"Ann and {name}; Bob": "Ann and Fin; Bob",
        f"{name} \u2014 {name}, Kharkiv": "Fin \u2014 Fin, Kharkiv",
        f"{name} <a@example.org>": "Fin <Fin>",
        # Other people, and words that a name happens to be part of.
        f"{name}enko": f"{name}enko",
        "Андрій Іваненко / Їжак": "Андрій Іваненко / Їжак",
    }
    credits_ = [{"role": "photo", "name": written} for written in found]
    sources = [{"kind": "witness", "name": written} for written in found]
    medium = await paper.upload(credit=f"Photo: {name}")
    entry = await paper.submit(credits=credits_, sources=sources, media=[medium.id])
    shown = await paper.publish(entry)
    assert [one.name for one in shown.credits] == list(found.values())
    assert [one.name for one in shown.sources] == list(found.values())
    assert shown.media[0].credit == "Photo: Fin"
    long = await paper.change(shown, credits=[{"role": "photo", "name": f"{name}/{'x' * 188}"}])
    assert len(long.credits[0].name) <= 200
    await paper.store.protections.change("a@example.org", byline="F" * 200)
    long = await paper.change(shown, credits=[{"role": "photo", "name": f"Photo: {name}"}])
    assert long.credits[0].name == "F" * 200


async def test_an_undone_edit_leaves_out_media_that_are_gone(paper: Paper) -> None:
    medium = await paper.upload()
    one, two = [
        (await edit.publish(paper.newsroom, paper.editor, "s", parse(NewEntry, {"body": body, "media": [medium.id]}))).entry
        for body in ("One.", "Two.")
    ]  # fmt: skip
    edited = await paper.change(two, media=[], body="Without.")
    await remove(paper.newsroom, paper.editor, "s", one.id, Removal(purge=True))
    back = await paper.undo(edited)
    assert (back.body, back.media) == ("Two.", ())


async def test_two_changes_at_once_are_both_kept(either_store: Store) -> None:
    for number in range(5):
        email = f"{number}@example.org"
        await either_store.accounts.add(email, REAL, Role.CONTRIBUTOR, "!")
        change = either_store.protections.change
        for byline, delay in (("Fin", 30), ("Fern", 45)):
            await asyncio.gather(change(email, byline=byline), change(email, delay=delay))
            kept = await either_store.protections.of_email(email)
            assert (kept.byline, kept.delay) == (byline, delay)


def test_the_commands_set_and_print_what_protects(shared_server: Server) -> None:
    email = "protected@example.org"
    env = {**shared_server.env, "LIVEBLOG_PASSWORD": PASSWORD}
    given = ("--name", REAL, "--role", "contributor", "--byline", "Fin")
    assert run("user", "add", email, *given, env=env).returncode == 0
    done = run("user", "protect", email, "--delay", "30", "--place", "region", "--region", "The east",
               "--place-delay", "90", env=env)  # fmt: skip
    assert json.loads(done.stdout) == {
        "byline": "Fin", "handle": None, "delay": 30,
        "place": "region", "region": "The east", "place_delay": 90,
    }  # fmt: skip
    done = run("user", "protect", email, "--place-delay", "never", env=env)
    assert json.loads(done.stdout)["place_delay"] is None
    assert json.loads(done.stdout)["delay"] == 30
    done = run("user", "byline", email, "", env=env)
    assert json.loads(done.stdout)["byline"] is None
    for wrong, told in (("-1", "delay"), ("99999", "delay")):
        done = run("user", "protect", email, f"--delay={wrong}", env=env)
        assert done.returncode != 0
        assert told in done.stderr
        assert done.stderr.count("\n") == 1
    done = run("user", "protect", email, "--place-delay", "soon", env=env)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    done = run("user", "byline", "nobody@example.org", "Fin", env=env)
    assert (done.returncode, "no user" in done.stderr) == (1, True)


def test_an_admin_protects_somebody_on_the_page_of_users(
    shared_server: Server, editor: Editor
) -> None:
    """What is refused stands in the form as it was typed, with the fault at its field."""
    _, admin = member(shared_server, "admin")
    fin, street = member(shared_server, "contributor")
    action = f"/desk/users/{fin.id}/protection"
    typed = {
        "byline": "Fin", "handle": "@fin", "delay": "soon", "place": "region",
        "region": "Kharkiv region", "place_delay": "-5",
    }  # fmt: skip
    wrong = admin.send(admin.open("/desk/users").form(action), typed)
    assert wrong.status == 422
    assert wrong.form(action).values == typed
    for field, said in (("delay", "integer"), ("place_delay", "0")):
        assert wrong.one(f"#{field}-{fin.id}").attributes["aria-invalid"] == "true"
        assert said in wrong.one(f"#{field}-{fin.id}-error").text()
    right = {"delay": "45", "place_delay": ""}
    assert admin.send(wrong.form(action), right).one("[role=status]").text().startswith("Saved.")
    assert not admin.open(f"/desk/users?q=editor+{fin.email}").tree.css(".people li")
    page = admin.open(f"/desk/users?q=FIN+{fin.email}")
    assert page.form(action).values == typed | right
    [shown] = [one.text() for one in page.tree.css(".people li")]
    assert "public name: Fin; 45 min later; place: Kharkiv region" in shown

    slug = editor.story()
    street.write(slug, body="From the street.", dateline="Saltivka")
    [entry] = editor.http.get(f"/api/stories/{slug}/entries?status=submitted").json()["entries"]
    assert (entry["dateline"], entry["credits"][0]["name"]) == ("Kharkiv region", "Fin")
    # An edit with another place whose answer was lost is sent again, and is no conflict.
    sent = {"body": "From the street.", "dateline": "Barabashova", "rev": str(entry["rev"])}
    for place, status in (("Barabashova", 200), ("Barabashova", 200), ("Saltivka", 412)):
        answer = street.http.post(
            f"/desk/stories/{slug}/outbox/{entry['id']}",
            data=sent | {"dateline": place},
            headers={"Accept": "application/json"},
        )
        assert answer.status_code == status, answer.text
    held = editor.edit(slug, entry["id"], status="published")
    assert held["status"] == "scheduled"
    admin.send(page.form(action), byline="", handle="", delay="", place="exact", region="")
    cleared = admin.open("/desk/users").form(action).values
    assert cleared == dict.fromkeys(typed, "") | {"delay": "0", "place": "exact"}
    for desk in (admin, street):
        desk.close()
