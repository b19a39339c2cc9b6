"""Coverage starts, pauses, asks and ends by the clock, once, and an editor's hand wins over it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from copies import database
from desk_client import Editor, add_token
from paper import Paper
from processes import PATIENCE, Server, until

from liveblog.errors import Invalid
from liveblog.models.content import Story, StoryStatus
from liveblog.models.coverage import CoverageReason
from liveblog.newsroom import stories
from liveblog.newsroom.forms import NewStory, StoryChange
from liveblog.newsroom.validation import parse
from liveblog.store import Store

pytestmark = pytest.mark.anyio

UPCOMING, LIVE, PAUSED, ENDED = StoryStatus
EDITOR, CLOCK, SILENCE, UPDATE = CoverageReason
HOURS = 60  # minutes


class Clock(Paper):
    """A paper that asks its desk after two hours of silence, and ends a story an hour later."""

    async def open(self) -> None:
        await super().open()
        self.newsroom = replace(
            self.newsroom, ask_after=timedelta(hours=2), end_after=timedelta(hours=1)
        )

    def at(self, minutes: int) -> str:
        return (self.now + timedelta(minutes=minutes)).isoformat()

    async def new(self, **values: Any) -> Story:
        form = parse(NewStory, {"slug": "t", "title": "T"} | values)
        return await stories.open_story(self.newsroom, self.editor, form)

    async def set(self, slug: str = "t", **values: Any) -> Story:
        form = parse(StoryChange, values)
        return await stories.change_story(self.newsroom, self.editor, slug, form)

    async def story(self, slug: str = "t") -> Story:
        return await self.store.stories.get(slug)

    async def status(self, slug: str = "t") -> StoryStatus:
        return (await self.story(slug)).status

    async def history(self, slug: str = "t") -> list[tuple[StoryStatus, CoverageReason]]:
        steps = await self.store.coverage.history(await self.story(slug))
        return [(step.status, step.why) for step in reversed(steps)]


@pytest.fixture
async def paper(either_store: Store, tmp_path: Path) -> Clock:
    made = Clock(either_store, tmp_path)
    await made.open()
    return made


async def test_it_starts_and_ends_at_its_times(paper: Clock) -> None:
    await paper.set("s", status="ended")
    paper.events.clear()
    start, end = paper.at(60), paper.at(120)
    await paper.new(status="upcoming", coverage_start=start, coverage_end=end)
    await paper.pass_time(59)
    assert await paper.status() is UPCOMING
    assert paper.events == []
    await paper.pass_time(1)
    assert await paper.status() is LIVE
    await paper.pass_time(59)
    assert await paper.status() is LIVE
    await paper.pass_time(1)
    story = await paper.story()
    assert story.status is ENDED
    assert story.coverage_start == datetime.fromisoformat(start)
    assert story.coverage_end == datetime.fromisoformat(end)
    await paper.pass_time(600)
    told = [json.loads(event.payload) for event in paper.events]
    assert [(event["kind"], event["status"]) for event in told] == [
        ("story.updated", "live"),
        ("story.updated", "ended"),
    ], "one event for each turn"
    assert await paper.history() == [(LIVE, CLOCK), (ENDED, CLOCK)]


async def test_what_was_missed_while_nobody_ran_is_done_in_one_step(paper: Clock) -> None:
    await paper.new(status="upcoming", coverage_start=paper.at(60), coverage_end=paper.at(120))
    await paper.pass_time(24 * HOURS)
    assert await paper.status() is ENDED
    assert len(paper.events) == 1


async def test_a_pause_has_an_end_or_none(paper: Clock) -> None:
    await paper.new()
    await paper.set(status="paused", paused_until=paper.at(30))
    await paper.pass_time(29)
    assert await paper.status() is PAUSED
    await paper.pass_time(1)
    story = await paper.story()
    assert (story.status, story.paused_until) == (LIVE, None)
    await paper.set(status="paused")
    await paper.pass_time(1000 * HOURS)
    assert await paper.status() is PAUSED, "it has no end, and a paused story is not silent"
    await paper.set(paused_until=paper.at(30))
    story = await paper.set(status="live")
    assert story.paused_until is None, "resumed by hand"
    assert await paper.history() == [
        (PAUSED, EDITOR),
        (LIVE, CLOCK),
        (PAUSED, EDITOR),
        (LIVE, EDITOR),
    ]


async def test_after_hours_of_silence_the_desk_is_asked_and_then_it_ends(paper: Clock) -> None:
    await paper.publish(await paper.submit())
    before = len(paper.events)
    await paper.pass_time(2 * HOURS - 1)
    assert (await paper.story("s")).question_since is None
    await paper.pass_time(1)
    story = await paper.story("s")
    assert (story.status, story.question_since) == (LIVE, paper.now)
    assert len(paper.events) == before, "readers are told nothing of the question"
    await paper.pass_time(59)
    assert await paper.status("s") is LIVE
    await paper.pass_time(1)
    story = await paper.story("s")
    assert (story.status, story.coverage_end) == (ENDED, paper.now)
    assert len(paper.events) == before + 1
    assert await paper.history("s") == [(ENDED, SILENCE)]
    # Nobody decided that it ended: an update makes it live again.
    await paper.publish(await paper.submit())
    story = await paper.story("s")
    assert (story.status, story.coverage_end) == (LIVE, None)
    assert [event.kind for event in paper.events[-2:]] == ["entry.published", "story.updated"]
    assert await paper.history("s") == [(ENDED, SILENCE), (LIVE, UPDATE)]


async def test_go_on_gives_it_the_same_time_again(paper: Clock) -> None:
    await paper.pass_time(2 * HOURS)
    assert (await paper.story("s")).question_since
    told = len(paper.events)
    story = await paper.set("s", status="live")
    assert story.question_since is None
    assert len(paper.events) == told, "nothing has changed for readers"
    await paper.pass_time(2 * HOURS - 1)
    assert (await paper.story("s")).question_since is None
    await paper.pass_time(1)
    assert (await paper.story("s")).question_since == paper.now
    # An update is an answer too.
    await paper.publish(await paper.submit())
    assert (await paper.story("s")).question_since is None
    await paper.pass_time(60)
    assert await paper.status("s") is LIVE


@pytest.mark.parametrize("why", ["an end", "a scheduled update", "never"])
async def test_who_knows_when_it_goes_on_is_not_asked(paper: Clock, why: str) -> None:
    if why == "an end":
        await paper.set("s", coverage_end=paper.at(1000 * HOURS))
    elif why == "a scheduled update":
        entry = await paper.submit()
        await paper.change(entry, status="scheduled", publish_at=paper.at(1000 * HOURS))
    else:
        paper.newsroom = replace(paper.newsroom, ask_after=None)
    await paper.pass_time(500 * HOURS)
    story = await paper.story("s")
    assert (story.status, story.question_since) == (LIVE, None)


async def test_without_a_time_to_answer_the_question_stands_for_ever(paper: Clock) -> None:
    paper.newsroom = replace(paper.newsroom, end_after=None)
    await paper.pass_time(2 * HOURS)
    await paper.pass_time(5000 * HOURS)
    story = await paper.story("s")
    assert (story.status, bool(story.question_since)) == (LIVE, True)


async def test_an_editors_hand_wins_over_the_clock(paper: Clock) -> None:
    await paper.new(status="upcoming", coverage_start=paper.at(60), coverage_end=paper.at(120))
    early = await paper.set(status="live")
    assert early.coverage_start == paper.now, "it began early"
    await paper.pass_time(30)
    over = await paper.set(status="ended")
    assert over.coverage_end == paper.now, "it ended early"
    await paper.pass_time(200)
    # Opened again, also by a program that sends back all it was given: the clock does not end it again.
    again = await paper.set(status="live", coverage_end=over.coverage_end.isoformat())
    assert again.coverage_end is None
    await paper.pass_time(60)
    assert await paper.status() is LIVE
    await paper.set(coverage_end=paper.at(10))
    await paper.pass_time(10)
    assert await paper.status() is ENDED, "the end was moved"
    back = await paper.set(status="upcoming")
    assert back.coverage_start is None
    await paper.pass_time(60)
    assert await paper.status() is UPCOMING


async def test_an_update_does_not_open_what_an_editor_ended(paper: Clock) -> None:
    await paper.set("s", status="ended")
    await paper.publish(await paper.submit())
    assert await paper.status("s") is ENDED
    await paper.set("s", status="live")
    await paper.set("s", coverage_end=paper.at(1))
    await paper.pass_time(1)
    await paper.publish(await paper.submit())
    assert await paper.status("s") is ENDED


async def test_a_story_that_never_began_can_be_ended(paper: Clock) -> None:
    await paper.new(status="upcoming", coverage_start=paper.at(60))
    story = await paper.set(status="ended")
    assert (story.coverage_start, story.coverage_end) == (None, paper.now)


async def test_wrong_times_name_their_field(paper: Clock) -> None:
    await paper.new(status="upcoming", coverage_start=paper.at(60), coverage_end=paper.at(120))
    for sent, field, words in (
        ({"coverage_end": paper.at(59)}, "coverage_end", "must not lie before coverage_start"),
        ({"coverage_start": paper.at(121)}, "coverage_start", "must not lie after coverage_end"),
        ({"paused_until": paper.at(1)}, "paused_until", "needs the status paused"),
        (
            {"status": "paused", "paused_until": paper.at(-1)},
            "paused_until",
            "must lie in the future",
        ),
        (
            {"status": "paused", "paused_until": paper.at(121)},
            "paused_until",
            "must not lie after coverage_end",
        ),
    ):
        with pytest.raises(Invalid) as refused:
            await paper.set(**sent)
        assert refused.value.fields == {field: words}
    with pytest.raises(Invalid) as refused:
        await paper.new(slug="u", paused_until=paper.at(10))
    assert refused.value.fields == {"paused_until": "needs the status paused"}


async def test_two_servers_turn_it_once(pair: tuple[Server, Server]) -> None:
    one, other = pair
    editor, reader = Editor(one.url, add_token(one.env)), Editor(other.url, "none")
    soon = datetime.now(UTC) + timedelta(seconds=2)
    slug = editor.story(status="upcoming", coverage_start=soon.isoformat())
    stop = soon + timedelta(seconds=3)
    editor.change_story(slug, coverage_end=stop.isoformat())

    def events() -> list[dict[str, Any]]:
        answer = reader.http.get(f"/stories/{slug}/events", params={"after": 1})
        return [event for event in answer.json()["events"] if event["kind"] == "story.updated"]

    await until(lambda: len(events()) >= 2, PATIENCE)
    found = editor.http.get(f"/api/stories/{slug}").json()
    assert found["status"] == "ended"
    await asyncio.sleep(2.5)  # two more looks of each server
    turned = events()
    editor.close()
    reader.close()
    assert [event["status"] for event in turned] == ["live", "ended"]
    for event, due in zip(turned, (soon, stop), strict=True):
        late = datetime.fromisoformat(event["at"]) - due
        assert timedelta(0) <= late < timedelta(seconds=2), late


async def test_one_that_cannot_be_turned_keeps_no_other_waiting(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        editor = Editor(server.url, add_token(server.env))
        hour = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        broken, sound = (editor.story(status="upcoming", coverage_start=hour) for _ in range(2))
        with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as stored, stored:
            due = (datetime.now(UTC) - timedelta(minutes=1)).replace(tzinfo=None).isoformat(sep=" ")
            stored.execute("UPDATE stories SET coverage_start = ?", (due,))
            stored.execute("UPDATE stories SET sponsors = '[1]' WHERE slug = ?", (broken,))
        await until(
            lambda: editor.http.get(f"/stories/{sound}").text.count('data-status="live"') > 0
        )
        editor.close()
        assert f"story={broken}" in server.said()
