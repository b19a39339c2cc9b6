"""Messages from Slack and Telegram: who may send is checked here, what was sent is read here."""

from __future__ import annotations

import time
from codecs import BOM_UTF8
from typing import Any

import structlog
from pydantic_core import from_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from liveblog.content.chat import from_slack, from_telegram
from liveblog.content.enclosed import Enclosed, of_slack, of_telegram, untaken_note
from liveblog.errors import Invalid, Malformed, Unauthorized
from liveblog.newsroom.forms import MOST_MEDIA
from liveblog.newsroom.inbound import Album, Message, may_send, receive, secret, withdraw
from liveblog.signatures import same, signed_by_slack
from liveblog.ways import Inlet
from liveblog.web.state import parts

log = structlog.get_logger()

REQUEST_BYTES = 4 * 1024 * 1024
# What a person says in a channel; a reply in a thread is the newsroom's talk about it.
SPOKEN = frozenset({None, "file_share", "me_message", "thread_broadcast"})


async def slack(request: Request) -> Response:
    """Slack's Events API. What is not for us is answered 200: Slack would send it again."""
    body = await _body(request)
    key = parts(request).settings.slack_signing_secret
    sent_at = request.headers.get("x-slack-request-timestamp", "")
    given = request.headers.get("x-slack-signature", "")
    if not key or not signed_by_slack(key, sent_at, given, body, time.time()):
        raise Unauthorized("the signature of Slack is missing, wrong or too old")
    sent = object_in(body)
    if sent.get("type") == "url_verification":
        return JSONResponse({"challenge": str(sent.get("challenge", ""))})
    event = sent.get("event")
    if sent.get("type") != "event_callback" or not isinstance(event, dict):
        return answer(None)
    for inlet in await parts(request).room.store.inlets.all("slack"):
        if inlet.channel == event.get("channel"):
            return answer(await _from_slack(request, inlet, event))
    return answer(None)


async def _from_slack(request: Request, inlet: Inlet, event: dict[str, Any]) -> str | None:
    kind = event.get("subtype")
    if event.get("type") != "message":
        return None
    if kind == "message_deleted":
        deleted = f"{inlet.channel}:{event.get('deleted_ts')}"
        return await withdraw(parts(request).room, key_of(request), inlet, deleted)
    message = event
    if kind == "message_changed":
        message = event.get("message")  # type: ignore[assignment]  # checked below
        if not isinstance(message, dict) or "edited" not in message:
            return None  # Slack has only unfolded a link
        kind = message.get("subtype")
    thread, said_at = message.get("thread_ts"), message.get("ts")
    reply = thread is not None and thread != said_at and kind != "thread_broadcast"
    if kind not in SPOKEN or "bot_id" in message or reply:
        return None
    edited = message.get("edited")
    at = edited.get("ts") if isinstance(edited, dict) else said_at
    text = from_slack(str(message.get("text", "")))
    place, sender = f"{inlet.channel}:{said_at}", str(message.get("user"))
    said = Message(place, _microseconds(at), sender, text)
    said = _with_files(inlet, said, of_slack(message), edited=message is not event)
    return await _received(request, inlet, said)


async def telegram(request: Request) -> Response:
    """Updates of a Telegram bot (https://core.telegram.org/bots/api#setwebhook)."""
    given = request.headers.get("x-telegram-bot-api-secret-token", "")
    inlets = await parts(request).room.store.inlets.all("telegram")
    found = [one for one in inlets if same(secret(key_of(request), one), given)]
    if not found:
        raise Unauthorized("the secret token of the bot is missing or wrong")
    update = object_in(await _body(request))
    names = ("message", "edited_message", "channel_post", "edited_channel_post")
    message = next((update[name] for name in names if isinstance(update.get(name), dict)), None)
    if message is None:
        return answer(None)
    return answer(await _from_telegram(request, found[0], update, message))


async def _from_telegram(
    request: Request, inlet: Inlet, update: dict[str, Any], message: dict[str, Any]
) -> str | None:
    chat = _part(message, "chat").get("id")
    part = "text" if "text" in message else "caption"
    entities = message.get("entities" if part == "text" else "caption_entities")
    text = from_telegram(str(message.get(part, "")), entities if isinstance(entities, list) else [])
    # Edits come in the order of their second, and within one in that of their updates.
    edit, number = _number(message.get("edit_date")), _number(update.get("update_id"))
    version = (edit % 2**32 << 31) + number % 2**31
    place = f"{chat}:{message.get('message_id')}"
    senders = (str(_part(message, "from").get("id", chat)), str(chat))
    said = Message(place, version, "", text)
    if group := message.get("media_group_id"):
        # Each picture of an album is a message of its own.
        said = said._replace(
            album=Album(f"{chat}:album:{group}", _number(message.get("message_id")))
        )
    edited = any(name.startswith("edited_") for name in update)
    said = _with_files(inlet, said, of_telegram(message), edited=edited)
    return await _received(request, inlet, said, *senders)


def _with_files(inlet: Inlet, message: Message, came: Enclosed, *, edited: bool) -> Message:
    """The message with what came with it: fetched once, and never for an edit, which brings it again."""
    if not came.total:
        return message
    why = None
    if edited:
        why = "came with an edit; only what comes with the message itself is fetched"
    elif inlet.token is None:
        why = (
            f"was not fetched: inlet {inlet.id} has no bot token (liveblog inlet token {inlet.id})"
        )
    came = came.without(why) if why else came.at_most(MOST_MEDIA)
    note = untaken_note(came.untaken, came.total) if came.untaken else None
    return message._replace(files=came.files, note=note, what=came.what)


async def _received(request: Request, inlet: Inlet, message: Message, *senders: str) -> str | None:
    """A message of a chat: what cannot be a submission is left out, and only the log tells."""
    sender = may_send(key_of(request), inlet, *(senders or (message.sender,)))
    if sender is None:
        log.info("a message was left out: its sender is not known", inlet=inlet.id)
        return None
    message = message._replace(text=message.text.strip())
    if not (message.text or message.files or message.note):
        log.info("a message was left out: it has no text", inlet=inlet.id)
        return None
    message = message._replace(sender=sender)
    try:
        return await receive(parts(request).room, key_of(request), inlet, message)
    except Invalid as error:
        if message.files and message.text:  # words that show nothing lose no picture
            return await _received(request, inlet, message._replace(text=""), sender)
        log.info("a message was left out", inlet=inlet.id, reason=error.detail)
        return None


def answer(entry: str | None, status: int = 200) -> Response:
    return JSONResponse({"ok": True, "entry": entry}, status)


def key_of(request: Request) -> str:
    return parts(request).settings.secret_key


async def _body(request: Request) -> bytes:
    """At most what the route takes. Raises `Malformed`."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise Malformed("the request ended before its body was whole") from None


def object_in(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises `Malformed`, `Invalid`."""
    try:
        found = from_json(bytes(body).removeprefix(BOM_UTF8), allow_inf_nan=False)
    except ValueError as error:
        raise Malformed(f"the request is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise Invalid({"request": "must be a JSON object"})
    return found


def _part(of: dict[str, Any], name: str) -> dict[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def _microseconds(ts: object) -> int:
    """Slack's time of a message, such as `1355517523.000005`."""
    digits = str(ts).replace(".", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0
