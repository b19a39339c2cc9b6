"""The heart, without I/O: whatever the schedule, a reader gets `after+1..head` or a reset.

A story is a log that grows, and a feed that hears of it by messages which may be late, lost, doubled
or swapped. Readers join anywhere and take steps at any moment between.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from liveblog.live.cursor import CatchUp, ReaderCursor, ReadLog, Reset, Send, Wait
from liveblog.live.feed import Feed, Offer
from liveblog.live.frames import Frame

BATCH = 7


def frame(seq: int, entry: str = "e1", *, purged: bool = False) -> Frame:
    event = {"type": "event", "seq": seq, "kind": "entry.updated", "id": entry, "rev": 1, "at": "T"}
    text = json.dumps(event | ({"purged": True} if purged else {"html": f"text {seq}"}))
    return Frame(seq, entry, text, purged=purged)


@dataclass
class Reader:
    cursor: ReaderCursor
    after: int
    got: list[int] = field(default_factory=list)
    reset: bool = False
    paging: int | None = None


class Delivery(RuleBasedStateMachine):
    """`log` is the database; `air` holds messages that were published and not yet received."""

    readers = Bundle("readers")
    messages = Bundle("messages")

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Frame] = []
        self.epoch = "one"
        self.feed = Feed("story", self.epoch, 0)
        self.all_readers: list[Reader] = []

    @rule(target=messages, count=st.integers(1, 4), heard=st.booleans())
    def commit(self, count: int, heard: bool) -> tuple[str, list[Frame]] | MultipleResults[Any]:
        """A transaction appends events and publishes them; or the process dies in between."""
        frames = [frame(len(self.log) + n) for n in range(1, count + 1)]
        self.log += frames
        return (self.epoch, frames) if heard else multiple()

    @rule(message=consumes(messages))
    def receive(self, message: tuple[str, list[Frame]]) -> None:
        """In any order, for the bundle gives any of them."""
        self.take(*message)

    @rule(message=messages)
    def receive_and_keep(self, message: tuple[str, list[Frame]]) -> None:
        """Twice, or much later again."""
        self.take(*message)

    @rule()
    def check_head(self) -> None:
        self.level()

    @rule(target=readers, back=st.integers(0, 30), knows_epoch=st.booleans())
    def join(self, back: int, knows_epoch: bool) -> Reader:
        """A page was rendered from the log, maybe ahead of this process's feed."""
        after = max(0, len(self.log) - back)
        cursor = ReaderCursor(self.feed, after, self.epoch if knows_epoch else None, reach=25)
        reader = Reader(cursor, after)
        self.all_readers.append(reader)
        return reader

    @rule(reader=readers)
    def step(self, reader: Reader) -> None:
        self.advance(reader)

    @rule(reader=readers)
    def answer_page(self, reader: Reader) -> None:
        """The database answers a reader that asked; what it says may be older than the feed by now."""
        if reader.paging is None or reader.reset:
            return
        page = self.log[reader.paging : reader.paging + BATCH]
        reader.paging = None
        self.handle(reader, reader.cursor.log_read(self.epoch, page))

    @rule()
    def begin_anew(self) -> None:
        """The database is restored: another epoch, another length."""
        self.epoch += "x"
        self.log = self.log[: len(self.log) // 2]
        self.level()
        for reader in self.all_readers:
            while not reader.reset and self.advance(reader):
                pass
            assert reader.reset, "a position of another epoch cannot be resumed"
        self.all_readers.clear()

    def take(self, epoch: str, frames: list[Frame]) -> None:
        if self.feed.offer(epoch, frames) is Offer.GAP:
            self.level()

    def level(self) -> None:
        if self.feed.epoch != self.epoch or self.feed.applied > len(self.log):
            self.feed.restart(self.epoch, len(self.log), self.log[-5:])
        else:
            self.feed.offer(self.epoch, self.log[self.feed.applied :])

    def advance(self, reader: Reader) -> bool:
        """One step; False where there is nothing to do."""
        if reader.reset:
            return False
        if reader.paging is not None:
            self.answer_page(reader)
            return True
        return self.handle(reader, reader.cursor.step())

    def handle(self, reader: Reader, step: object) -> bool:
        match step:
            case Send(frames):
                reader.got += [f.seq for f in frames]
            case ReadLog(seq):
                reader.paging = seq
            case CatchUp():
                self.level()
                reader.cursor.caught_up()
            case Reset():
                reader.reset = True
            case Wait():
                return False
        return True

    @invariant()
    def once_and_in_order(self) -> None:
        for reader in self.all_readers:
            assert reader.got == list(range(reader.after + 1, reader.after + 1 + len(reader.got)))

    def teardown(self) -> None:
        """When all is quiet, everybody who was not told to begin anew has everything."""
        self.level()
        for reader in self.all_readers:
            while self.advance(reader):
                pass
            too_far = len(self.log) - reader.after > 25
            assert reader.reset <= too_far
            if not reader.reset:
                assert reader.after + len(reader.got) == len(self.log)


Delivery.TestCase.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
TestDelivery = Delivery.TestCase


def test_nothing_behind_a_gap_is_taken_in() -> None:
    feed = Feed("story", "one", 0)
    assert feed.offer("one", [frame(1), frame(3)]) is Offer.GAP
    assert feed.applied == 1
    assert feed.offer("one", [frame(2), frame(3)]) is Offer.APPLIED
    assert [f.seq for f in feed.after(0) or []] == [1, 2, 3]


def test_an_event_of_another_epoch_is_not_taken_in() -> None:
    feed = Feed("story", "one", 0)
    assert feed.offer("two", [frame(1)]) is Offer.OTHER_EPOCH
    assert feed.applied == 0


def test_the_ring_forgets_the_oldest_and_says_so() -> None:
    feed = Feed("story", "one", 0)
    feed.offer("one", [frame(n) for n in range(1, 1501)])
    assert feed.after(499) is None
    assert [f.seq for f in feed.after(500) or []] == list(range(501, 1501))


def test_a_purge_takes_the_text_out_of_what_is_still_held() -> None:
    feed = Feed("story", "one", 0)
    feed.offer("one", [frame(1, "secret"), frame(2, "other"), frame(3, "secret")])
    feed.offer("one", [frame(4, "secret", purged=True)])
    frames = feed.after(0)
    assert frames is not None
    assert [f.seq for f in frames] == [1, 2, 3, 4]
    assert ["text" in f.text for f in frames] == [False, True, False, False]
    assert [json.loads(f.text)["kind"] for f in frames if f.entry_id == "secret"][:2] == [
        "entry.removed",
        "entry.removed",
    ]
