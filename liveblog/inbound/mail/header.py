"""The header of a mail: who sent it, its subject, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.errors import InvalidHeaderDefect, MessageError
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import getaddresses
from typing import Any

from liveblog.inbound.mail.charset import header_text
from liveblog.inbound.mail.phrases import AUTOMATIC
from liveblog.inbound.mail.quoting import Answering

HEADER_CHARACTERS = 2048
PARSED = {"from", "message-id"}
UNREADABLE = (LookupError, ValueError, AttributeError, TypeError, MessageError, RecursionError)
ENCODED = re.compile(
    r'=\?[\w*.-]+\?[bBqQ]\?[^\s?"<>()@,;:\\]*\?='
)  # RFC 2047: names alone may be such words
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


class _Raw(str):
    """A header's text, with what `EmailMessage` asks of it."""

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
        return _Raw(re.sub(r"[\r\n]", "", value))


POLICY = _Bounded()


def subject(mail: EmailMessage) -> str:
    return header_text(mail.get("subject", ""))


def sender(given: Sequence[str]) -> str:
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


def answering(mail: EmailMessage) -> Answering:
    """Whether a mail answers another one, as far as its header says so."""
    lines = [str(mail.get(name, "")) for name in _RECIPIENTS]
    addresses = frozenset(address.casefold() for _, address in getaddresses(lines) if address)
    return Answering(subject(mail), "in-reply-to" in mail, addresses)


def automatic(mail: EmailMessage) -> str | None:
    """What a mail is that no person sent as an answer to nobody: an automatic reply (RFC 3834, and what programs
    wrote before it) or a report of a mail server (RFC 3464). None for others, such as warnings of a service."""
    if mail.get_content_type() == "multipart/report" or mail.get("return-path", "").strip() == "<>":
        return "a report of a mail server"
    said = mail.get("auto-submitted", "").partition(";")[0].strip().lower()
    named = AUTOMATIC.match(subject(mail)) is not None
    old = mail.get("precedence", "").strip().lower() == "auto_reply"
    marked = any(name in mail for name in ("x-autoreply", "x-autorespond", "x-auto-reply"))
    if said == "auto-replied" or old or marked or (named and said not in {"", "no"}):
        return "an automatic reply"
    return None
