"""What comes with the messages of chats beside their words: which files can be fetched, by the ids that the
chat knows them by, and what is not taken, and why. Their names are never read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from liveblog.content.pictures import ACCEPTED

MB = 1024 * 1024
# What Telegram lets bots fetch (https://core.telegram.org/bots/api#getfile), and what is taken from Slack.
MOST_MB = {"telegram": 20, "slack": 32}
LISTED = 8
NO_MEDIUM = f"is not {ACCEPTED}"
TOO_MANY = "is one more than an entry takes"
DELETED = "was deleted in Slack"
ELSEWHERE = "is kept elsewhere, not in Slack"

# The parts of a message that hold a file (https://core.telegram.org/bots/api#message), and what each is.
_PARTS = {
    "animation": "video",  # says the same in `document`
    "video": "video",
    "video_note": "video",
    "voice": "recording",
    "audio": "recording",
    "document": "file",
}
_KINDS = {"image": "picture", "video": "video", "audio": "recording"}
_TELEGRAM_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
_SLACK_ID = re.compile(r"F[A-Z0-9]{1,40}")


class MessageFiles(NamedTuple):
    """`files` are ids, in their order; `untaken` says by place, from 1 on, why a file is not one of them.
    `what` is that of the first: picture, video, recording, file. `known_by` are ids that a file keeps."""

    files: tuple[str, ...] = ()
    untaken: Mapping[int, str] = {}
    what: str = "picture"
    known_by: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return len(self.files) + len(self.untaken)

    def at_most(self, most: int) -> MessageFiles:
        """Without those that are more than an entry takes."""
        if len(self.files) <= most:
            return self
        places = [place for place in range(1, self.total + 1) if place not in self.untaken]
        more = dict.fromkeys(places[most:], TOO_MANY)
        return self._replace(files=self.files[:most], untaken={**self.untaken, **more})

    def without(self, reason: str) -> MessageFiles:
        """All of them untaken."""
        every = dict.fromkeys(range(1, self.total + 1), reason)
        return self._replace(files=(), untaken={**every, **self.untaken})


def of_telegram(message: Mapping[str, Any]) -> MessageFiles:
    """A message holds one file at most. Of a picture, the largest size that can be fetched."""
    sizes = message.get("photo")
    if isinstance(sizes, list) and sizes:
        known = [one for one in sizes if isinstance(one, dict)]
        known.sort(key=lambda one: (_number(one.get("width")), _number(one.get("height"))))
        return _telegram(known[::-1], "picture")._replace(known_by=_unique(known[-1:]))
    for name, what in _PARTS.items():
        part = message.get(name)
        if isinstance(part, dict):
            kind = str(part.get("mime_type", "")).partition("/")[0]
            if name == "document" and kind not in _KINDS:
                return MessageFiles(untaken={1: NO_MEDIUM}, what="file", known_by=_unique([part]))
            return _telegram([part], _KINDS.get(kind, what))._replace(known_by=_unique([part]))
    return MessageFiles()


def _unique(parts: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(str(part.get("file_unique_id", "")) for part in parts)


def _telegram(best_first: Sequence[Mapping[str, Any]], what: str) -> MessageFiles:
    for one in best_first:
        file = str(one.get("file_id", ""))
        if _number(one.get("file_size")) <= MOST_MB["telegram"] * MB and _TELEGRAM_ID.fullmatch(
            file
        ):
            return MessageFiles((file,), {}, what)
    return MessageFiles(untaken={1: too_large("telegram")}, what=what)


def of_slack(event: Mapping[str, Any]) -> MessageFiles:
    """The files of a message (https://docs.slack.dev/reference/objects/file-object)."""
    given = event.get("files")
    files: list[str] = []
    untaken: dict[int, str] = {}
    whats, ids = [], []
    for place, one in enumerate(given if isinstance(given, list) else (), 1):
        about = one if isinstance(one, dict) else {}
        kind = str(about.get("mimetype") or "image/").partition("/")[0]  # not always told
        whats.append(_KINDS.get(kind, "file"))
        file = str(about.get("id", ""))
        ids.append(file)
        if reason := _why_not(about, kind, file):
            untaken[place] = reason
        else:
            files.append(file)
    return MessageFiles(tuple(files), untaken, whats[0] if whats else "picture", tuple(ids))


def _why_not(about: Mapping[str, Any], kind: str, file: str) -> str | None:
    """Why a file of Slack is not fetched; None where it may be."""
    mode = about.get("mode")
    if mode == "tombstone":
        return DELETED
    if mode == "hidden_by_limit":
        return "is hidden by Slack, whose limit the workspace has reached"
    if about.get("is_external") is True or mode == "external":
        return ELSEWHERE
    if mode in {"quip", "canvas"} or about.get("filetype") in {"quip", "canvas"}:
        return "is a canvas"
    if kind not in _KINDS or not _SLACK_ID.fullmatch(file):
        return NO_MEDIUM
    return too_large("slack") if _number(about.get("size")) > MOST_MB["slack"] * MB else None


def too_large(chat: str) -> str:
    return f"is too large: at most {MOST_MB[chat]} MB are fetched from {chat.capitalize()}"


def untaken_note(untaken: Mapping[int, str], total: int) -> str:
    """What the desk reads of files that are not taken, of `total` that came: never their names."""
    many = len(untaken)
    were = "attachment was" if many == 1 else "attachments were"
    reasons = list(_numbered(untaken, total))
    if many > LISTED:
        reasons[LISTED:] = [f"and {many - LISTED} more"]
    return f"{many} {were} not taken: {'; '.join(reasons)}"


def _numbered(untaken: Mapping[int, str], total: int) -> Iterable[str]:
    for place, reason in sorted(untaken.items()):
        yield f"it {reason}" if total == 1 else f"no. {place} {reason}"


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
