"""Messages of chats come twice, late, out of their order, and as edits that are none: the queue has each once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from chats import from_slack, inlet, queue
from commands import run
from desk_client import Editor, add_user
from processes import NO_TLS, PATIENCE, Server
from rows import everything_in

CHANNEL = {"id": -100, "type": "channel", "title": "Kharkiv Life", "username": "kharkivlife"}


@pytest.fixture(scope="module")
def account(shared_server: Server) -> str:
    email = f"tips-{secrets.token_hex(4)}@example.org"
    add_user(shared_server.env, email, "contributor")
    return email


class Chat:
    """A story's way in by one chat; `say` gives the id of the entry."""

    def __init__(self, server: Server, editor: Editor, account: str, kind: str) -> None:
        self.editor, self.kind, self.slug = editor, kind, editor.story()
        self.channel = "C" + self.slug.removeprefix("story-").upper()
        more = ("--channel", self.channel) if kind == "slack" else ()
        who = ("--sender", "U1=Correspondent B", "--sender", "7=Correspondent B")
        self.secret = inlet(server, kind, self.slug, account, *who, *more)
        self.client = httpx2.Client(
            base_url=server.url, timeout=PATIENCE, trust_env=False, verify=NO_TLS
        )

    def slack(self, **event: Any) -> Any:
        event = {"type": "message", "channel": self.channel, "user": "U1"} | event
        answer = from_slack(self.client, {"type": "event_callback", "event": event})
        assert answer.status_code == 200, answer.text
        return answer.json()["entry"]

    def telegram(self, number: int, kind: str = "message", **said: Any) -> Any:
        message = {"message_id": 5, "chat": {"id": 7}, "from": {"id": 7}} | said
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret}
        sent = {"update_id": number, kind: message}
        answer = self.client.post("/api/inbound/telegram", json=sent, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["entry"]

    def queue(self) -> list[str]:
        return [row["body"] for row in queue(self.editor, self.slug)]

    def notes(self, entry: str) -> list[str]:
        said = self.editor.http.get(f"/api/stories/{self.slug}/entries/{entry}/notes").json()
        return [note["text"] for note in said["notes"]]


@pytest.fixture
def slack(shared_server: Server, editor: Editor, account: str) -> Iterator[Chat]:
    chat = Chat(shared_server, editor, account, "slack")
    yield chat
    chat.client.close()


@pytest.fixture
def telegram(shared_server: Server, editor: Editor, account: str) -> Iterator[Chat]:
    chat = Chat(shared_server, editor, account, "telegram")
    yield chat
    chat.client.close()


def test_a_deleted_message_with_replies_is_purged(slack: Chat) -> None:
    first = slack.slack(text="He lives in Shevchenko Street", ts="1.1")
    tomb = {
        "type": "message",
        "subtype": "tombstone",
        "user": "USLACKBOT",
        "ts": "1.1",
        "hidden": True,
    }
    changed: dict[str, Any] = {"subtype": "message_changed", "message": tomb, "ts": "2.1"}
    assert slack.slack(**changed) == first
    assert slack.slack(**changed) is None
    assert slack.queue() == []
    gone = slack.editor.http.get(f"/api/stories/{slack.slug}/entries/{first}").json()
    assert (gone["status"], gone["body"]) == ("removed", "")


def test_what_comes_after_a_deletion_stays_away(slack: Chat) -> None:
    """Slack sends an event again where it was not heard: it then comes after newer ones."""
    assert slack.slack(subtype="message_deleted", deleted_ts="1.1") is None
    assert slack.slack(text="Never come", ts="1.1") is None
    late = {"user": "U1", "ts": "1.1", "text": "Nor edited", "edited": {"ts": "3.1"}}
    assert slack.slack(subtype="message_changed", message=late) is None
    assert slack.queue() == []
    assert slack.slack(text="Another", ts="1.2")
    assert slack.queue() == ["Another"]


def test_an_edit_that_comes_before_its_message_is_the_message(slack: Chat) -> None:
    edited = {"user": "U1", "ts": "1.1", "text": "Three dead", "edited": {"ts": "3.1"}}
    assert slack.slack(subtype="message_changed", message=edited)
    assert slack.slack(text="Two dead", ts="1.1") is None
    assert slack.queue() == ["Three dead"]


def test_the_desk_is_told_that_somebody_has_deleted_what_it_works_on(slack: Chat) -> None:
    first = slack.slack(text="Two dead", ts="1.1")
    slack.editor.edit(slack.slug, first, body="Two people died.", status="published")
    assert slack.slack(subtype="message_deleted", deleted_ts="1.1") is None
    assert slack.slack(subtype="message_deleted", deleted_ts="1.1") is None
    assert slack.notes(first) == ["Its sender has deleted the message in Slack."]
    kept = slack.editor.http.get(f"/api/stories/{slack.slug}/entries/{first}").json()
    assert kept["body"] == "Two people died."


def test_the_desk_is_told_once_that_an_attachment_was_deleted(slack: Chat) -> None:
    files = [{"id": "F1", "mimetype": "image/png"}, {"id": "F2", "mimetype": "image/png"}]
    first = slack.slack(text="Look", ts="1.1", files=files)
    before = {"user": "U1", "ts": "1.1", "text": "Look", "files": files}
    now = before | {"files": [{"id": "F1", "mode": "tombstone"}, files[1]]}
    changed: dict[str, Any] = {"message": now, "previous_message": before, "ts": "2.1"}
    for _ in range(2):
        assert slack.slack(subtype="message_changed", **changed) is None
    told = [note for note in slack.notes(first) if "has deleted an attachment" in note]
    assert len(told) == 1
    assert slack.queue() == ["Look"]


def test_an_edit_that_changes_nothing_is_none(telegram: Chat) -> None:
    first = telegram.telegram(1, text="Two dead")
    telegram.editor.edit(telegram.slug, first, body="Two people died.", status="published")
    # A reaction, a preview of a link, a pin.
    for number in (2, 3):
        again = telegram.telegram(number, "edited_message", text="Two dead", edit_date=100 + number)
        assert again is None
    assert telegram.queue() == []
    # Another letter is another text; and back again is one, too.
    beside = telegram.telegram(4, "edited_message", text="two dead", edit_date=104)
    assert beside not in {first, None}
    assert telegram.telegram(5, "edited_message", text="two dead", edit_date=105) is None
    assert telegram.telegram(6, "edited_message", text="Two dead", edit_date=106) == beside
    assert telegram.telegram(5, "edited_message", text="two dead", edit_date=105) is None
    assert telegram.queue() == ["Two dead"]


def test_a_reaction_brings_nothing_back_that_was_purged(
    shared_server: Server, telegram: Chat
) -> None:
    name = f"Oksana {secrets.token_hex(6)}"
    first = telegram.telegram(1, text=f"{name} has seen it")
    telegram.editor.remove(telegram.slug, first, purge=True)
    same = {"text": f"{name} has seen it"}
    assert telegram.telegram(2, "edited_message", edit_date=102, **same) is None
    assert telegram.queue() == []
    assert name.encode() not in everything_in(shared_server)
    assert telegram.telegram(3, "edited_message", edit_date=103, text="Somebody has seen it")
    assert telegram.queue() == ["Somebody has seen it"]


def test_a_live_location_moves_without_a_word(telegram: Chat) -> None:
    where = {"latitude": 49.991234, "longitude": 36.231234, "live_period": 900}
    stranger: dict[str, Any] = {"chat": {"id": 8}, "from": {"id": 8}}
    assert telegram.telegram(1, location=where, **stranger) is None
    first = telegram.telegram(1, location=where)
    for number in (2, 3):
        moved = where | {"latitude": 49.99 + number}
        assert telegram.telegram(number, "edited_message", location=moved, edit_date=number) is None
    assert telegram.queue() == ["(A live location that cannot be taken, by Telegram.)"]
    (note,) = telegram.notes(first)
    assert note.startswith("A live location was sent and cannot be taken")
    everything = telegram.editor.http.get(f"/api/stories/{telegram.slug}/entries/{first}").text
    assert "49.99" not in everything + note
    assert "36.23" not in everything + note


def test_a_forward_names_a_public_channel_and_nobody_else(
    shared_server: Server, account: str, telegram: Chat
) -> None:
    """Also not the account, whose public name stands where nobody else is credited."""
    done = run("user", "byline", account, "Tips, in Kharkiv", env=shared_server.env)
    assert done.returncode == 0, done.stderr
    person = {"id": 9, "first_name": "Taras", "last_name": "Shevchuk", "username": "taras_sh"}
    origin = {"type": "channel", "chat": CHANNEL, "message_id": 77, "author_signature": "Shevchuk"}
    try:
        of_channel = telegram.telegram(1, text="Two dead", forward_origin=origin)
        user = {"type": "user", "sender_user": person}
        of_person = telegram.telegram(2, text="Three", message_id=6, forward_origin=user)
    finally:
        run("user", "byline", account, "", env=shared_server.env)
    rows = {row["id"]: row for row in queue(telegram.editor, telegram.slug)}
    assert rows[of_channel]["sources"][0]["name"] == "Kharkiv Life"
    assert rows[of_channel]["sources"][0]["url"] == "https://t.me/kharkivlife/77"
    assert rows[of_person]["sources"] == []
    for entry in (of_channel, of_person):
        assert rows[entry]["credits"] == []
        assert rows[entry]["verification"]["status"] == "unverified"
        assert rows[entry]["verification"]["note"] == "Forwarded on Telegram"
        (note,) = telegram.notes(entry)
        assert note.startswith("Forwarded in Telegram")
    told = json.dumps(rows) + "".join(note for entry in rows for note in telegram.notes(entry))
    for secret in ("Shevchuk", "Taras", "taras", "Correspondent B", "Tips, in"):
        assert secret not in told
    for entry in rows:
        telegram.editor.remove(telegram.slug, entry, purge=True)
    gone = telegram.editor.http.get(f"/api/stories/{telegram.slug}/entries/{of_channel}").text
    assert "Kharkiv Life" not in gone


def test_what_is_nested_by_the_thousand_is_refused(telegram: Chat) -> None:
    deep = '{"message": ' + '{"a": ' * 100_000 + "1" + "}" * 100_001
    headers = {"X-Telegram-Bot-Api-Secret-Token": telegram.secret}
    answer = telegram.client.post("/api/inbound/telegram", content=deep, headers=headers)
    assert answer.status_code == 400
    assert telegram.client.get("/livez").status_code == 200
