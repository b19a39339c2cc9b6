"""Messages from Slack, Telegram and e-mail: who may send is checked here, what was sent is read here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Annotated, Any

import structlog
from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import from_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from liveblog.content.chat import from_email, from_email_html, from_slack, from_telegram
from liveblog.errors import Forbidden, Invalid, Malformed, TooLarge, Unauthorized
from liveblog.newsroom.fields import Text
from liveblog.newsroom.forms import Form, parse
from liveblog.newsroom.inbound import Message, may_send, receive, secret, withdraw
from liveblog.signatures import HEADER, same, signed, signed_by_slack
from liveblog.ways import Inlet
from liveblog.web.state import parts

log = structlog.get_logger()

REQUEST_BYTES = 4 * 1024 * 1024
TEXT_CHARACTERS = 256 * 1024  # of which an entry takes 64 KiB when it is Markdown
TAGS = 5_000
RFC_822 = "message/rfc822"
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
    sent = _object(body)
    if sent.get("type") == "url_verification":
        return JSONResponse({"challenge": str(sent.get("challenge", ""))})
    event = sent.get("event")
    if sent.get("type") != "event_callback" or not isinstance(event, dict):
        return _answer(None)
    for inlet in await parts(request).room.store.inlets.all("slack"):
        if inlet.channel == event.get("channel"):
            return _answer(await _from_slack(request, inlet, event))
    return _answer(None)


async def _from_slack(request: Request, inlet: Inlet, event: dict[str, Any]) -> str | None:
    kind = event.get("subtype")
    if event.get("type") != "message":
        return None
    if kind == "message_deleted":
        deleted = f"{inlet.channel}:{event.get('deleted_ts')}"
        return await withdraw(parts(request).room, _key(request), inlet, deleted)
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
    return await _received(
        request,
        inlet,
        Message(f"{inlet.channel}:{said_at}", _microseconds(at), str(message.get("user")), text),
    )


async def telegram(request: Request) -> Response:
    """Updates of a Telegram bot (https://core.telegram.org/bots/api#setwebhook)."""
    given = request.headers.get("x-telegram-bot-api-secret-token", "")
    inlets = await parts(request).room.store.inlets.all("telegram")
    found = [one for one in inlets if same(secret(_key(request), one), given)]
    if not found:
        raise Unauthorized("the secret token of the bot is missing or wrong")
    update = _object(await _body(request))
    names = ("message", "edited_message", "channel_post", "edited_channel_post")
    message = next((update[name] for name in names if isinstance(update.get(name), dict)), None)
    if message is None:
        return _answer(None)
    return _answer(await _from_telegram(request, found[0], update, message))


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
    return await _received(request, inlet, Message(place, version, "", text), *senders)


def _own_attachments(value: Any) -> Any:
    return len(value) if isinstance(value, list) else value


class Email(Form):
    """An e-mail as a gateway passes it on. Attachments are left out."""

    model_config = ConfigDict(title="Email")

    sender: Annotated[Text, Field(alias="from")]
    message_id: Text
    text: Text
    subject: Text | None = None
    attachments: Annotated[
        int, BeforeValidator(_own_attachments, json_schema_input_type=list[Any])
    ] = 0


async def email(request: Request) -> Response:
    """An e-mail, as JSON or as it is (RFC 5322). Refused where its sender is not known, so that the
    gateway can tell."""
    body = await _body(request)
    header = request.headers.get(HEADER, "")
    inlets = await parts(request).room.store.inlets.all("email")
    found = [one for one in inlets if signed(secret(_key(request), one), header, body, time.time())]
    if not found:
        raise Unauthorized(f"{HEADER}: is missing, wrong or too old")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    read = _rfc_5322 if kind == RFC_822 else _as_json
    mail, written = await asyncio.to_thread(read, body)
    if not mail.message_id.strip():
        raise Invalid({"message_id": "is missing"})
    sender = may_send(_key(request), found[0], parseaddr(mail.sender)[1] or mail.sender)
    if sender is None:
        raise Forbidden("this sender is not on the list of those who may send")
    _require_short(mail.text)
    text = await asyncio.to_thread(written, mail.text)
    if not text.strip():
        raise Invalid({"text": "is empty; must hold what shall be submitted"})
    subject = " ".join((mail.subject or "").split()) or None
    message = Message(mail.message_id.strip(), 0, sender, text, subject)
    done = await receive(parts(request).room, _key(request), found[0], message)
    return _answer(done, 202)


def _require_short(text: str) -> None:
    """Anybody can write to an address: what is read has its bounds. Raises `TooLarge`."""
    if len(text) > TEXT_CHARACTERS or text.count("<") > TAGS:
        raise TooLarge(
            f"text: is too long or too deep; at most {TEXT_CHARACTERS} characters and {TAGS} tags are read"
        )


def _as_json(body: bytes) -> tuple[Email, Callable[[str], str]]:
    return parse(Email, _object(body)), from_email


def _rfc_5322(body: bytes) -> tuple[Email, Callable[[str], str]]:
    """An e-mail, and what makes Markdown of its text. Raises `Malformed` where Python's parser gives up,
    and `Invalid`."""
    mail = message_from_bytes(body, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    try:
        part = mail.get_body(("plain", "html"))
        content = str(part.get_content()) if part is not None else ""
        found = {name: str(mail.get(name, "")) for name in ("from", "message-id", "subject")}
    except (LookupError, ValueError, AttributeError, TypeError, MessageError) as error:
        raise Malformed(f"the e-mail cannot be read: {type(error).__name__}") from None
    html = part is not None and part.get_content_subtype() == "html"
    values = {
        "from": found["from"],
        "message_id": found["message-id"],
        "subject": found["subject"],
        "text": content,
    }
    return parse(Email, values), from_email_html if html else from_email


async def _received(request: Request, inlet: Inlet, message: Message, *senders: str) -> str | None:
    """A message of a chat: what cannot be a submission is left out, and only the log tells."""
    sender = may_send(_key(request), inlet, *(senders or (message.sender,)))
    if sender is None:
        log.info("a message was left out: its sender is not known", inlet=inlet.id)
        return None
    if not message.text.strip():
        log.info("a message was left out: it has no text", inlet=inlet.id)
        return None
    try:
        return await receive(
            parts(request).room, _key(request), inlet, message._replace(sender=sender)
        )
    except Invalid as error:
        log.info("a message was left out", inlet=inlet.id, reason=error.detail)
        return None


def _answer(entry: str | None, status: int = 200) -> Response:
    return JSONResponse({"ok": True, "entry": entry}, status)


def _key(request: Request) -> str:
    return parts(request).settings.secret_key


async def _body(request: Request) -> bytes:
    """At most what the route takes. Raises `Malformed`."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise Malformed("the request ended before its body was whole") from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = from_json(body, allow_inf_nan=False)
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
