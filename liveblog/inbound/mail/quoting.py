"""Separates the sender's own words in a mail from the parts that programs add.

The answered message, its attribution ("On … somebody wrote:") and the signature are removed. A forwarded message
stays, without its header.

`mail-parser-reply`, `quotequail` and `email-reply-parser` were tried; `docs/ways-in.md` has the results. The time grows
with the number of lines, because each pattern is applied to single lines of limited length.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from liveblog.inbound.mail.attribution import attribution
from liveblog.inbound.mail.lines import ADDRESS, ATTRIBUTION, DAY, TIME, Line, next_line
from liveblog.inbound.mail.phrases import FORWARD, FORWARDED, ORIGINAL, REPLY, WROTE
from liveblog.inbound.mail.quoted_header import RULE, after_header, header_end, is_marker
from liveblog.inbound.mail.signature import separators, without_signature


class Answering(NamedTuple):
    """The parts of a mail's header that tell a reply from a forwarded message.

    `answers` is true if the header names the answered message. `subject` and `answers` are None if the header is not
    known.
    """

    subject: str | None = None
    answers: bool | None = None
    recipients: frozenset[str] = frozenset()

    @property
    def forwards(self) -> bool:
        """Whether the subject is that of a forwarded message."""
        return bool(self.subject and FORWARD.match(self.subject))

    @property
    def replies(self) -> bool | None:
        """Whether the mail is a reply; None if the header is not known."""
        if self.subject is None and self.answers is None:
            return None
        return not self.forwards and bool(self.answers or REPLY.match(self.subject or ""))

    @property
    def sort(self) -> str:
        """`forward`, `reply`, or `letter` (neither of them). Without a known header it is `reply`."""
        return "forward" if self.forwards else "letter" if self.replies is False else "reply"


class Written(NamedTuple):
    """The result: `own` are the sender's lines, `forwarded` those of a forwarded message, None without one.

    `signed` is true if lines were removed as a signature without being clearly marked as one.
    """

    own: list[Line]
    forwarded: list[Line] | None = None
    signed: bool = False


def written(lines: Sequence[Line], mail: Answering, *, alone: bool = True) -> Written:
    """Separate the lines of a mail.

    If a mail holds only a quotation, the quotation is kept as the sender's own lines, provided that the mail came
    `alone`, without attachments.
    """
    at, kind = _boundary(lines, mail)
    own = _own(lines[:at], mail, bounded=at is not None)
    signed = separators(lines[:at]) > separators(own)
    if at is None:
        return Written(own if own or not alone else _unattributed(lines), None, signed)
    while own and (own[-1].blank or own[-1].kind == "rule"):
        own.pop()
    header, rest = after_header(lines, at)
    other = _flattened(_unattributed(rest))
    if other and (kind == "forwarded" or _is_forwarded(mail, own, header)):
        return Written(own, other, signed)
    return Written(own if own or not alone else other or _unattributed(lines), None, signed)


def whole(lines: Sequence[Line]) -> list[Line]:
    """The lines of a message that came as an attachment, without the parts that name its author."""
    return _flattened(_unattributed(lines))


def _is_forwarded(mail: Answering, own: Sequence[Line], header: str) -> bool:
    """Whether the other message was forwarded, not answered. Outlook and phones put the same header above both."""
    if mail.forwards:
        return True
    if mail.replies:
        return False
    if header and header.casefold() in mail.recipients:
        return False
    return not own or mail.replies is False


def _boundary(lines: Sequence[Line], mail: Answering) -> tuple[int | None, str]:
    """The index of the line where the other message begins (None if there is none), and `forwarded` or `answered`."""
    depth = 0
    for at, line in enumerate(lines):
        if line.blank or line.role == "signature":
            continue
        if line.role == "forwarded":
            return at, "forwarded"
        if line.role == "answered":
            inside = (one for one in lines[at : at + 4] if FORWARDED.fullmatch(one.text))
            return at, "forwarded" if any(inside) else "answered"
        above, depth = depth, line.depth
        # Apple Mail puts a whole forwarded message into a quotation.
        if line.depth and not (mail.forwards and line.depth > above):
            continue
        if len(line.text) < 100:
            if FORWARDED.fullmatch(line.text) and is_marker(lines, at):
                return at, "forwarded"
            if ORIGINAL.fullmatch(line.text) and is_marker(lines, at):
                return at, "answered"
        if header_end(lines, at, mail.sort) is not None:
            ruled = at and RULE.fullmatch(lines[at - 1].text)
            return (at - 1 if ruled else at), "answered"
    return None, ""


def _own(lines: Sequence[Line], mail: Answering, *, bounded: bool = False) -> list[Line]:
    """The sender's own lines, and the quotations that they answer point by point.

    If it is known which quotations come from the answered message, or that message stands below (`bounded`), other
    quotations count as the sender's own.
    """
    left, attributed, rest = _without_attributions(lines, mail)
    kept = _depth_of_blanks(without_signature(left))
    runs = [(kind, list(run)) for kind, run in groupby(kept, key=_kind_of_quotation)]
    runs = [(kind, run) for kind, run in runs if kind or any(not one.blank for one in run)]
    cited = any(kind == "cited" for kind, _ in runs)
    known = attributed or rest or cited or bounded
    last = runs[-1][0] if runs else ""
    if (last == "cited" or (last and mail.replies and not known)) and not _is_introduced(
        runs, named=attributed or last == "quoted"
    ):
        runs.pop()
    if [kind for kind, _ in runs] == ["cited", ""]:
        del runs[0]  # the answer is below the complete quotation
    own = {"", "quoted"} if known or not mail.replies else {""}
    said = any(kind in own and any(not one.blank for one in run) for kind, run in runs)
    return [line for _, run in runs for line in run] if said else []


def _kind_of_quotation(line: Line) -> str:
    return "" if not line.depth else "cited" if line.role == "cited" else "quoted"


def _is_introduced(runs: Sequence[tuple[str, list[Line]]], *, named: bool) -> bool:
    """Whether the sender introduces the last quotation with a line of their own.

    Such a line ends with a colon and has neither a time nor an address. It must not say "wrote" either, unless another
    attribution was found (`named`).
    """
    if len(runs) < 2 or runs[-2][0]:
        return False
    above = next((line for line in reversed(runs[-2][1]) if line.role or not line.blank), None)
    if above is None or above.role == "attribution":
        return False
    text = above.text[-ATTRIBUTION:]
    told = ADDRESS.search(text) or TIME.search(text) or DAY.search(text)
    return text.endswith((":", "：")) and not told and (named or not WROTE.search(text))


def _without_attributions(lines: Sequence[Line], mail: Answering) -> tuple[list[Line], bool, bool]:
    """The lines without attributions, whether there was one, and whether one ended the mail's own text.

    In the last case the lines from that attribution on are removed: they are the answered message. If the mail program
    marks no quotation as `cited`, those below an attribution are. A blank line with the role `attribution` replaces
    each attribution.
    """
    left: list[Line] = []
    attributed, at = False, 0
    gap = Line("", "", 0, "attribution")
    marked = any(line.role == "cited" for line in lines)
    while at < len(lines):
        line = lines[at]
        if line.role == "attribution":
            attributed = True
            left.append(gap)
            at += 1
            continue
        found = None if line.blank else attribution(lines, at)
        if found:
            end, sure = found
            following = next_line(lines, end)
            quoted = following < len(lines) and lines[following].depth > line.depth
            inside = line.depth > 0 and (line.role == "cited" or sure)
            if quoted or inside:
                attributed, at = True, end
                left.append(gap)
                continue
            above = any(not one.blank for one in left)
            if sure and above and following < len(lines) and mail.replies is not False:
                return left, True, True
            if sure and following == len(lines):
                attributed, at = True, end
                left.append(gap)
                continue
        if attributed and not marked and line.depth:
            line = line._replace(role="cited")
        left.append(line)
        at += 1
    return left, attributed, False


def _depth_of_blanks(lines: Sequence[Line]) -> list[Line]:
    """Give blank lines between two lines of a quotation the depth and role of the quotation."""
    result: list[Line] = []
    above, blanks = Line("", ""), 0
    for line in lines:
        if line.blank and not line.depth:
            blanks += 1
        else:
            if blanks and above.depth and line.depth and above.role == line.role:
                depth = min(above.depth, line.depth)
                result[-blanks:] = [
                    one._replace(depth=depth, role=line.role) for one in result[-blanks:]
                ]
            above, blanks = line, 0
        result.append(line)
    return result


def _unattributed(lines: Sequence[Line]) -> list[Line]:
    """Another message with its quotations, but without attributions, headers and signatures."""
    left: list[Line] = []
    at, awaited = 0, "letter"
    while at < len(lines):
        line = lines[at]
        end = None
        if not line.blank:
            marked = False
            if line.role == "attribution":
                end = at + 1
            elif found := attribution(lines, at):
                end = found[0]
            elif (stop := header_end(lines, at, awaited)) is not None:
                end = stop
            elif len(line.text) < 100 and (
                FORWARDED.fullmatch(line.text) or ORIGINAL.fullmatch(line.text)
            ):
                end = at + 1 if is_marker(lines, at) else None
                marked = end is not None
            awaited = "forward" if marked else "letter"
        if end is None:
            left.append(line)
            at += 1
        else:
            at = end
    kept = without_signature(left)
    return kept if any(not line.blank for line in kept) else left


def _flattened(lines: Sequence[Line]) -> list[Line]:
    """The lines without the quotation that some programs put around a whole message, and without roles."""
    least = min((line.depth for line in lines if not line.blank), default=0)
    return [line._replace(depth=max(0, line.depth - least), role="") for line in lines]
