"""Files that come with messages of chats: fetched after the message is submitted, and added to it.

What is to be fetched stands in the database from the transaction on that submits the message. So the chat
is answered at once, and nothing is lost with a process that ends: every process looks, and one takes it.
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
from liveblog.newsroom.commit import opened
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries import edit
from liveblog.newsroom.forms import MOST_MEDIA, NewEntry, UploadForm
from liveblog.newsroom.validation import parse
from liveblog.process.periodic import each
from liveblog.store import PendingAttachment, StoryTransaction

INTERVAL = 1.0
AT_ONCE = 2  # each is up to 32 MB in memory
LEASE = timedelta(minutes=3)  # longer than it takes to fetch one; then another process takes it
AGAIN = tuple(timedelta(seconds=s) for s in (10, 60, 600, 3600, 6 * 3600))
# Where what comes later is still seen by an editor before any reader sees it.
UNSEEN = frozenset({EntryStatus.SUBMITTED, EntryStatus.DRAFT})

log = structlog.get_logger()


def seal(secret_key: str, inlet: Inlet, token: str) -> str:
    return sealed(secret_key, "bot", inlet.salt, token)


def untaken(error: Refused) -> str:
    """Why a file is not taken, to be read after "it" or its number."""
    said = error.fields.get("file") or error.detail
    return said if not said.startswith("at most") else f"is too large: {said}"


class Fetcher(NamedTuple):
    """By what attachments are fetched: from which chats, and the key that seals the tokens of their bots."""

    chats: ChatFiles
    secret_key: str


async def run(newsroom: Newsroom, fetcher: Fetcher) -> NoReturn:
    """Looks once a second, for ever. The files of an entry are fetched one after the other, in their order;
    those of one that take their time keep others waiting only where there are several."""

    async def due(limit: int) -> list[str]:
        return await newsroom.store.attachments.due(newsroom.clock(), limit)

    async def settle(entry_id: str) -> None:
        await _settle(newsroom, fetcher, entry_id)

    await each(INTERVAL, AT_ONCE, due, settle)


async def _settle(newsroom: Newsroom, fetcher: Fetcher, entry_id: str) -> None:
    """Fetches what is due for an entry, as long as there is any."""
    try:
        while True:
            now = newsroom.clock()
            one = await newsroom.store.attachments.take(entry_id, now, now + LEASE)
            if one is None:
                return
            inlet = await newsroom.store.inlets.find(one.inlet_id)
            await _open(newsroom, fetcher, inlet, one)
    except NotFound:
        return  # the inlet was removed meanwhile
    except LiveblogError as error:
        log.warning("a file of a message has to wait", reason=str(error))
    except Exception:
        log.exception("a file of a message could not be fetched")


async def _open(newsroom: Newsroom, fetcher: Fetcher, inlet: Inlet, one: PendingAttachment) -> None:
    """Fetches a file and adds it; else it is tried again later, or a note tells the desk why not."""
    _, entry = await newsroom.store.stories.entry(inlet.story, one.entry_id)
    if entry.status is EntryStatus.REMOVED:
        return await _close(newsroom, inlet, one, "was not fetched: the entry was removed before")
    if one.tries > len(AGAIN) + 1:  # no process has lived to tell
        return await _close(newsroom, inlet, one, "could not be fetched in any try")
    try:
        medium = await _fetched(newsroom, fetcher, inlet, one)
    except (Refused, Unsafe) as error:
        reason = untaken(error) if isinstance(error, Refused) else f"was not fetched: {error}"
        return await _close(newsroom, inlet, one, reason)
    except Exception as error:
        known = isinstance(error, LiveblogError)
        reason = f"could not be fetched: {error if known else 'an error, which is in the log'}"
        log.info("a file of a message could not be fetched", inlet=inlet.id, reason=reason)
        if not known:
            log.exception("a file of a message could not be read")
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
    if not await _added(newsroom, inlet, one, medium):
        await media.discard(newsroom, medium)
    return None


async def _fetched(
    newsroom: Newsroom, fetcher: Fetcher, inlet: Inlet, one: PendingAttachment
) -> Medium:
    token = unsealed(fetcher.secret_key, "bot", inlet.salt, inlet.token or "")
    if token is None:
        raise NotFetched(f"inlet {inlet.id} has no bot token that can be read")
    content = io.BytesIO(await fetcher.chats.fetch(inlet.kind, token, one.file))
    return await media.upload(newsroom, inlet.user, content, UploadForm(), spare=True)


async def _added(newsroom: Newsroom, inlet: Inlet, one: PendingAttachment, medium: Medium) -> bool:
    """Whether the medium is in an entry now."""
    async with opened(newsroom, inlet.user, inlet.story, one.entry_id, unassigned=True) as change:
        tx, entry = change.tx, change.before
        late = entry.status in {EntryStatus.PUBLISHED, EntryStatus.SCHEDULED}
        if not late and not await tx.inbound.close_attachment(one.id):
            return False  # another process was faster, or the message was purged
        full = len(entry.media) >= MOST_MEDIA
        if full and not late:
            await _say(tx, entry, change.at, inlet, untaken_note({1: TOO_MANY}, 1))
        elif entry.status in UNSEEN:
            await tx.inbound.follow_revision(entry, entry.rev + 1)
            new = entry.model_copy(update={"media": (*entry.media, medium)})
            await change.commit(new, "revised")
    if not late:
        return entry.status in UNSEEN and not full
    return await _submitted(newsroom, inlet, one, medium)


async def _submitted(
    newsroom: Newsroom, inlet: Inlet, one: PendingAttachment, medium: Medium
) -> bool:
    """What comes after an editor has let its message go out waits for an editor by itself."""

    async def in_transaction(tx: StoryTransaction, entry: Entry, at: datetime) -> None:
        await tx.inbound.close_attachment(one.id)
        text = f"It came with an entry that is published or scheduled already: {one.entry_id}"
        await _say(tx, entry, at, inlet, text)

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
    """It is not fetched any more, and the desk reads why."""
    await _note(newsroom, inlet, one, untaken_note({1: reason}, 1), close=True)


async def _note(
    newsroom: Newsroom, inlet: Inlet, one: PendingAttachment, text: str, *, close: bool = False
) -> None:
    async with opened(newsroom, None, inlet.story, one.entry_id) as change:
        tx, entry = change.tx, change.before
        if (close and not await tx.inbound.close_attachment(one.id)) or not entry.body:
            return  # told by another process; or purged
        await _say(tx, entry, change.at, inlet, text)


async def _say(tx: StoryTransaction, entry: Entry, at: datetime, inlet: Inlet, text: str) -> None:
    await tx.notes.add(entry, at, inlet.user.id, "note", text)
