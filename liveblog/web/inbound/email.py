"""E-mails, as gateways pass them on: from whom is read first, and only then what was sent."""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Callable, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from hashlib import sha256
from typing import Annotated, Any, BinaryIO, NamedTuple

import structlog
from pydantic import BeforeValidator, ConfigDict, Field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from liveblog.errors import (
    Forbidden,
    Invalid,
    LiveblogError,
    Malformed,
    Refused,
    TooLarge,
    Unauthorized,
)
from liveblog.inbound.attachments import untaken
from liveblog.inbound.files import TOO_MANY, untaken_note
from liveblog.inbound.mail.header import POLICY, UNREADABLE, automatic, sender, subject
from liveblog.inbound.mail.mail_message import (
    CHUNK,
    PARTS,
    Attachment,
    Content,
    from_text,
    read,
    unreadable,
)
from liveblog.inbound.mail.quoting import Answering
from liveblog.inbound.message import Forward, Message
from liveblog.inbound.submissions import may_send, receive, received, secret
from liveblog.models.integrations import Inlet
from liveblog.net.signatures import HEADER, is_recent, signed_in_parts
from liveblog.newsroom import media
from liveblog.newsroom.fields import Text
from liveblog.newsroom.forms import MOST_MEDIA, UploadForm
from liveblog.newsroom.validation import Form, parse
from liveblog.web.context import parts
from liveblog.web.inbound.chat import answer, key_of, object_in

log = structlog.get_logger()

MAIL_BYTES = 36 * 1024 * 1024  # 25 MB, the most that mail servers usually take, and base64
HEAD_BYTES = 256 * 1024
RFC_822 = "message/rfc822"
NOT_PASSED_ON = "was not passed on with the e-mail"
WORDLESS = "message"  # "(A message without words, by e-mail.)"
# What a mail is read into takes several times its size.
_one_at_a_time = asyncio.Semaphore(1)


class Head(NamedTuple):
    """From whom an e-mail is, and what reads the rest. `address` is empty where that can be read in more
    than one way; `automatic` says what it is that no person sent."""

    form: Email
    address: str
    read: Callable[[], Content]
    automatic: str | None = None


def _listed(value: Any) -> Any:
    """A number, for a gateway that only counts them."""
    return [None] * min(value, PARTS) if isinstance(value, int) and value >= 0 else value


class Email(Form):
    """An e-mail as a gateway passes it on. Attachments are taken as `{"content": BASE64}`; others, or their
    number, are only told to the desk."""

    model_config = ConfigDict(title="Email")

    sender: Annotated[Text, Field(alias="from")]
    message_id: Text
    text: Text
    subject: Text | None = None
    attachments: Annotated[
        list[Any], BeforeValidator(_listed, json_schema_input_type=list[Any] | int)
    ] = Field(default_factory=list)


async def email(request: Request) -> Response:
    """An e-mail, as JSON or as it is (RFC 5322). Refused where its sender is not known, so that the
    gateway can tell. It is answered when its pictures are kept: they are in the request, and nowhere else."""
    unsigned = Unauthorized(f"{HEADER}: is missing, wrong or too old")
    inlets = await parts(request).newsroom.store.inlets.all("email")
    if not inlets or not is_recent(request.headers.get(HEADER, ""), time.time()):
        raise unsigned
    with tempfile.TemporaryFile() as body:
        await _spool(request, body)
        inlet = await asyncio.to_thread(_signed, inlets, key_of(request), request, body)
        if inlet is None:
            raise unsigned
        async with _one_at_a_time:
            return await _submitted(request, inlet, body)


async def _submitted(request: Request, inlet: Inlet, body: BinaryIO) -> Response:
    newsroom, key = parts(request).newsroom, key_of(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    head = await asyncio.to_thread(_rfc_5322 if kind == RFC_822 else _as_json, body)
    place = head.form.message_id.strip()
    if not place:
        raise Invalid({"message_id": "is missing"})
    known = may_send(key, inlet, head.address)
    if known is None:
        raise Forbidden("this sender is not on the list of those who may send")
    if await received(newsroom, key, inlet, place):
        return answer(None, 202)
    if head.automatic:
        log.info("an e-mail was left out", inlet=inlet.id, reason=head.automatic)
        left_out = {"ok": True, "entry": None, "left_out": f"it is {head.automatic}"}
        return JSONResponse(left_out, 202)
    content = await asyncio.to_thread(head.read)
    headline = " ".join((head.form.subject or "").split()) or None
    if not (content.text or content.attachments or content.notes or headline):
        raise Invalid({"text": "is empty; must hold what shall be submitted"})
    forward = Forward("e-mail") if content.forwarded else None
    message = Message(place, 0, known, content.text, headline, WORDLESS, forward=forward)
    message = await _with_media(request, inlet, message, content)
    return answer(await receive(newsroom, key, inlet, message), 202)


async def _with_media(request: Request, inlet: Inlet, message: Message, mail: Content) -> Message:
    """The message with what came with it, made anew. What is not submitted then is cleared away."""
    here = parts(request)
    kept: list[str] = []
    refused: dict[int, str] = {}
    what = None
    for place, attachment in enumerate(mail.attachments, 1):
        try:
            if isinstance(attachment, str):
                refused[place] = attachment
                continue
            if len(kept) == MOST_MEDIA:
                refused[place] = TOO_MANY
                continue
            content = io.BytesIO(await asyncio.to_thread(attachment))
            medium = await media.upload(
                here.newsroom,
                inlet.user,
                content,
                UploadForm(),
                most_mb=here.settings.media_mb,
                spare=True,
            )
            kept.append(medium.id)
            what = what or {"audio": "recording"}.get(medium.kind, medium.kind)
        except Refused as error:
            refused[place] = untaken(error)
        except LiveblogError:
            raise  # the gateway sends it again
        except Exception:
            log.exception("an attachment could not be read", inlet=inlet.id)
            refused[place] = "cannot be read"
    notes = list(mail.notes)
    if refused:
        notes.append(untaken_note(refused, len(mail.attachments)))
    if mail.attachments:
        message = message._replace(what=what or "file")
    return message._replace(media=tuple(kept), note=" ".join(notes) or None)


async def _spool(request: Request, body: BinaryIO) -> None:
    """Anybody may send so much: it is kept out of memory. Raises `Malformed`."""
    waiting = bytearray()
    try:
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= CHUNK:
                await asyncio.to_thread(body.write, bytes(waiting))
                waiting.clear()
    except ClientDisconnect:
        raise Malformed("the request ended before its body was whole") from None
    body.write(waiting)


def _signed(inlets: Sequence[Inlet], key: str, request: Request, body: BinaryIO) -> Inlet | None:
    header, now = request.headers.get(HEADER, ""), time.time()
    for inlet in inlets:
        body.seek(0)
        chunks = iter(lambda: body.read(CHUNK), b"")
        if signed_in_parts(secret(key, inlet), header, chunks, now):
            return inlet
    return None


def _as_json(body: BinaryIO) -> Head:
    body.seek(0)
    form = parse(Email, object_in(body.read()))
    attachments = [_given(one) for one in form.attachments]

    def content() -> Content:
        found = from_text(form.text, Answering(form.subject), alone=not attachments)
        return found._replace(attachments=attachments)

    return Head(form, sender([" ".join(form.sender.split())]), content)


def _given(one: object) -> Attachment | str:
    content = one.get("content") if isinstance(one, dict) else None
    if not isinstance(content, str):
        return NOT_PASSED_ON

    def read() -> bytes:
        try:
            return b64decode(content)
        except (NoBase64, ValueError):
            raise Invalid({"file": NOT_PASSED_ON}) from None

    return read


def _rfc_5322(body: BinaryIO) -> Head:
    """Raises `Malformed` where Python's parser gives up, `TooLarge`, `Invalid`."""
    body.seek(0)
    start = body.read(HEAD_BYTES)
    ends = [at for at in (start.find(b"\n\n"), start.find(b"\n\r\n")) if at >= 0]
    if not ends and len(start) == HEAD_BYTES:
        raise TooLarge(f"the header has more than {HEAD_BYTES} bytes")
    try:
        mail = message_from_bytes(start[: min(ends, default=len(start)) + 1], policy=POLICY)
        assert isinstance(mail, EmailMessage)
        values = {
            "from": str(mail.get("from", "")),
            "message_id": str(mail.get("message-id", "")) or _named_by_content(body),
            "subject": subject(mail),
            "text": "",
        }
        given = [str(value) for name, value in mail.raw_items() if name.lower() == "from"]
        left_out = automatic(mail)
    except UNREADABLE as error:
        raise unreadable(error) from None
    return Head(parse(Email, values), sender(given), lambda: read(body), left_out)


def _named_by_content(body: BinaryIO) -> str:
    """For a mail without a `Message-ID`: the same, however often it is passed on."""
    body.seek(0)
    content = sha256()
    for chunk in iter(lambda: body.read(CHUNK), b""):
        content.update(chunk)
    return f"sha256:{content.hexdigest()}"
