"""What Slack and Telegram send, and what the desk gets of it: a table, and the whole way for what a row cannot tell."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from liveblog.content.markup.markdown import to_html
from liveblog.inbound import slack, telegram
from liveblog.inbound.emoji import pictured
from liveblog.inbound.message import Deleted, Message, forwarded, noted, written
from liveblog.models.integrations import Inlet, InletKind
from liveblog.models.members import Role, User

IGNORED = None
DESK = User(id=1, email="tips@example.org", name="Tips", role=Role.CONTRIBUTOR)
PLACE = "where somebody is must not be kept; ask the sender what there is to be told of the place"
UNVERIFIED = " It is not verified, and who forwarded it is not credited."
NOBODY = "Forwarded in Telegram. Who wrote it is not kept." + UNVERIFIED
CHANNEL = "Forwarded in Telegram from a public channel, which is named as its source." + UNVERIFIED


def inlet(kind: InletKind) -> Inlet:
    return Inlet(
        id=1, kind=kind, story="s", user=DESK, channel="C1", salt="00", token="sealed", anyone=True,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def shown(kind: InletKind, said: Message | Deleted | None) -> Any:
    """As the table writes it."""
    if said is None or isinstance(said, Deleted):
        return said
    return written(kind, said)["body"]


# --- Slack

SPOKEN: dict[str, Any] = {"type": "message", "channel": "C1", "user": "U1", "ts": "10.000001"}
TOMBSTONE: dict[str, Any] = {
    "type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": True, "ts": "10.000001",
    "thread_ts": "10.000001", "reply_count": 2, "text": "This message was deleted.",
}  # fmt: skip


def said(text: str, **more: Any) -> dict[str, Any]:
    return SPOKEN | {"text": text} | more


def changed(message: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "subtype": "message_changed", "hidden": True, "message": message, "ts": "11.1"}  # fmt: skip


def rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "rich_text", "block_id": "b", "elements": list(elements)}]


def words(*elements: dict[str, Any], kind: str = "section") -> dict[str, Any]:
    return {"type": f"rich_text_{kind}", "elements": list(elements)}


def text(said: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": said} | ({"style": style} if style else {})


GONE = Deleted("C1:10.000001")
SLACK: list[tuple[str, dict[str, Any], Any]] = [
    # deletions
    ("deleted", {"type": "message", "subtype": "message_deleted", "deleted_ts": "10.000001", "ts": "12.1"}, GONE),
    ("deleted, told by what it was", {"type": "message", "subtype": "message_deleted", "previous_message": said("x")}, GONE),
    ("deleted, with replies", changed(TOMBSTONE), GONE),
    ("deleted, with replies, without its subtype", changed({n: v for n, v in TOMBSTONE.items() if n != "subtype"}), GONE),
    ("a file deleted", changed(said("x", files=[{"id": "F1", "mode": "tombstone"}, {"id": "F2"}])), Deleted("C1:10.000001", ("F1",))),
    ("a file deleted before", changed(said("x", files=[{"id": "F1", "mode": "tombstone"}])) | {"previous_message": said("x", files=[{"id": "F1", "mode": "tombstone"}])}, IGNORED),
    # edits
    ("edited", changed(said("Three", edited={"user": "U1", "ts": "11.0"})), "Three"),
    ("a link unfolded", changed(said("Two", attachments=[{"from_url": "https://example.org"}])), IGNORED),
    ("replied to", {"type": "message", "subtype": "message_replied", "message": said("x")}, IGNORED),
    # what no person says to the channel
    ("joined", said("<@U1> has joined", subtype="channel_join"), IGNORED),
    ("topic set", said("set the topic", subtype="channel_topic"), IGNORED),
    ("a bot", {"type": "message", "subtype": "bot_message", "bot_id": "B1", "text": "x", "ts": "1.1"}, IGNORED),
    ("our own app", said("Posted", bot_id="B1", app_id="A1"), IGNORED),
    ("a reply in a thread", said("talk", thread_ts="9.0"), IGNORED),
    ("a reaction", {"type": "reaction_added", "reaction": "eyes", "item": {"ts": "10.000001"}}, IGNORED),
    ("a comment on a file", said("nice", subtype="file_comment"), IGNORED),
    ("hidden", said("x", hidden=True), IGNORED),
    # what persons say
    ("to thread and channel", said("News", subtype="thread_broadcast", thread_ts="9.0"), "News"),
    ("the first of a thread", said("First", thread_ts="10.000001"), "First"),
    ("of oneself", said("is at the bridge", subtype="me_message"), "is at the bridge"),
    ("emoji", said(":fire: :flag-ua: :+1::skin-tone-3:"), "🔥 🇺🇦 👍🏼"),
    ("emoji by other names", said(":thumbsup: :flag-gb: :man-running::skin-tone-6: :heart:"), "👍 🇬🇧 🏃🏿\u200d♂️ ❤️"),
    ("emoji beside letters, each other and hours", said("вогонь:fire::fire: at 12:30:45 and 10:100:20"), "вогонь🔥🔥 at 12:30:45 and 10:100:20"),
    ("emoji of the workspace", said("Thanks :party_parrot:"), "Thanks :party_parrot:"),
    ("emoji in code", said("`:fire:`"), "`:fire:`"),
    ("to all", said("<!here> <!channel|channel> <!everyone>"), "@here channel @everyone"),
    ("to a group", said("<!subteam^S1|@night-desk> <!subteam^S2>"), "@night-desk @…"),
    ("a date", said("on <!date^1392734382^{date_short}|Feb 18, 2014>"), "on Feb 18, 2014"),
    ("a date without words", said("<!date^1392734382^{date_short}>"), "2014-02-18 14:39 UTC"),
    ("a date that leads somewhere", said("<!date^1^{date}^https://example.org/a|May 1>"), "[May 1](<https://example.org/a>)"),
    ("an odd date", said("<!date^999999999999999999999^x> <!date>"), "… …"),
    ("people and channels", said("<@U2> <@U2|ann> <#C2|general> <#C3>"), "@… @… #general #…"),
    ("links", said("<https://example.org/a_b|the fund> <https://example.org> <mailto:a@example.org|a@example.org>"),
     "[the fund](<https://example.org/a_b>) <https://example.org> [a@example.org](<mailto:a@example.org>)"),
    ("a number", said("<tel:+380440000000|+380 44 000>"), "[+380 44 000](<tel:+380440000000>)"),
    ("a link elsewhere", said("<javascript:alert(1)|here> <slack://open|there>"), "here there"),
    ("signs", said("2 &lt; 3 &amp;&amp; 4 &gt; 1, <https://example.org/?a=1&amp;b=2>"), "2 \\< 3 && 4 > 1, <https://example.org/?a=1&b=2>"),
    ("marks", said("*bold* _it_ ~no~ `code` *_both_*"), "**bold** *it* ~~no~~ `code` ***both***"),
    ("a quotation", said("&gt; He said\n&gt; so\nI think not"), "> He said\n> so\n\nI think not"),
    ("a long quotation", said("&gt;&gt;&gt; He said\nso"), "> He said\n> so"),
    ("a list", said("• one\n• two"), "- one\n\n- two"),
    ("lines of signs alone", said("Two dead.\n---\n12."), "Two dead.\n\n\\---\n\n12\\."),
    # rich text, where the text is poorer
    ("bold within a word", said("*un*likely", blocks=rich(words(text("un", bold=True), text("likely")))), "**un**likely"),
    ("bold with a colon at its end", said("*Kyiv:*now", blocks=rich(words(text("Kyiv:", bold=True), text("now")))), "**Kyiv:**&#110;ow"),
    ("styles that overlap", said("x", blocks=rich(words(text("a", bold=True), text("b", bold=True, italic=True), text(" c", strike=True)))), "**a*b*** ~~c~~"),
    ("lists in lists", said("x", blocks=rich(
        words(text("Seen:\n")),
        words(words(text("one")), words(text("two")), kind="list") | {"style": "ordered", "indent": 0},
        words(words(text("deep", bold=True)), kind="list") | {"style": "bullet", "indent": 1},
        words(words(text("three")), kind="list") | {"style": "ordered", "indent": 0, "offset": 2})),
     "Seen:\n\n1. one\n2. two\n    - **deep**\n3. three"),
    ("a quotation and code", said("x", blocks=rich(words(text("He said\nso"), kind="quote"), words(text("a\n  b"), kind="preformatted"))), "> He said\n> so\n\n```\na\n  b\n```"),
    ("elements of all kinds", said("x", blocks=rich(words(
        {"type": "user", "user_id": "U2"}, text(" "), {"type": "broadcast", "range": "here"}, text(" "),
        {"type": "emoji", "name": "fire", "unicode": "1f525"}, {"type": "emoji", "name": "new_one", "unicode": "1fae9"},
        {"type": "emoji", "name": "our_parrot"}, text(" "), {"type": "link", "url": "https://example.org", "text": "there"},
        text(" "), {"type": "channel", "channel_id": "C2"}, {"type": "color", "value": "#FF0000"}))),
     "@… @here 🔥\U0001fae9:our_parrot: [there](<https://example.org>) #…#FF0000"),
    ("blocks of an app", said("As text", blocks=[{"type": "section", "text": {"text": "other"}}]), "As text"),
    ("a message that was forwarded", said("", attachments=[{"is_share": True, "text": "*Two* dead", "author_name": "Olena K."}]), "> **Two** dead"),
    ("one's own words and such a message", said("Look:", attachments=[{"is_share": True, "text": "Two dead"}]), "Look:\n\n> Two dead"),
    # what cannot be taken
    ("a huddle", {"type": "message", "subtype": "huddle_thread", "user": "USLACKBOT", "room": {"created_by": "U1"}, "ts": "10.1", "text": ""}, "(A huddle that cannot be taken, by Slack.)"),
    ("blocks alone", said("", blocks=[{"type": "video", "title": {"text": "x"}}]), "(A message of an unknown kind that cannot be taken, by Slack.)"),
    ("a file alone", said("", subtype="file_share", files=[{"id": "F1", "mimetype": "image/png"}]), "(A picture without words, by Slack.)"),
    # odd ones
    ("no text", said(""), "(A picture without words, by Slack.)"),  # left out, for nothing came with it
    ("an odd change", changed("odd"), IGNORED),  # type: ignore[arg-type]  # on purpose
    ("odd blocks", said("As text", blocks=[None, {"type": "rich_text", "elements": "x"}, 1]), "As text"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "desk"), [row[1:] for row in SLACK], ids=[row[0] for row in SLACK]
)
def test_what_slack_sends(event: dict[str, Any], desk: Any) -> None:
    assert shown("slack", slack.read(inlet("slack"), event)) == desk


@pytest.mark.parametrize(
    ("event", "note"),
    [
        (said("", attachments=[{"is_share": True, "text": "Two dead", "files": [{}]}]),
         "Forwarded in Slack. Who wrote it is not kept." + UNVERIFIED + " " + slack.OF_A_SHARE),
        (said("Look", attachments=[{"is_share": True, "text": "Two dead"}]), ""),
        (said("", subtype="huddle_thread", room={"created_by": "U1"}), "A huddle was sent and cannot be taken: what is said in it is not kept."),
        (said("x", files=[{"id": "F1", "mode": "tombstone"}]), "1 attachment was not taken: it was deleted in Slack"),
        (said("x", files=[{"id": "F1", "mode": "external", "is_external": True, "mimetype": "image/png"}]), "1 attachment was not taken: it is kept elsewhere, not in Slack"),
        (said("x", files=[{"id": "F1", "mode": "quip", "filetype": "quip", "mimetype": "application/vnd.slack-docs"}]), "1 attachment was not taken: it is a canvas"),
        (said("x", files=[{"id": "F1", "mode": "hidden_by_limit"}]), "1 attachment was not taken: it is hidden by Slack, whose limit the workspace has reached"),
    ],
)  # fmt: skip
def test_what_the_desk_is_told_of_slack(event: dict[str, Any], note: str) -> None:
    found = slack.read(inlet("slack"), event)
    assert isinstance(found, Message)
    assert noted(found) == note
    assert "F1" not in noted(found)


# --- Telegram

SENT: dict[str, Any] = {
    "message_id": 5,
    "date": 1441645532,
    "chat": {"id": 7, "type": "private", "first_name": "Olena"},
    "from": {"id": 7, "is_bot": False, "first_name": "Olena", "language_code": "uk"},
}
PUBLIC = {"id": -100, "type": "channel", "title": "Kharkiv  Life", "username": "kharkivlife"}
PRIVATE = {"id": -100, "type": "channel", "title": "Only us"}
PERSON = {"id": 9, "is_bot": False, "first_name": "Taras", "username": "taras_sh"}
NAMED = {"kind": "social", "name": "Kharkiv Life", "url": "https://t.me/kharkivlife/77"}


def sent(words: str = "Two dead", *entities: tuple[Any, ...], **more: Any) -> dict[str, Any]:
    """With `(kind, offset, length)`, and what else an entity says."""
    parts = [
        {"type": kind, "offset": at, "length": length} | (dict(*rest) if rest else {})
        for kind, at, length, *rest in entities
    ]
    return {"update_id": 1, "message": SENT | {"text": words, "entities": parts} | more}


def came(**part: Any) -> dict[str, Any]:
    return {"update_id": 1, "message": SENT | part}


def strange(kind: str) -> str:
    return f"({kind} that cannot be taken, by Telegram.)"


TELEGRAM: list[tuple[str, dict[str, Any], str | None, str]] = [
    # texts
    ("plain", sent("2 * 3 < 7 _x"), "2 \\* 3 \\< 7 \\_x", ""),
    ("styles", sent("bold it no code", ("bold", 0, 4), ("italic", 5, 2), ("strikethrough", 8, 2), ("code", 11, 4)), "**bold** *it* ~~no~~ `code`", ""),
    ("within each other", sent("all of it", ("bold", 0, 9), ("italic", 4, 2)), "**all *of* it**", ""),
    ("in parts, as programs send them", sent("abcdef", ("bold", 0, 3), ("bold", 3, 3), ("italic", 3, 3)), "**abc*def***", ""),
    ("across each other", sent("abcdef", ("bold", 0, 4), ("italic", 2, 4)), "**ab*cd****ef*", ""),
    ("after an emoji", sent("🔥🇺🇦 now", ("bold", 7, 3)), "🔥🇺🇦 **now**", ""),
    ("a colon at the end of bold", sent("Увага:дим", ("bold", 0, 6)), "**Увага:**&#1076;им", ""),
    ("an address without a scheme", sent("www.example.org/a", ("url", 0, 17)), "[www.example.org/a](<https://www.example.org/a>)", ""),
    ("a bare host and path", sent("see example.org/x_y", ("url", 4, 15)), "see [example.org/x_y](<https://example.org/x_y>)", ""),
    ("a host with a port", sent("example.org:8080/x", ("url", 0, 18)), "[example.org:8080/x](<https://example.org:8080/x>)", ""),
    ("an address with its scheme", sent("HTTPS://example.org", ("url", 0, 19)), "<HTTPS://example.org>", ""),
    ("a host in another script", sent("приклад.укр/дим далі", ("url", 0, 15)), "[приклад.укр/дим](<https://приклад.укр/дим>) далі", ""),
    ("addresses elsewhere", sent("tg://x ton://y", ("url", 0, 6), ("url", 7, 7)), "tg://x ton://y", ""),
    ("words that lead somewhere", sent("the fund", ("text_link", 4, 4, {"url": "https://example.org/"}), ("bold", 4, 4)), "the [**fund**](<https://example.org/>)", ""),
    ("words that lead to a bare host", sent("fund", ("text_link", 0, 4, {"url": "example.org"})), "[fund](<https://example.org>)", ""),
    ("words that lead nowhere", sent("fund", ("text_link", 0, 4, {"url": "tg://user?id=9"})), "fund", ""),
    ("people", sent("@taras_sh and Taras", ("mention", 0, 9), ("text_mention", 14, 5, {"user": PERSON})), "@… and @…", ""),
    ("bold within a mention", sent("Taras S", ("text_mention", 0, 7, {"user": PERSON}), ("bold", 0, 5)), "**@…**", ""),
    ("a spoiler and an emoji", sent("no 👍", ("spoiler", 0, 2), ("custom_emoji", 3, 2, {"custom_emoji_id": "5"})), "no 👍", ""),
    ("a quotation", sent("He said\nso\nI think", ("blockquote", 0, 10), ("bold", 3, 4)), "> He **said**\n> so\n\nI think", ""),
    ("a folded quotation", sent("He said", ("expandable_blockquote", 0, 7)), "> He said", ""),
    ("code of a language", sent("x = 1", ("pre", 0, 5, {"language": "python"})), "```python\nx = 1\n```", ""),
    ("code of an odd language", sent("x", ("pre", 0, 1, {"language": "a b`"})), "```\nx\n```", ""),
    ("odd entities", sent("abc", ("bold", 9, 4), ("bold", -1, 2), ("bold", "x", 1), ("odd", 0, 2), ("italic", 2, 900)), "ab*c*", ""),
    ("a caption", came(caption="The bridge", caption_entities=[{"type": "bold", "offset": 4, "length": 6}]), "The **bridge**", ""),
    # forwards
    ("of a public channel", sent(forward_origin={"type": "channel", "chat": PUBLIC, "message_id": 77, "author_signature": "Taras"}), "Two dead", CHANNEL),
    ("of a private channel", sent(forward_origin={"type": "channel", "chat": PRIVATE, "message_id": 77}), "Two dead", NOBODY),
    ("of a person", sent(forward_origin={"type": "user", "sender_user": PERSON}), "Two dead", NOBODY),
    ("of a hidden person", sent(forward_origin={"type": "hidden_user", "sender_user_name": "Taras"}), "Two dead", NOBODY),
    ("of a group", sent(forward_origin={"type": "chat", "sender_chat": PUBLIC | {"type": "supergroup"}, "author_signature": "Taras"}), "Two dead", NOBODY),
    ("of an unknown kind", sent(forward_origin={"type": "new", "chat": PUBLIC}), "Two dead", NOBODY),
    ("by itself, in the group of a channel", sent(is_automatic_forward=True, sender_chat=PUBLIC, forward_origin={"type": "channel", "chat": PUBLIC, "message_id": 77}), "Two dead", CHANNEL),
    ("of a public channel, as it was told before", sent(forward_from_chat=PUBLIC, forward_from_message_id=77, forward_signature="Taras", forward_date=1), "Two dead", CHANNEL),
    ("of a person, as it was told before", sent(forward_from=PERSON, forward_date=1), "Two dead", NOBODY),
    ("of a hidden person, as it was told before", sent(forward_sender_name="Taras", forward_date=1), "Two dead", NOBODY),
    ("with an odd username", sent(forward_origin={"type": "channel", "chat": PUBLIC | {"username": "a/../b"}, "message_id": 77}), "Two dead", NOBODY),
    # answers
    ("an answer", sent(reply_to_message=SENT | {"text": "Is it so, Taras?"}, quote={"text": "Taras"}), "Two dead", telegram.ANSWER),
    ("an answer to another chat", sent(external_reply={"origin": {"type": "user", "sender_user": PERSON}}), "Two dead", telegram.ANSWER),
    ("in a topic of a group", sent(is_topic_message=True, message_thread_id=2, reply_to_message=SENT | {"message_id": 2, "forum_topic_created": {"name": "Taras"}}), "Two dead", ""),
    ("an odd text", sent(text={"a": 1}, sticker={}), strange("A sticker"), "A sticker was sent and cannot be taken: it is no picture that an entry can show; ask the sender what it means."),
    # other ways
    ("a post of a channel", {"update_id": 1, "channel_post": sent("News")["message"]}, "News", ""),
    ("an edited post", {"update_id": 1, "edited_channel_post": sent("News", edit_date=5)["message"]}, "News", ""),
    # what cannot be taken
    ("a location", came(location={"latitude": 49.99, "longitude": 36.23}), strange("A location"), f"A location was sent and cannot be taken: {PLACE}."),
    ("a live location", came(location={"latitude": 49.99, "longitude": 36.23, "live_period": 900}), strange("A live location"), f"A live location was sent and cannot be taken: {PLACE}."),
    ("a venue", came(venue={"title": "Taras's home", "address": "36.23"}, location={"latitude": 49.99, "longitude": 36.23}), strange("A venue"), f"A venue was sent and cannot be taken: {PLACE}."),
    ("a contact", came(contact={"phone_number": "+380440000000", "first_name": "Taras"}), strange("A contact"), "A contact was sent and cannot be taken: names and numbers of people must not be kept."),
    ("a poll", came(poll={"id": "1", "question": "Taras?", "options": []}), strange("A poll"), "A poll was sent and cannot be taken: ask the sender for it in words, with the result."),
    ("a sticker", came(sticker={"file_id": "x", "emoji": "🔥", "set_name": "Taras"}), strange("A sticker"), "A sticker was sent and cannot be taken: it is no picture that an entry can show; ask the sender what it means."),
    ("a dice", came(dice={"emoji": "🎲", "value": 3}), strange("A dice"), "A dice was sent and cannot be taken: it is a game."),
    ("a story", came(story={"chat": PRIVATE, "id": 1}), strange("A story"), "A story was sent and cannot be taken: ask the sender for a link to it, or for a screenshot."),
    ("a paid medium", came(paid_media={"star_count": 1, "paid_media": []}, caption="Look"), "Look", "A paid medium was sent and cannot be taken: it is not given to bots."),
    ("a game", came(game={"title": "Taras"}), strange("A game"), "A game was sent and cannot be taken: it works in Telegram alone."),
    ("an invoice", came(invoice={"title": "Taras"}), strange("An invoice"), "An invoice was sent and cannot be taken: it works in Telegram alone."),
    ("a checklist", came(checklist={"title": "Taras", "tasks": []}), strange("A checklist"), "A checklist was sent and cannot be taken: ask the sender for it in words."),
    ("what is new in Telegram", came(hologram={"title": "Taras"}), strange("A message of an unknown kind"), "A message of an unknown kind was sent and cannot be taken: ask the sender for it in words."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("update", "desk", "note"), [row[1:] for row in TELEGRAM], ids=[row[0] for row in TELEGRAM]
)
def test_what_telegram_sends(update: dict[str, Any], desk: str | None, note: str) -> None:
    found = telegram.read(inlet("telegram"), update)
    assert shown("telegram", found) == desk
    assert found is not None
    assert noted(found) == note
    # Of a person or a place, nothing goes into an entry or a note.
    told = f"{shown('telegram', found)}{noted(found)}{forwarded(found)}"
    for secret in ("Taras", "taras", "Olena", "+380", "36.23", "49.99", "Only us"):
        assert secret not in told
    if note == CHANNEL:
        assert forwarded(found)["sources"] == [NAMED]
    if note in {CHANNEL, NOBODY}:
        sure = {"status": "unverified", "note": "Forwarded on Telegram"}
        assert forwarded(found)["verification"] == sure
    if note == NOBODY:
        assert "sources" not in forwarded(found)


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1, "message_reaction": {"chat": {"id": 7}}},
        {"update_id": 1, "callback_query": {"id": "1"}},
        {"update_id": 1, "message": "odd"},
        {},
    ],
)
def test_updates_that_are_no_messages(update: dict[str, Any]) -> None:
    assert telegram.read(inlet("telegram"), update) is None


@pytest.mark.parametrize(
    "happened",
    [
        {"new_chat_members": [PERSON]},
        {"left_chat_member": PERSON},
        {"pinned_message": SENT},
        {"new_chat_title": "x"},
        {"group_chat_created": True},
        {"message_auto_delete_timer_changed": {}},
        {"video_chat_started": {}},
        {"forum_topic_created": {}},
        {"boost_added": {}},
        {"users_shared": {}},
    ],
    ids=lambda part: next(iter(part)),
)
def test_what_happens_in_a_chat_is_nothing_that_somebody_says(happened: dict[str, Any]) -> None:
    found = telegram.read(inlet("telegram"), came(**happened))
    assert found is not None
    assert (found.text, found.strange, found.came) == ("", None, ())


# --- what is hostile


@pytest.mark.parametrize(
    "entities",
    [
        [{"type": "bold", "offset": at, "length": 60_000} for at in range(100_000)],
        [{"type": "text_link", "offset": at, "length": 9, "url": "https://e.org"} for at in range(100_000)],
        [{"type": "blockquote", "offset": 0, "length": 60_000}] * 100_000,
        [None] * 100_000,
    ],
    ids=["bold", "links", "quotations", "none"],
)  # fmt: skip
def test_entities_by_the_hundred_thousand_cost_little(entities: list[Any]) -> None:
    update = {"message": SENT | {"text": "x*_ " * 25_000, "entities": entities}}
    begun = time.process_time()
    found = telegram.read(inlet("telegram"), update)
    assert time.process_time() - begun < 5
    assert found is not None
    assert found.text.count("x") == 25_000


@pytest.mark.parametrize(
    "event",
    [
        said("*a _b ~c " * 100_000),
        said("<" * 1_000_000),
        said("```" * 300_001),
        said("*x" + " " * 500_000 + "*y*"),
        said(":a" * 500_000),
        said("x", blocks=rich(*[words(*[text("a", bold=True), text("b", italic=True)] * 10)] * 100_000)),
        said("x", blocks=rich(words(*[words(text("a"))] * 100_000, kind="list") | {"indent": 10**5})),
    ],
    ids=["marks", "angles", "fences", "spaces", "colons", "blocks", "lists"],
)  # fmt: skip
def test_no_message_of_slack_takes_longer_for_being_odd(event: dict[str, Any]) -> None:
    begun = time.process_time()
    found = slack.read(inlet("slack"), event)
    assert time.process_time() - begun < 5
    assert isinstance(found, Message)
    to_html(found.text[:10_000])


def test_emoji_stand_between_words_alone() -> None:
    told = "std::o::p a:b:c 12:30:45 :fire::flag-ua: (:+1::skin-tone-3:)"
    assert pictured(told) == "std::o::p a:b:c 12:30:45 🔥🇺🇦 (👍🏼)"
