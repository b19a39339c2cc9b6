"""Attachments of chat messages: fetched after the message is submitted, then added to its entry.

The transaction that submits a message also stores the list of its files. So the chat gets its answer at once, and no
file is lost when a process ends: every process looks for due files, and one of them takes each file.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import NamedTuple, NoReturn

import structlog

from liveblog.errors import LiveblogError, NotFetched, NotFound, Refused, Unsafe
from liveblog.inbound.chat_files import ChatFiles
from liveblog.inbound.files import TOO_MANY, untaken_note
from liveblog.models.content import Entry, EntryStatus, Medium
from liveblog.models.integrations import Inlet
from liveblog.net.signatures import sealed, unsealed
from liveblog.newsroom import media
from liveblog.newsroom.agenda import Agenda
from liveblog.newsroom.commit import opened
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries import edit
from liveblog.newsroom.forms import MOST_MEDIA, NewEntry, UploadForm
from liveblog.newsroom.validation import parse
from liveblog.process.periodic import each
from liveblog.store import Due, PendingAttachment, StoryTransaction

INTERVAL = 1.0
AT_ONCE = 2  # entries; a file takes up to 32 MB of memory
LEASE = timedelta(minutes=3)  # longer than a fetch; after it, another process takes the file
AGAIN = tuple(timedelta(seconds=s) for s in (10, 60, 600, 3600, 6 * 3600))
# An entry in one of these states is reviewed before it is published, so files may still be added to it.
UNSEEN = frozenset({EntryStatus.SUBMITTED, EntryStatus.DRAFT})

log = structlog.get_logger()


def seal(secret_key: str, inlet: Inlet, token: str) -> str:
    """A bot's token, encrypted for the database."""
    return sealed(secret_key, "bot", inlet.salt, token)


def untaken(error: Refused) -> str:
    """The reason why a file was not taken, as a predicate: "is too large: …"."""
    said = error.fields.get("file") or error.detail
    return said if not said.startswith("at most") else f"is too large: {said}"


class Fetcher(NamedTuple):
    """What fetching needs: the client for the chats, and the key that encrypts the tokens of their bots."""

    chats: ChatFiles
    secret_key: str


async def run(newsroom: Newsroom, agenda: Agenda, fetcher: Fetcher) -> NoReturn:
    """Fetch due files every `INTERVAL` seconds, forever.

    The files of one entry are fetched one after another, in their order. Up to `AT_ONCE` entries are handled at the
    same time, so one slow entry does not delay the others.
    """

    async def due(limit: int) -> list[str]:
        if not await agenda.has(Due.FILES):
            return []
        return await newsroom.store.attachments.due(newsroom.clock(), limit)

    async def fetch_due(entry_id: str) -> None:
        await _fetch_due(newsroom, fetcher, entry_id)

    await each(INTERVAL, AT_ONCE, due, fetch_due)


async def _fetch_due(newsroom: Newsroom, fetcher: Fetcher, entry_id: str) -> None:
    """Fetch all due files of an entry."""
    try:
        while True:
            now = newsroom.clock()
            one = await newsroom.store.attachments.take(entry_id, now, now + LEASE)
            if one is None:
                return
            inlet = await newsroom.store.inlets.find(one.inlet_id)
            await _fetch_one(newsroom, fetcher, inlet, one)
    except NotFound:
        return  # the inlet was removed in the meantime
    except LiveblogError as error:
        log.warning("attachment postponed", entry=entry_id, reason=str(error))
    except Exception:
        log.exception("attachment failed", entry=entry_id)


async def _fetch_one(
    newsroom: Newsroom, fetcher: Fetcher, inlet: Inlet, one: PendingAttachment
) -> None:
    """Fetch a file and add it to its entry.

    If that fails, the file is tried again later, or a note tells the desk the reason.
    """
    _, entry = await newsroom.store.stories.entry(inlet.story, one.entry_id)
    if entry.status is EntryStatus.REMOVED:
        return await _close(newsroom, inlet, one, "was not fetched: the entry was removed before")
    if one.tries > len(AGAIN) + 1:  # the process ended during every try
        return await _close(newsroom, inlet, one, "could not be fetched in any try")
    try:
        medium = await _fetch(newsroom, fetcher, inlet, one)
    except (Refused, Unsafe) as error:
        reason = untaken(error) if isinstance(error, Refused) else f"was not fetched: {error}"
        return await _close(newsroom, inlet, one, reason)
    except Exception as error:
        known = isinstance(error, LiveblogError)
        reason = f"could not be fetched: {error if known else 'an error, which is in the log'}"
        log.info("attachment not fetched", inlet=inlet.id, reason=reason)
        if not known:
            log.exception("attachment failed", inlet=inlet.id)
        if one.tries > len(AGAIN):
            return await _close(newsroom, inlet, one, reason)
        await newsroom.store.attachments.put_off(one.id, newsroom.clock() + AGAIN[one.tries - 1])
        if one.tries == 1:
            await _note(
                newsroom,
                inlet,
                one,
                f"An attachment is still missing: it {reason}. It is tried again.",
            )
        return None
    if not await _add(newsroom, inlet, one, medium):
        await media.discard(newsroom, medium)
    return None


async def _fetch(
    newsroom: Newsroom, fetcher: Fetcher, inlet: Inlet, one: PendingAttachment
) -> Medium:
    token = unsealed(fetcher.secret_key, "bot", inlet.salt, inlet.token or "")
    if token is None:
        raise NotFetched(f"inlet {inlet.id} has no bot token that can be read")
    content = io.BytesIO(await fetcher.chats.fetch(inlet.kind, token, one.file))
    return await media.upload(newsroom, inlet.user, content, UploadForm(), spare=True)


async def _add(newsroom: Newsroom, inlet: Inlet, one: PendingAttachment, medium: Medium) -> bool:
    """Add a medium to its entry, or to a new submission if the entry was published or scheduled.

    Returns false if the medium is in no entry.
    """
    async with opened(newsroom, inlet.user, inlet.story, one.entry_id, unassigned=True) as change:
        tx, entry = change.tx, change.before
        late = entry.status in {EntryStatus.PUBLISHED, EntryStatus.SCHEDULED}
        if not late and not await tx.inbound.close_attachment(one.id):
            return False  # another process has added it, or the message was purged
        full = len(entry.media) >= MOST_MEDIA
        if full and not late:
            await _add_note(tx, entry, change.at, inlet, untaken_note({1: TOO_MANY}, 1))
        elif entry.status in UNSEEN:
            await tx.inbound.follow_revision(entry, entry.rev + 1)
            new = entry.model_copy(update={"media": (*entry.media, medium)})
            await change.commit(new, "revised")
    if not late:
        return entry.status in UNSEEN and not full
    return await _submit(newsroom, inlet, one, medium)


async def _submit(newsroom: Newsroom, inlet: Inlet, one: PendingAttachment, medium: Medium) -> bool:
    """Submit a late file as an entry of its own: its message was already published or scheduled.

    Returns false if another process has submitted it.
    """

    async def in_transaction(tx: StoryTransaction, entry: Entry, at: datetime) -> None:
        await tx.inbound.close_attachment(one.id)
        text = f"It came with an entry that is published or scheduled already: {one.entry_id}"
        await _add_note(tx, entry, at, inlet, text)

    body = "(A file that came after its message.)"
    values = {"body": body, "status": EntryStatus.SUBMITTED, "media": [medium.id]}
    done = await edit.publish(
        newsroom,
        inlet.user,
        inlet.story,
        parse(NewEntry, values),
        key=f"enclosure {one.id}",  # the name that earlier releases gave it
        in_transaction=in_transaction,
    )
    return not done.repeated


async def _close(newsroom: Newsroom, inlet: Inlet, one: PendingAttachment, reason: str) -> None:
    """Take a file off the list of files to fetch, and tell the desk the reason in a note."""
    await _note(newsroom, inlet, one, untaken_note({1: reason}, 1), close=True)


async def _note(
    newsroom: Newsroom, inlet: Inlet, one: PendingAttachment, text: str, *, close: bool = False
) -> None:
    async with opened(newsroom, None, inlet.story, one.entry_id) as change:
        tx, entry = change.tx, change.before
        if (close and not await tx.inbound.close_attachment(one.id)) or not entry.body:
            return  # another process has written the note, or the entry was purged
        await _add_note(tx, entry, change.at, inlet, text)


async def _add_note(
    tx: StoryTransaction, entry: Entry, at: datetime, inlet: Inlet, text: str
) -> None:
    await tx.notes.add(entry, at, inlet.user.id, "note", text)
