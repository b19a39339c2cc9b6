"""What a correspondent wrote in a mail, and what a program put around it: the message that is answered goes, with
its attribution, and so does the signature; a message that is forwarded stays, without its header.

`mail-parser-reply`, `quotequail` and `email-reply-parser` were tried; `docs/ways-in.md` says what was found.
Everything here takes a time that grows with the number of lines: a pattern sees single lines, of a bounded length.
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
    """What the header says: the subject, whether the mail says which message it answers, and the addresses
    that it goes to. None where that is not known."""

    subject: str | None = None
    answers: bool | None = None
    recipients: frozenset[str] = frozenset()

    @property
    def forwards(self) -> bool:
        return bool(self.subject and FORWARD.match(self.subject))

    @property
    def replies(self) -> bool | None:
        if self.subject is None and self.answers is None:
            return None
        return not self.forwards and bool(self.answers or REPLY.match(self.subject or ""))

    @property
    def sort(self) -> str:
        """`forward`, `reply`, or `letter`, which is neither; where nothing is known, `reply`."""
        return "forward" if self.forwards else "letter" if self.replies is False else "reply"


class Written(NamedTuple):
    """`own` is what the sender wrote, `forwarded` the message that came with it. `signed` where something was taken
    for a signature that may be none."""

    own: list[Line]
    forwarded: list[Line] | None = None
    signed: bool = False


def written(lines: Sequence[Line], mail: Answering, *, alone: bool = True) -> Written:
    """What of a mail stays. A mail that is all quotation is that quotation, where it came `alone`."""
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
    """A message that came as an attachment, without what names who wrote it."""
    return _flattened(_unattributed(lines))


def _is_forwarded(mail: Answering, own: Sequence[Line], header: str) -> bool:
    """Outlook and phones put the same header above what they answer and what they forward."""
    if mail.forwards:
        return True
    if mail.replies:
        return False
    if header and header.casefold() in mail.recipients:
        return False
    return not own or mail.replies is False


def _boundary(lines: Sequence[Line], mail: Answering) -> tuple[int | None, str]:
    """From where on everything is another message, and whether that is `forwarded`."""
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
        # Apple Mail puts all of what it forwards into a quotation.
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
    """The lines that the sender wrote, and of the quotations those that they answer one by one. Where a program
    says which are of the message that is answered, or that message stands below (`bounded`), others are the
    writer's own."""
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
        del runs[0]  # the answer stands below all that it answers
    own = {"", "quoted"} if known or not mail.replies else {""}
    said = any(kind in own and any(not one.blank for one in run) for kind, run in runs)
    return [line for _, run in runs for line in run] if said else []


def _kind_of_quotation(line: Line) -> str:
    return "" if not line.depth else "cited" if line.role == "cited" else "quoted"


def _is_introduced(runs: Sequence[tuple[str, list[Line]]], *, named: bool) -> bool:
    """Whether the last quotation has an introduction of the writer's own, which names neither a time nor an
    address; nor that somebody wrote, unless it is `named` elsewhere who wrote what is answered."""
    if len(runs) < 2 or runs[-2][0]:
        return False
    above = next((line for line in reversed(runs[-2][1]) if line.role or not line.blank), None)
    if above is None or above.role == "attribution":
        return False
    text = above.text[-ATTRIBUTION:]
    told = ADDRESS.search(text) or TIME.search(text) or DAY.search(text)
    return text.endswith((":", "：")) and not told and (named or not WROTE.search(text))


def _without_attributions(lines: Sequence[Line], mail: Answering) -> tuple[list[Line], bool, bool]:
    """Whether there was one, and whether the lines from one on are gone, for it said that all is answered.
    Quotations below one are `cited`, where no program says which are; a blank line of that role is where one stood."""
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
    """A blank line between two lines of a quotation belongs to it."""
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
    """All of another message, quotations too, but for what names who wrote it, and its signature."""
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
    """Out of the quotation that some programs put all of another message into."""
    least = min((line.depth for line in lines if not line.blank), default=0)
    return [line._replace(depth=max(0, line.depth - least), role="") for line in lines]
