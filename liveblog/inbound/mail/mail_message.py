"""A mail (RFC 5322, MIME) as the text of an entry: which parts are read, and what is told of the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from email import message_from_binary_file
from email.message import EmailMessage
from typing import BinaryIO, NamedTuple

from liveblog.content.markup.embed_codes import addressed
from liveblog.errors import Malformed, TooLarge
from liveblog.inbound.files import NO_MEDIUM
from liveblog.inbound.mail.charset import decoded
from liveblog.inbound.mail.header import POLICY, UNREADABLE, answering
from liveblog.inbound.mail.html_body import html_lines
from liveblog.inbound.mail.lines import Line, recognised
from liveblog.inbound.mail.phrases import is_stub
from liveblog.inbound.mail.plain_body import (
    KEPT_LINES,
    MOST_LINES,
    as_markdown,
    plain_as_markdown,
    plain_lines,
)
from liveblog.inbound.mail.quoting import Answering, whole, written

PARTS = 1_000
LINES = 800_000  # base64 has lines of 76 characters
HTML_FACTOR = 4  # characters of HTML that are read for one of text
TEXT_CHARACTERS = 256 * 1024  # of which an entry takes 64 KiB when it is Markdown
CHUNK = 1024 * 1024
DEEPEST_MESSAGE = 3  # messages in messages
FORWARDED_MESSAGES = 5

_SIGNATURES = {"pgp-signature", "pkcs7-signature", "x-pkcs7-signature"}
_MEDIA = {"image", "video", "audio"}
_READ = {"text/plain", "text/html"}
# Copies of the text for one program alone.
_COPIES = {"text/x-amp-html", "text/watch-html", "text/x-watch-html", "text/rfc822-headers"}
_TOLD = {
    "application/ms-tnef": "is a winmail.dat, which Outlook alone opens; ask for the mail again as HTML or text",
    "application/vnd.ms-tnef": "is a winmail.dat, which Outlook alone opens; ask for the mail again as HTML or text",
    "text/calendar": "is an invitation of a calendar",
    "application/ics": "is an invitation of a calendar",
    "text/vcard": "is a card with somebody's address",
    "text/x-vcard": "is a card with somebody's address",
    "application/pkcs7-mime": "is encrypted or sealed (S/MIME) and cannot be read here",
    "application/x-pkcs7-mime": "is encrypted or sealed (S/MIME) and cannot be read here",
    "multipart/encrypted": "is encrypted (PGP) and cannot be read here",
}
_META = re.compile(rb"<meta[^>]{0,200}charset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_ENCRYPTED = "-----BEGIN PGP MESSAGE-----"
Attachment = Callable[[], bytes]  # not on the event loop


class Content(NamedTuple):
    """What a mail says: `text` is Markdown, `notes` are for the desk, `attachments` as they can be had, or why they
    cannot."""

    text: str
    forwarded: bool
    notes: tuple[str, ...]
    attachments: Sequence[Attachment | str]


def read(body: BinaryIO) -> Content:
    """Raises `Malformed` where Python's parser gives up, and `TooLarge`."""
    _require_plain(body)
    body.seek(0)
    try:
        mail = message_from_binary_file(body, policy=POLICY)
        assert isinstance(mail, EmailMessage)
        return _Reader(answering(mail)).content(mail)
    except UNREADABLE as error:
        raise unreadable(error) from None


def from_text(text: str, mail: Answering, *, alone: bool = True) -> Content:
    """What the plain text of a mail says, as a gateway passes it on."""
    reader = _Reader(mail)
    return reader.written(reader.plain(text), [], alone=alone)


def unreadable(error: BaseException) -> Malformed:
    return Malformed(f"the e-mail cannot be read: {type(error).__name__}")


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


class _Reader:
    def __init__(self, mail: Answering) -> None:
        self._mail = mail
        self._notes: list[str] = []
        self._characters, self._rows = TEXT_CHARACTERS, MOST_LINES  # left, of all parts together

    def content(self, mail: EmailMessage) -> Content:
        if not mail.is_multipart():
            del mail["content-disposition"]  # it is all that there is
        leaves = list(_leaves(mail))
        attached = [part for part in leaves if _is_attached(part)]
        inner = [part for part in leaves if part.get_content_type() == "message/rfc822"]
        forwarded = []
        for part in inner[:FORWARDED_MESSAGES]:
            lines = self._lines(_message_in(part), Answering())
            if any(not line.blank for line in lines):
                forwarded.append(whole(lines))
                attached = [one for one in attached if one is not part]
        found = [attachment(part) for part in attached]
        alone = not found and not forwarded
        content = self.written(self._lines(mail, self._mail), forwarded, alone=alone)
        return content._replace(attachments=found)

    def written(
        self, lines: Sequence[Line], forwarded: Sequence[Sequence[Line]], *, alone: bool
    ) -> Content:
        said = written(lines, self._mail, alone=alone)
        if said.signed:
            self._note("What looks like a signature below a line of dashes was left out.")
        others = [*([said.forwarded] if said.forwarded else []), *forwarded]
        own = [*said.own]
        for other in others:
            inwards = 1 if any(not line.blank for line in own) or len(others) > 1 else 0
            own += [Line("", ""), *(line._replace(depth=line.depth + inwards) for line in other)]
        if sum(not line.blank for line in own) > KEPT_LINES:
            self._note(f"The e-mail was cut: at most {KEPT_LINES} lines are taken.")
        return Content(as_markdown(own), bool(others), tuple(self._notes), ())

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)

    def _lines(self, mail: EmailMessage, answers: Answering) -> list[Line]:
        lines: list[Line] = []
        for choice in _texts(mail):
            read: list[Line] = []
            for part in choice:
                read = self._read(part)
                if part is choice[-1]:
                    break
                said = written(read, answers, alone=False)
                texts = [line.text for line in [*said.own, *(said.forwarded or [])] if line.text]
                if texts and not (is_stub(" ".join(texts)[:400]) and _is_fuller(choice[-1])):
                    break
            lines += [*([Line("", "")] if lines else []), *read]
        return lines

    def _read(self, part: EmailMessage) -> list[Line]:
        text = self._text(part)
        if part.get_content_type() != "text/html":
            flowed = _parameter(part, "format").lower() == "flowed"
            return self.plain(text, flowed=flowed, delsp=_parameter(part, "delsp").lower() == "yes")
        most = self._characters * HTML_FACTOR
        found = html_lines(text[:most])
        self._characters = max(0, self._characters - len(text) // HTML_FACTOR)
        if found.cut or len(text) > most:
            self._note("The e-mail was cut: its HTML is too long.")
        if found.pictures:
            self._note("Pictures that the e-mail only links to were not fetched.")
        return found.lines

    def plain(self, text: str, *, flowed: bool = False, delsp: bool = False) -> list[Line]:
        if len(text) > self._characters:
            text = text[: self._characters]
            self._note(
                f"The e-mail was cut: at most {TEXT_CHARACTERS} characters of text are read."
            )
        if _ENCRYPTED in text:
            self._note("A part of the text is encrypted (PGP) and cannot be read here.")
        rows = text.split("\n", self._rows)
        if len(rows) > self._rows:
            text = "\n".join(rows[:-1])
            self._note(f"The e-mail was cut: at most {MOST_LINES} lines of text are read.")
        self._characters -= len(text)
        self._rows -= text.count("\n")
        return plain_as_markdown(plain_lines(addressed(text), flowed=flowed, delsp=delsp))

    def _text(self, part: EmailMessage) -> str:
        content = _bytes_of(part)
        label = _parameter(part, "charset")
        if not label and part.get_content_type() == "text/html":
            found = _META.search(content, 0, 4096)
            label = found[1].decode() if found else ""
        text, problem = decoded(content, label)
        if problem:
            self._note(f"The e-mail may be read wrongly: {problem}.")
        return text


def _is_fuller(part: EmailMessage) -> bool:
    """Whether the HTML beside a stub says something; where it is a picture alone, the stub stays."""
    return any(line.text for line in html_lines(decoded(_bytes_of(part)).text).lines)


def _texts(part: EmailMessage) -> Iterator[list[EmailMessage]]:
    """The texts of a mail in their order; of each, its forms, the plain one first."""
    kind = part.get_content_type()
    if part.get_content_maintype() != "multipart" or not part.is_multipart():
        # A multipart that is none is its text: its boundary is missing.
        if (kind in _READ or part.get_content_maintype() == "multipart") and not _is_attached(part):
            yield [part]
        return
    inner = [one for one in part.iter_parts() if isinstance(one, EmailMessage)]
    if kind == "multipart/encrypted":
        return
    if kind == "multipart/signed":
        inner = inner[:1]
    if kind != "multipart/alternative":
        for one in inner:
            yield from _texts(one)
        return
    forms = [list(_texts(one)) for one in inner]
    plain = [form for form in forms if form and form[0][0].get_content_type() == "text/plain"]
    others = [form for form in forms if form and form not in plain]
    first, *more = [*plain, *others] or [[]]
    if len(first) == 1:
        yield [*first[0], *(one for form in more for texts in form for one in texts)]
    elif any(recognised(decoded(_bytes_of(texts[0])).text) for texts in first) or not more:
        yield from first
    else:
        yield from more[0]


def _message_in(part: EmailMessage) -> EmailMessage:
    inner = part.get_payload()
    found = inner[0] if isinstance(inner, list) and inner else EmailMessage(POLICY)
    return found if isinstance(found, EmailMessage) else EmailMessage(POLICY)


def _leaves(part: EmailMessage, messages: int = 0) -> Iterator[EmailMessage]:
    """The parts that hold something; a message within the message is one, and what it holds are others."""
    if part.get_content_type() == "multipart/encrypted" or not part.is_multipart():
        yield part
    elif part.get_content_type() == "message/rfc822":
        yield part
        if messages < DEEPEST_MESSAGE:
            inner = _message_in(part)
            yield from (
                one for one in _leaves(inner, messages + 1) if one is not inner or _is_attached(one)
            )
    elif part.get_content_maintype() == "multipart":
        for one in part.iter_parts():
            if isinstance(one, EmailMessage):
                yield from _leaves(one, messages)
    else:
        yield part


def _is_attached(part: EmailMessage) -> bool:
    kind = part.get_content_type()
    if kind == "multipart/encrypted":
        return True
    if kind in _READ or part.get_content_maintype() == "multipart":
        return part.get_content_disposition() == "attachment"
    return kind not in _COPIES and part.get_content_subtype() not in _SIGNATURES


def attachment(part: EmailMessage) -> Attachment | str:
    """What comes with a mail, or why it is not taken. Names are never told."""
    kind = part.get_content_type()
    if told := _TOLD.get(kind):
        return told
    if _parameter(part, "name").lower().endswith("winmail.dat"):
        return _TOLD["application/ms-tnef"]
    if part.get_content_maintype() not in _MEDIA and kind != "application/octet-stream":
        return NO_MEDIUM
    return lambda: _bytes_of(part)


def _bytes_of(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        return content
    raw = part.get_payload()
    return raw.encode(errors="surrogateescape") if isinstance(raw, str) else b""


def _parameter(part: EmailMessage, name: str) -> str:
    """A parameter of the content type; empty where there is none that can be read."""
    try:
        found = part.get_param(name, "")
    except UNREADABLE:
        return ""
    return str(found[2] if isinstance(found, tuple) else found or "").strip()
