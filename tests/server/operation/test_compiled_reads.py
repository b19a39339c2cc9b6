"""Reads whose statements are compiled once give what SQLAlchemy gives, for every choice, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import ColumnElement, insert, true
from stories import a_user, new_story

from liveblog.errors import Conflict, NotFound
from liveblog.models.content import Entry, EntryStatus, Story, StoryStatus
from liveblog.models.members import Role, User
from liveblog.store import Cursor, RowFilter, Show, Store, View
from liveblog.store.stories import queues, timeline
from liveblog.store.stories.stories import Stories
from liveblog.store.stories.views import public
from liveblog.store.tables import audience, entries, entry_authors, entry_topics

pytestmark = pytest.mark.anyio

AT = datetime(2022, 2, 25, 10, 30, 1, 250, tzinfo=UTC)
TOPICS, PEOPLE = ("shelling", "power"), ("Fin", "Olena")
VIEWS = [
    View(show, topic, author, oldest_first)
    for show, topic, author, oldest_first in product(
        (None, *Show), (None, "Power", "nothing"), (None, "fin"), (True, False)
    )
]


async def a_story(store: Store, by: User, slug: str = "story") -> tuple[Story, list[Entry]]:
    """A story of twenty entries: published, scheduled, submitted and drafts; one is purged."""
    story = await new_story(store, slug, head=20, status=StoryStatus.LIVE)
    made = []
    for n in range(20):
        status = EntryStatus.PUBLISHED if n < 12 else list(EntryStatus)[n % len(EntryStatus)]
        shown = status is EntryStatus.PUBLISHED
        made.append(
            Entry(
                id=f"e{story.id:08x}{n:08x}",
                story_id=story.id,
                seq=n + 1 if shown else None,
                rev=1,
                status=status,
                headline=f"Headline {n}",
                body="" if n == 5 else f"Body {n}",
                body_html=f"<p>Body {n}</p>",
                key=n % 3 == 0,
                pinned=n == 7,
                chapter="A night" if n == 4 else None,
                topics=(TOPICS[n % 2],),
                labels=(),
                verification={"status": ("confirmed", "unverified")[n % 2], "at": AT}
                if n % 4
                else None,
                credits=({"role": "text", "name": PEOPLE[n % 2], "handle": None},),
                # Two have the same time.
                published_at=AT + timedelta(minutes=n // 2) if shown or n < 15 else None,
                created_at=AT + timedelta(seconds=n),
                created_by=by.id if n % 2 else None,
            )
        )
    async with store.database.write() as connection:
        rows = [entry.model_dump(mode="python") for entry in made]
        for row, entry in zip(rows, made, strict=True):
            dumped = entry.model_dump(mode="json")
            row |= {
                name: dumped[name] for name, value in row.items() if isinstance(value, tuple | dict)
            }
        await connection.execute(insert(entries), rows)
        tags = [{"entry_id": one.id, "topic": topic} for one in made for topic in one.topics]
        await connection.execute(insert(entry_topics), tags)
        names = [
            {"entry_id": one.id, "author": credit.name.casefold()}
            for one in made
            for credit in one.credits
        ]
        await connection.execute(insert(entry_authors), names)
    return story, made


async def test_every_view_of_a_story(either_store: Store) -> None:
    story, _ = await a_story(either_store, await a_user(either_store))
    for view in VIEWS:
        async with either_store.database.read() as connection:
            wanted = await timeline.found(connection, public(story, view))
        ordered = wanted[::-1] if view.oldest_first else wanted
        page = await either_store.stories.page("story", 3, view)
        assert page.entries == (ordered[:3])
        assert page.pinned == next((one for one in wanted if one.pinned), None)
        assert page.brief is not None
        assert [one.entry_id[-8:] for one in page.chapters] == ["00000004"]
        seen = list(page.entries)
        while cursor := page.newer if view.oldest_first else page.older:
            read = either_store.stories.newer if view.oldest_first else either_store.stories.older
            page = await read("story", str(cursor), 3, view)
            seen += page.entries
        assert seen == ordered
        for show in Show:
            async with either_store.database.read() as connection:
                some = await timeline.found(connection, public(story, view._replace(show=show)))
            first = await either_store.stories.page("story", 3, view)
            assert (show in first.offered) is bool(some), (view, show)
        for one in wanted[4:5]:
            around = await either_store.stories.page("story", 4, view, one.id)
            assert one in around.entries
    with pytest.raises(NotFound):
        await either_store.stories.page("story", 3, around="e0000000000000000")


async def test_the_filters_of_a_view_and_what_stands_beside_an_entry(either_store: Store) -> None:
    story, made = await a_story(either_store, await a_user(either_store))
    page = await either_store.stories.page("story", 3)
    assert [one.name for one in page.authors] == ["Fin", "Olena"]
    assert page.topics == ("power", "shelling")
    few = await either_store.stories.page("story", 1, View(author="fin", topic="shelling"))
    assert ([one.value for one in few.authors], few.topics) == (["fin"], ("shelling",))
    assert (few.author, few.topic) == ("Fin", "shelling")
    assert await either_store.stories.beside(story, made[0]) == (None, made[1])
    assert await either_store.stories.beside(story, made[4]) == (made[3], made[5])


async def test_the_newsrooms_list_with_and_without_other_conditions(either_store: Store) -> None:
    """A condition that all fulfil makes SQLAlchemy run what is compiled once otherwise."""
    user = await a_user(either_store)
    await a_story(either_store, user)

    async def all_of(
        stories: Stories, *conditions: ColumnElement[bool], **given: object
    ) -> list[str]:
        before: Cursor | None = None
        found: list[str] = []
        while True:
            _, some, before = await stories.list_entries(
                "story", before=before, limit=3, conditions=conditions, **given  # type: ignore[arg-type]
            )  # fmt: skip
            found += [entry.id for entry in some]
            if before is None:
                return found

    for statuses in ([], ["published"], ["draft", "published", "submitted"], list(EntryStatus)):
        for own, kept in product((None, user.id, 999), (True, False)):
            given = {
                "statuses": [EntryStatus(one) for one in statuses],
                "created_by": own,
                "kept": kept,
            }
            usual = await all_of(either_store.stories, **given)
            assert usual == await all_of(either_store.stories, true(), **given)
            assert bool(usual) is bool(statuses)
            purged = [one for one in usual if one.endswith("00000005")]
            assert bool(purged) is ("published" in statuses and not kept)


async def test_the_queues_and_numbers_of_the_desk(
    either_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await a_user(either_store)
    story, made = await a_story(either_store, user)
    for row_filter in (RowFilter(), RowFilter(status=EntryStatus.DRAFT)):
        for own in (None, user.id):
            usual = await either_store.queues.of(story, row_filter, own)
            with monkeypatch.context() as patched:
                patched.setattr(queues, "_conditions", lambda _: [true()])
                assert await either_store.queues.of(story, row_filter, own) == usual
            drafts = [one for one in made if one.status is EntryStatus.DRAFT]
            mine = [one for one in drafts if own is None or one.created_by == own]
            assert {one.entry.id for one in usual.drafts} == {one.id for one in mine}
    submitted = sum(one.status is EntryStatus.SUBMITTED for one in made)
    assert await either_store.queues.waiting([story.id, 77], None) == {story.id: submitted}
    assert await either_store.queues.waiting([story.id], user.id) == {}
    assert await either_store.queues.waiting([], None) == {}
    assert await either_store.queues.last_undoable(story, user.id, AT) is None
    assert await either_store.queues.undoable(story, user.id, AT, [made[0].id]) == []


async def test_the_front_and_the_lists_of_stories(either_store: Store) -> None:
    user = await a_user(either_store)
    story, made = await a_story(either_store, user)
    other = await new_story(
        either_store, "other", status=StoryStatus.ENDED, category="War", updated_at=AT
    )
    related = await new_story(either_store, "third", related=("other", "gone", "story"))
    async with either_store.database.write() as connection:
        day = datetime.now(UTC).date()
        rows = [
            {"story_id": one.id, "day": day - timedelta(days=ago), "seconds": seconds}
            for one, ago, seconds in ((story, 0, 10), (other, 6, 50), (other, 7, 1))
        ]
        await connection.execute(insert(audience), rows)
    front = await either_store.fronts.get()
    assert front.lead is not None
    assert front.lead.story.slug == "story"
    keys = [one for one in made if one.key and one.status is EntryStatus.PUBLISHED]
    assert front.lead.key_event == keys[-1]
    assert front.brief is not None
    assert [card.story.slug for card in front.ended] == ["other"]
    assert [one.slug for one in front.top] == ["other", "story"]
    assert front.categories == ("War",)
    of_war = await either_store.fronts.get("War")
    assert [one.slug for one in of_war.stories] == ["other", "other"]
    with pytest.raises(NotFound):
        await either_store.fronts.get("Sport")
    assert [one.slug for one in await either_store.stories.top(other_than=other)] == ["story"]
    assert [one.slug for one in await either_store.stories.related(related)] == ["other", "story"]
    everything = [one.slug for one in await either_store.stories.recent()]
    assert everything == ["third", "story", "other"]
    assert [one.slug for one in await either_store.stories.recent(1)] == everything[:1]
    assert [one.slug for one in await either_store.stories.recent(None)] == everything
    among = await either_store.stories.recent(among=frozenset({other.id, 77}))
    assert [one.slug for one in among] == ["other"]
    assert await either_store.stories.recent(among=frozenset()) == []


async def test_who_signs_in_and_who_asks(either_store: Store) -> None:
    accounts, sessions = either_store.accounts, either_store.sessions
    user = await accounts.add("ann@example.org", "Ann", Role.CONTRIBUTOR, "hash")
    for found in (await accounts.by_email(" Ann@Example.org"), await accounts.by_id(user.id)):
        assert found is not None
        assert (found.user, found.password_hash, found.disabled) == (user, "hash", False)
    assert await accounts.bind_subject(user.id, "subject")
    assert (await accounts.by_subject("subject")) == found
    assert await accounts.by_email("nobody@example.org") is None
    with pytest.raises(Conflict):
        await sessions.begin(user, "A browser", AT, by="another")
    secret = await sessions.begin(user, "A browser", AT, by="hash")
    session = await sessions.find(secret, AT + timedelta(days=3))
    assert session is not None
    assert (session.user, session.label, session.created_at) == (user, "A browser", AT)
    assert await sessions.find("other", AT) is None
    later = AT + timedelta(days=7)
    assert await sessions.find(secret, later) is None
    await sessions.begin(user, "Another", later)
    assert [one.label for one in await sessions.of(user, AT)] == ["Another"]  # the old one is gone
    await accounts.disable(user.id)
    with pytest.raises(Conflict):
        await sessions.begin(user, "A browser", later)
