"""The header of a mail: its sender and subject, and whether it is a reply or was sent automatically."""

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
# An encoded word. In an address, only the name may be one (RFC 2047).
ENCODED = re.compile(r'=\?[\w*.-]+\?[bBqQ]\?[^\s?"<>()@,;:\\]*\?=')
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


class _Raw(str):
    """A header's text, with the attribute that `EmailMessage` needs."""

    __slots__ = ()

    @property
    def content_disposition(self) -> str:
        return self.partition(";")[0].strip().lower()


class _Bounded(EmailPolicy):
    """A policy that cuts headers, and parses only those in `PARSED`; others are plain text.

    Python's parser takes a time that grows with the square of a header's length, on each access.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:HEADER_CHARACTERS]

    def header_fetch_parse(self, name: str, value: str) -> Any:
        if name.lower() in PARSED:
            return super().header_fetch_parse(name, value)
        return _Raw(re.sub(r"[\r\n]", "", value))


POLICY = _Bounded()


def subject(mail: EmailMessage) -> str:
    """The decoded subject; empty if there is none."""
    return header_text(mail.get("subject", ""))


def sender(given: Sequence[str]) -> str:
    """The address in a mail's `From` headers, if it is unambiguous; otherwise empty.

    In an ambiguous header, the mail server may have checked another address than the one found here:
    `ann@example.org <eve@example.com>`, several headers or addresses, a very long header, an encoded address.
    """
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
    """What the header tells about a reply: the subject, `In-Reply-To`, and the recipients."""
    lines = [str(mail.get(name, "")) for name in _RECIPIENTS]
    addresses = frozenset(address.casefold() for _, address in getaddresses(lines) if address)
    return Answering(subject(mail), "in-reply-to" in mail, addresses)


def automatic(mail: EmailMessage) -> str | None:
    """The kind of a mail that a program sent in response: an automatic reply (RFC 3834, and older headers), or a
    report of a mail server (RFC 3464). None for other mails, such as alerts of a service."""
    if mail.get_content_type() == "multipart/report" or mail.get("return-path", "").strip() == "<>":
        return "a report of a mail server"
    said = mail.get("auto-submitted", "").partition(";")[0].strip().lower()
    named = AUTOMATIC.match(subject(mail)) is not None
    old = mail.get("precedence", "").strip().lower() == "auto_reply"
    marked = any(name in mail for name in ("x-autoreply", "x-autorespond", "x-auto-reply"))
    if said == "auto-replied" or old or marked or (named and said not in {"", "no"}):
        return "an automatic reply"
    return None
