"""Messages from Slack and Telegram: checks their senders, and reads their contents."""

from __future__ import annotations

import time
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from pydantic_core import from_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from liveblog.errors import Invalid, Malformed, TooLarge, Unauthorized
from liveblog.inbound import slack as slack_events
from liveblog.inbound import telegram as telegram_updates
from liveblog.inbound.message import Deleted, Message
from liveblog.inbound.submissions import may_send, receive, secret, withdraw, withdraw_files
from liveblog.models.integrations import Inlet
from liveblog.net.signatures import is_recent_slack, same, signed_by_slack
from liveblog.web.context import parts

log = structlog.get_logger()

REQUEST_BYTES = 4 * 1024 * 1024
SHORT_BYTES = 8 * 1024  # a message of this size is read within milliseconds
SaidT = TypeVar("SaidT")


async def slack(request: Request) -> Response:
    """Slack's Events API. An event that does not concern us gets 200, because Slack repeats everything else.

    Raises `Unauthorized`, `Malformed`, `Invalid`, and the errors of reading a message.
    """
    key = parts(request).settings.slack_signing_secret
    sent_at = request.headers.get("x-slack-request-timestamp", "")
    given, now = request.headers.get("x-slack-signature", ""), time.time()
    unsigned = Unauthorized("the signature of Slack is missing, wrong or too old")
    if not key or not is_recent_slack(sent_at, given, now):  # the body is not read then
        raise unsigned
    body = await _body(request)
    if not signed_by_slack(key, sent_at, given, body, now):
        raise unsigned
    sent = object_in(body)
    if sent.get("type") == "url_verification":
        return JSONResponse({"challenge": str(sent.get("challenge", ""))})
    event = sent.get("event")
    if sent.get("type") != "event_callback" or not isinstance(event, dict):
        return answer(None)
    for inlet in await parts(request).newsroom.store.inlets.all("slack"):
        if inlet.channel == event.get("channel"):
            said = await _read(request, inlet, slack_events.read, event, len(body))
            if isinstance(said, Deleted):
                return answer(await _withdrawn(request, inlet, said))
            return answer(await _received(request, inlet, said) if said else None)
    return answer(None)


async def _read(
    request: Request,
    inlet: Inlet,
    read: Callable[[Inlet, dict[str, Any]], SaidT],
    sent: dict[str, Any],
    size: int,
) -> SaidT:
    """Read a message. A long one is read in the pool. Raises `TooLarge`, `TooMany`, `Unavailable`."""
    if size <= SHORT_BYTES:
        return read(inlet, sent)
    try:
        return await parts(request).newsroom.pool.run(("inlet", inlet.id), read, inlet, sent)
    except (TimeoutError, MemoryError):
        raise TooLarge("the message takes too long to be read") from None


async def _withdrawn(request: Request, inlet: Inlet, deleted: Deleted) -> str | None:
    newsroom, key = parts(request).newsroom, key_of(request)
    if deleted.files:
        await withdraw_files(newsroom, key, inlet, deleted.place, deleted.files)
        return None
    return await withdraw(newsroom, key, inlet, deleted.place)


async def telegram(request: Request) -> Response:
    """Updates of a Telegram bot (https://core.telegram.org/bots/api#setwebhook). Raises as `slack()`."""
    given = request.headers.get("x-telegram-bot-api-secret-token", "")
    inlets = await parts(request).newsroom.store.inlets.all("telegram")
    found = [one for one in inlets if same(secret(key_of(request), one), given)]
    if not found:
        raise Unauthorized("the secret token of the bot is missing or wrong")
    body = await _body(request)
    said = await _read(request, found[0], telegram_updates.read, object_in(body), len(body))
    return answer(await _received(request, found[0], said) if said else None)


async def _received(request: Request, inlet: Inlet, message: Message) -> str | None:
    """Submit a message and return the entry's id; None if it is left out. Only the log gives the reason."""
    sender = may_send(key_of(request), inlet, *(message.known_as or (message.sender,)))
    if sender is None:
        log.info("message left out", inlet=inlet.id, reason="the sender is unknown")
        return None
    message = message._replace(text=message.text.strip(), sender=sender)
    if not (message.text or message.files or message.strange or message.came):
        log.info("message left out", inlet=inlet.id, reason="it has no text")
        return None
    try:
        return await receive(parts(request).newsroom, key_of(request), inlet, message)
    except Invalid as error:
        # If the text shows nothing, the files are submitted without it.
        if message.text and (message.files or message.strange):
            return await _received(request, inlet, message._replace(text=""))
        log.info("message left out", inlet=inlet.id, reason=error.detail)
        return None


def answer(entry: str | None, status: int = 200) -> Response:
    """The answer to a sender: `{"ok": true, "entry"}`, with the entry's id or null."""
    return JSONResponse({"ok": True, "entry": entry}, status)


def key_of(request: Request) -> str:
    """The server's secret key."""
    return parts(request).settings.secret_key


async def _body(request: Request) -> bytes:
    """The body, up to the route's limit. Raises `Malformed`."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise Malformed("the request ended before its body was whole") from None


def object_in(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises `Malformed`, `Invalid`."""
    try:
        found = from_json(bytes(body).removeprefix(BOM_UTF8), allow_inf_nan=False)
    except ValueError as error:
        raise Malformed(f"the request is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise Invalid({"request": "must be a JSON object"})
    return found
