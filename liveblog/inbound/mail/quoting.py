"""Separates the sender's own words in a mail from the parts that programs add.

The answered message, its attribution ("On … somebody wrote:") and the signature are removed. A forwarded message
stays, without its header.

`mail-parser-reply`, `quotequail` and `email-reply-parser` were tried; `docs/ways-in.md` has the results. The time grows
with the number of lines, because each pattern is applied to single lines of limited length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from liveblog.inbound.mail.phrases import (
    DATE,
    FORWARD,
    FORWARDED,
    FROM,
    ORIGINAL,
    REPLY,
    SENT_FROM,
    SUBJECT,
    TO,
    WROTE,
    WROTE_START,
)

ATTRIBUTION = 400  # characters
ATTRIBUTION_LINES = 4
HEADER_LINES = 14
SIGNATURE_LINES = 12
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u00ad\ufeff]")
_ADDRESS = re.compile(r"[^\s<>\"'(),;:@\[\]]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_TIME = re.compile(r"\d{1,2}\s?[:.hH時点시]\s?\d{2}")
_DAY = re.compile(r"\d{1,4}\s?[./年년-]\s?\d{1,2}|\b(19|20)\d\d\b")
_HEADER = re.compile(
    r"[*_ ]{0,3}([^\W\d_][^:：*]{0,24}?)[*_ ]{0,3}\s?[:：][*_ ]{0,3}(?=\s|$|\S)(.*)"
)
# Yahoo and AOL on phones begin the quotation in the line of the attribution.
_GOES_ON = re.compile(r"@[^\s<>]{1,100}>?[^:<>]{0,40}:\s")
_ENDINGS = (":", "：", "-", "–", "—")
_STOPS = (".", "!", "?", "…", "。", "！", "？")
_RULE = re.compile(r"[-_=–—*]{5,}")
_DASHED = re.compile(r"-{4,}[^-]{1,80}-{4,}")
_SEPARATOR = re.compile(r"--|—|–")


class Line(NamedTuple):
    """A line of a mail.

    `text` is used for recognition, `markdown` is the result. `depth` is the number of quotations around the line.

    `role` is set if the mail program itself marked the line: `separator` (`-- `), `signature`, `attribution`, `cited`
    (within a quotation made by the program), and `answered` or `forwarded` where the other message begins. `soft` is
    true if the paragraph continues in the next line. `kind` is `text`, `item`, `more` (of an item), `row`, `heading` or
    `rule`.
    """

    text: str
    markdown: str
    depth: int = 0
    role: str = ""
    kind: str = "text"
    soft: bool = False

    @property
    def blank(self) -> bool:
        return not self.text and self.kind == "text"


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


def recognised(text: str) -> str:
    """A line for comparisons: without invisible characters, with single spaces."""
    return " ".join(_INVISIBLE.sub("", text).split())


def written(lines: Sequence[Line], mail: Answering, *, alone: bool = True) -> Written:
    """Separate the lines of a mail.

    If a mail holds only a quotation, the quotation is kept as the sender's own lines, provided that the mail came
    `alone`, without attachments.
    """
    at, kind = _boundary(lines, mail)
    own = _own(lines[:at], mail, bounded=at is not None)
    signed = _separators(lines[:at]) > _separators(own)
    if at is None:
        return Written(own if own or not alone else _unattributed(lines), None, signed)
    while own and (own[-1].blank or own[-1].kind == "rule"):
        own.pop()
    header, rest = _after_header(lines, at)
    other = _flattened(_unattributed(rest))
    if other and (kind == "forwarded" or _is_forwarded(mail, own, header)):
        return Written(own, other, signed)
    return Written(own if own or not alone else other or _unattributed(lines), None, signed)


def _separators(lines: Sequence[Line]) -> int:
    """The number of dash lines that may begin a signature, without those of RFC 3676 (`-- `)."""
    bare = (line for line in lines if not line.depth and not line.role)
    return sum(_SEPARATOR.fullmatch(line.text) is not None for line in bare)


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
            if FORWARDED.fullmatch(line.text) and _marks(lines, at):
                return at, "forwarded"
            if ORIGINAL.fullmatch(line.text) and _marks(lines, at):
                return at, "answered"
        if _header_end(lines, at, mail.sort) is not None:
            ruled = at and _RULE.fullmatch(lines[at - 1].text)
            return (at - 1 if ruled else at), "answered"
    return None, ""


def _marks(lines: Sequence[Line], at: int) -> bool:
    """Whether a line such as "Forwarded message" was added by a program: it has dashes, or a header follows."""
    text = lines[at].text
    return text.startswith(("-", "–", "—", "_", "*")) or (
        _header_end(lines, _next(lines, at + 1)) is not None
    )


def _next(lines: Sequence[Line], at: int) -> int:
    while at < len(lines) and lines[at].blank:
        at += 1
    return at


def _kind_of_header(text: str) -> str:
    found = _HEADER.match(text[:ATTRIBUTION]) if ":" in text or "：" in text else None
    name = found[1].partition("(")[0].strip().casefold() if found else ""
    for kind, names in (("from", FROM), ("date", DATE), ("subject", SUBJECT), ("to", TO)):
        if name in names:
            return kind
    return ""


def _header_end(lines: Sequence[Line], at: int, sort: str = "forward") -> int | None:
    """The end of the header of another message that begins at a line; None if none begins there.

    The `sort` of the mail decides how much is required. In a `forward`, a header is expected. In a `reply`, it must have
    an address, or a time and a subject. In a `letter`, it must have more fields: otherwise such lines are the author's
    own, for example from where to where a train goes.
    """
    if at >= len(lines) or not _kind_of_header(lines[at].text):
        return None
    found: set[str] = set()
    end, address, timed, gap = at, False, False, 0
    forward = sort == "forward"
    for place in range(at, min(at + HEADER_LINES * (1 + forward), len(lines))):
        line = lines[place]
        kind = _kind_of_header(line.text)
        if line.blank:
            gap += 1
            if gap > 1 + forward:
                break
            continue
        if not (_goes_on(line, kind, found) if gap else kind or _is_more(line)):
            break
        if kind:
            found.add(kind)
        end, gap = place + 1, 0
        timed = timed or (kind == "date" and _is_dated(line.text))
        named = not kind and _HEADER.match(line.text[:ATTRIBUTION])
        address = address or ("@" in line.text and not named)
    return end if _is_header(found, sort, address=address, timed=timed) else None


def _goes_on(line: Line, kind: str, found: set[str]) -> bool:
    """Whether a line after a blank line belongs to the header."""
    if not kind or (kind in found and kind != "to"):
        return False
    return len(found) < 3 or "@" in line.text or _is_dated(line.text)


def _is_more(line: Line) -> bool:
    """Whether a line continues the header's line above."""
    return "@" in line.text or _TIME.search(line.text[:80]) is not None


def _is_header(found: set[str], sort: str, *, address: bool, timed: bool) -> bool:
    if not ("from" in found or len(found) >= 3):
        return False
    if sort == "letter":
        return len(found) >= (3 if address else 4) and (address or timed)
    if sort == "reply":
        return (len(found) >= 2 and address) or (len(found) >= 3 and timed and "subject" in found)
    return len(found) >= (2 if address else 3)


def _is_dated(text: str) -> bool:
    return bool(_TIME.search(text[:ATTRIBUTION]) and _DAY.search(text[:ATTRIBUTION]))


def _after_header(lines: Sequence[Line], at: int) -> tuple[str, list[Line]]:
    """The first address in the header of another message, empty without one, and the lines below the header."""
    place = at
    while place < len(lines) and (
        lines[place].blank
        or _RULE.fullmatch(lines[place].text)
        or FORWARDED.fullmatch(lines[place].text[:100])
        or ORIGINAL.fullmatch(lines[place].text[:100])
        or (lines[place].role == "forwarded" and _DASHED.fullmatch(lines[place].text[:100]))
    ):
        place += 1
    end = _header_end(lines, place)
    if end is None:
        # Below a marker, one line of a header is enough.
        end = place
        while end < len(lines) and end < place + HEADER_LINES and _kind_of_header(lines[end].text):
            end += 1
    sender = ""
    for line in lines[place:end]:
        if found := _ADDRESS.search(line.text[:ATTRIBUTION]):
            sender = found[0]
            break
    return sender, list(lines[end:])


def _attribution(lines: Sequence[Line], at: int) -> tuple[int, bool] | None:
    """The end of an attribution ("On … somebody wrote:") that begins at a line, and whether it is certain.

    None if none begins there. The latest possible beginning counts, because lines above it are the author's words.
    """
    end = _attribution_end(lines, at)
    if end is None:
        return None
    later = range(at + 1, end)
    if any(_is_whole_attribution(lines, place, end) for place in later):
        return None
    alone = at + 1 == end
    if not alone and not _is_whole_attribution(lines, at, end):
        begins = _begins_attribution(lines[at].text)
        if not begins or any(_attributes(lines[place:end]) for place in later):
            return None
    found = _attributes(lines[at:end])
    return (end, found.address) if found else None


class _Attributes(NamedTuple):
    address: bool
    timed: bool
    wrote: bool


def _attribution_end(lines: Sequence[Line], at: int) -> int | None:
    """The end of the shortest group of lines from `at` that forms an attribution; None if there is none."""
    first = lines[at]
    near = lines[at : at + ATTRIBUTION_LINES]
    if not any(line.text.endswith(_ENDINGS) or "@" in line.text for line in near):
        return None
    for number, line in enumerate(near, 1):
        if line.blank or line.depth != first.depth or line.kind not in {"text", "item"}:
            return None
        if line.role != first.role:
            return None
        if _attributes(near[:number]):
            return at + number
    return None


def _attributes(lines: Sequence[Line]) -> _Attributes | None:
    """The parts of an attribution that some lines form together; None if they form none."""
    joined = " ".join(line.text for line in lines).strip()
    if len(joined) > ATTRIBUTION:
        return None
    core = joined.strip("-–— ") if joined.startswith("--") else joined
    if further := _GOES_ON.search(core):
        core = core[: further.end()].rstrip()
    if not (core.endswith((":", "：")) or (core != joined and WROTE.search(core))):
        return None
    address = _ADDRESS.search(core) is not None
    timed = (_TIME.search(core) or _DAY.search(core)) is not None
    wrote = WROTE.search(core) is not None
    if (address and (timed or wrote)) or (wrote and (timed or WROTE_START.match(core))):
        return _Attributes(address and (timed or wrote), timed, wrote)
    return None


def _begins_attribution(text: str) -> bool:
    return bool(WROTE_START.match(text) or _DAY.search(text[:80]) or _ADDRESS.search(text[:200]))


def _is_whole_attribution(lines: Sequence[Line], at: int, end: int) -> bool:
    """Whether an attribution begins exactly at a line, so that the line above does not belong to it."""
    found = _attributes(lines[at:end])
    if not found or not found.timed or not _begins_attribution(lines[at].text):
        return False
    text = lines[at].text
    above = lines[at - 1] if at else Line("", "")
    dated = _DAY.search(text[:20]) and not _ADDRESS.search(above.text[:ATTRIBUTION])
    if not (found.address or dated or WROTE_START.match(text)):
        return False
    if any(line.text.endswith(_STOPS) and not line.soft for line in lines[at : end - 1]):
        return False
    wrapped = above.soft and WROTE_START.match(above.text) and not above.text.endswith(_STOPS)
    return not wrapped or WROTE_START.match(text) is not None


def _own(lines: Sequence[Line], mail: Answering, *, bounded: bool = False) -> list[Line]:
    """The sender's own lines, and the quotations that they answer point by point.

    If it is known which quotations come from the answered message, or that message stands below (`bounded`), other
    quotations count as the sender's own.
    """
    left, attributed, rest = _without_attributions(lines, mail)
    kept = _depth_of_blanks(_without_signature(left))
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
    told = _ADDRESS.search(text) or _TIME.search(text) or _DAY.search(text)
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
        found = None if line.blank else _attribution(lines, at)
        if found:
            end, sure = found
            following = _next(lines, end)
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


def _without_signature(lines: Sequence[Line]) -> list[Line]:
    kept: list[Line] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.role == "signature":
            at += 1
            continue
        if line.depth == 0 and _SEPARATOR.fullmatch(line.text):
            end = at + 1
            while end < len(lines) and lines[end].depth == 0:
                end += 1
            if _is_signature(line, lines[at + 1 : end], bool(kept)):
                at = end
                continue
        if (
            line.depth == 0
            and line.text
            and len(line.text) <= 200
            and SENT_FROM.fullmatch(line.text)
        ):
            at += 1
            continue
        kept.append(line)
        at += 1
    return kept


def _is_signature(separator: Line, below: Sequence[Line], something_above: bool) -> bool:
    """Whether the lines below a separator are a signature.

    After `-- ` they are (RFC 3676, section 4.3). Without the space, they must be short, follow at once and hold no
    sentences.
    """
    if separator.role == "separator":
        return True
    if below and below[0].blank:
        return False
    said = [line.text for line in below if not line.blank]
    short = len(said) <= SIGNATURE_LINES and all(len(text) <= 120 for text in said)
    listed = any(line.kind != "text" for line in below)
    strict = separator.text == "--"
    sentences = any(
        text.endswith(_STOPS) and (not strict or text.count(" ") >= 3)
        for text in said
        if not SENT_FROM.fullmatch(text[:200])
    )
    return something_above and short and not listed and not sentences and (strict or len(said) <= 4)


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
            elif found := _attribution(lines, at):
                end = found[0]
            elif (stop := _header_end(lines, at, awaited)) is not None:
                end = stop
            elif len(line.text) < 100 and (
                FORWARDED.fullmatch(line.text) or ORIGINAL.fullmatch(line.text)
            ):
                end = at + 1 if _marks(lines, at) else None
                marked = end is not None
            awaited = "forward" if marked else "letter"
        if end is None:
            left.append(line)
            at += 1
        else:
            at = end
    kept = _without_signature(left)
    return kept if any(not line.blank for line in kept) else left


def _flattened(lines: Sequence[Line]) -> list[Line]:
    """The lines without the quotation that some programs put around a whole message, and without roles."""
    least = min((line.depth for line in lines if not line.blank), default=0)
    return [line._replace(depth=max(0, line.depth - least), role="") for line in lines]
