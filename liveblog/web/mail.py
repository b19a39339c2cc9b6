"""E-mails, as gateways pass them on: from whom is read first, and only then what was sent."""

from __future__ import annotations

import asyncio
import io
import re
import tempfile
import time
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Callable, Iterator, Sequence
from email import message_from_binary_file, message_from_bytes
from email.errors import InvalidHeaderDefect, MessageError
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Annotated, Any, BinaryIO, NamedTuple

import structlog
from pydantic import BeforeValidator, ConfigDict, Field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from liveblog.content.chat import from_email, from_email_html
from liveblog.content.enclosed import NO_MEDIUM, TOO_MANY, untaken_note
from liveblog.errors import (
    Forbidden,
    Invalid,
    LiveblogError,
    Malformed,
    Refused,
    TooLarge,
    Unauthorized,
)
from liveblog.newsroom import media
from liveblog.newsroom.enclosures import untaken
from liveblog.newsroom.fields import Text
from liveblog.newsroom.forms import MOST_MEDIA, Form, UploadForm, parse
from liveblog.newsroom.inbound import may_send, receive, received, secret
from liveblog.newsroom.message import Message
from liveblog.signatures import HEADER, is_recent, signed_in_parts
from liveblog.ways import Inlet
from liveblog.web.inbound import answer, key_of, object_in
from liveblog.web.state import parts

log = structlog.get_logger()

MAIL_BYTES = 36 * 1024 * 1024  # 25 MB, the most that mail servers usually take, and base64
HEAD_BYTES = 256 * 1024
TEXT_CHARACTERS = 256 * 1024  # of which an entry takes 64 KiB when it is Markdown
TAGS = 5_000
PARTS = 1_000
LINES = 800_000  # base64 has lines of 76 characters
HEADER_CHARACTERS = 2048
PARSED = {"from", "message-id", "subject"}
ENCODED = re.compile(
    r'=\?[\w*.-]+\?[bBqQ]\?[^\s?"<>()@,;:\\]*\?='
)  # RFC 2047: names alone may be such words
CHUNK = 1024 * 1024
RFC_822 = "message/rfc822"
SIGNATURES = {"pgp-signature", "pkcs7-signature", "x-pkcs7-signature"}
MEDIA = {"image", "video", "audio"}
NOT_PASSED_ON = "was not passed on with the e-mail"
# What a mail is read into takes several times its size.
_one_at_a_time = asyncio.Semaphore(1)

Attachment = Callable[[], bytes]  # not on the event loop


class Mail(NamedTuple):
    """`attachments` as they can be had, or why they cannot."""

    text: str
    written: Callable[[str], str]
    attachments: Sequence[Attachment | str]


class Head(NamedTuple):
    """From whom an e-mail is, and what reads the rest. `address` is empty where that can be read in more
    than one way."""

    form: Email
    address: str
    read: Callable[[], Mail]


class _Disposition(str):
    """Of a part, as far as `EmailMessage` asks for it."""

    __slots__ = ()

    @property
    def content_disposition(self) -> str:
        return self.partition(";")[0].strip().lower()


class _Bounded(EmailPolicy):
    """Python's parser takes a time that grows with the square of a header's length, and does so anew each time
    that somebody asks for one: only those that are shown are parsed, and of others nothing but the text."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:HEADER_CHARACTERS]

    def header_fetch_parse(self, name: str, value: str) -> Any:
        if name.lower() in PARSED:
            return super().header_fetch_parse(name, value)
        return _Disposition(re.sub(r"[\r\n]", "", value))


POLICY = _Bounded()


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
    inlets = await parts(request).room.store.inlets.all("email")
    if not inlets or not is_recent(request.headers.get(HEADER, ""), time.time()):
        raise unsigned
    with tempfile.TemporaryFile() as body:
        await _spool(request, body)
        inlet = await asyncio.to_thread(_signed, inlets, key_of(request), request, body)
        if inlet is None:
            raise unsigned
        async with _one_at_a_time:
            return answer(await _submitted(request, inlet, body), 202)


async def _submitted(request: Request, inlet: Inlet, body: BinaryIO) -> str | None:
    room, key = parts(request).room, key_of(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    head = await asyncio.to_thread(_rfc_5322 if kind == RFC_822 else _as_json, body)
    place = head.form.message_id.strip()
    if not place:
        raise Invalid({"message_id": "is missing"})
    sender = may_send(key, inlet, head.address)
    if sender is None:
        raise Forbidden("this sender is not on the list of those who may send")
    if await received(room, key, inlet, place):
        return None
    mail = await asyncio.to_thread(head.read)
    _require_short(mail.text)
    text = (await asyncio.to_thread(mail.written, mail.text)).strip()
    if not text and not mail.attachments:
        raise Invalid({"text": "is empty; must hold what shall be submitted"})
    subject = " ".join((head.form.subject or "").split()) or None
    message = Message(place, 0, sender, text, subject)
    return await receive(room, key, inlet, await _with_media(request, inlet, message, mail))


async def _with_media(request: Request, inlet: Inlet, message: Message, mail: Mail) -> Message:
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
                here.room,
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
    note = untaken_note(refused, len(mail.attachments)) if refused else None
    return message._replace(media=tuple(kept), note=note, what=what or "file")


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


def _require_short(text: str) -> None:
    """Anybody can write to an address: what is read has its bounds. Raises `TooLarge`."""
    if len(text) > TEXT_CHARACTERS or text.count("<") > TAGS:
        raise TooLarge(
            f"text: is too long or too deep; at most {TEXT_CHARACTERS} characters and {TAGS} tags are read"
        )


def _as_json(body: BinaryIO) -> Head:
    body.seek(0)
    form = parse(Email, object_in(body.read()))
    attachments = [_given(one) for one in form.attachments]
    return Head(
        form,
        _address([" ".join(form.sender.split())]),
        lambda: Mail(form.text, from_email, attachments),
    )


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
        found = {name: str(mail.get(name, "")) for name in ("from", "message-id", "subject")}
        given = [str(value) for name, value in mail.raw_items() if name.lower() == "from"]
    except UNREADABLE as error:
        raise _unreadable(error) from None
    values = {
        "from": found["from"],
        "message_id": found["message-id"],
        "subject": found["subject"],
        "text": "",
    }
    return Head(parse(Email, values), _address(given), lambda: _whole(body, values))


def _address(given: Sequence[str]) -> str:
    """The one address of a `From` that every program reads alike; else nothing, for the mail server may have
    checked another than we would find: in `ann@example.org <eve@example.com>`, in several, in a very long one,
    in one that would have to be decoded."""
    if len(given) != 1 or len(given[0]) >= HEADER_CHARACTERS:
        return ""
    line = ENCODED.sub("x", re.sub(r"[\r\n]", "", given[0]))
    try:
        header = POLICY.header_factory("from", line)
    except UNREADABLE:
        return ""
    found = header.addresses
    if len(found) != 1 or any(isinstance(one, InvalidHeaderDefect) for one in header.defects):
        return ""
    address: str = found[0].addr_spec
    if address not in given[0]:
        return ""
    return address.encode(errors="surrogateescape").decode(errors="replace")


def _whole(body: BinaryIO, values: dict[str, str]) -> Mail:
    _require_plain(body)
    body.seek(0)
    try:
        mail = message_from_binary_file(body, policy=POLICY)
        assert isinstance(mail, EmailMessage)
        part = mail.get_body(("plain", "html"))
        text = str(part.get_content()) if part is not None else ""
        html = part is not None and part.get_content_subtype() == "html"
        attachments = [_attachment(one) for one in _leaves(mail) if _is_enclosed(one)]
    except UNREADABLE as error:
        raise _unreadable(error) from None
    text = parse(Email, values | {"text": text}).text
    return Mail(text, from_email_html if html else from_email, attachments)


def _require_plain(body: BinaryIO) -> None:
    """Each part and each line takes memory of its own. Raises `TooLarge`."""
    lines = separators = 0
    body.seek(0)
    for chunk in iter(lambda: body.read(CHUNK), b""):
        lines += chunk.count(b"\n")
        separators += chunk.count(b"\n--")
    if lines > LINES or separators > PARTS:
        raise TooLarge(
            f"the e-mail has too many parts or lines; at most {PARTS} and {LINES} are read"
        )


UNREADABLE = (LookupError, ValueError, AttributeError, TypeError, MessageError, RecursionError)


def _unreadable(error: BaseException) -> Malformed:
    return Malformed(f"the e-mail cannot be read: {type(error).__name__}")


def _leaves(part: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that hold something. A message within the message is one: its words are not read either."""
    if part.get_content_maintype() != "multipart" or not part.is_multipart():
        yield part
        return
    for inner in part.iter_parts():
        assert isinstance(inner, EmailMessage)
        yield from _leaves(inner)


def _is_enclosed(part: EmailMessage) -> bool:
    if part.get_content_maintype() in {"text", "multipart"}:
        return part.get_content_disposition() == "attachment"
    return part.get_content_subtype() not in SIGNATURES


def _attachment(part: EmailMessage) -> Attachment | str:
    kind = part.get_content_type()
    if part.get_content_maintype() not in MEDIA and kind != "application/octet-stream":
        return NO_MEDIUM
    return lambda: bytes(part.get_payload(decode=True) or b"")
