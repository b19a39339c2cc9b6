"""The verbs on media: uploads, attaches and deletes them."""

from __future__ import annotations

import asyncio
import io
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import BinaryIO, NoReturn

import structlog
from anyio import CapacityLimiter, to_thread

from liveblog.content import pictures, recordings
from liveblog.content.pictures import OF_A_CARD, OF_AN_ENTRY
from liveblog.content.pixels import Bounds
from liveblog.errors import Invalid, LiveblogError, NotFound, TooLarge, Unsupported
from liveblog.models.content import Entry, Medium
from liveblog.models.members import User
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import CoverForm, MediumForm, UploadForm
from liveblog.newsroom.permissions import Right, may, require
from liveblog.newsroom.safety.pseudonyms import replaced_for, signed
from liveblog.process.periodic import every
from liveblog.store import Author, File, Stored, StoryTransaction

PICTURE_MB = 32
SWEEP = 600.0  # seconds
GRACE = timedelta(hours=1)  # longer than any upload takes

log = structlog.get_logger()
# Cleaning a recording takes a core, which readers need too.
_limiter = CapacityLimiter(2)


async def upload(
    newsroom: Newsroom,
    actor: User,
    file: BinaryIO,
    form: UploadForm,
    *,
    most_mb: int = 200,
    spare: bool = False,
) -> Medium:
    """Stores a picture, video or recording without its metadata.

    The contents alone decide about the format. `most_mb` limits videos and recordings (MiB). Only
    the desk can get the medium before a published entry shows it. A `spare` medium is deleted if no
    entry uses it within the hour.

    Raises `Forbidden`, `Invalid`, `TooLarge`, `Unavailable`, `Unsupported`.
    """
    require(actor, Right.WRITE)
    found = await asyncio.to_thread(_format, file)
    medium = Medium(id=_new_id(), kind="picture", alt=form.alt, credit=form.credit)
    medium = signed(medium, replaced_for(actor, await newsroom.store.protections.bylines()))
    if found in pictures.NAMES:
        _require_at_most(PICTURE_MB, file, "a picture")
        return await _keep_picture(newsroom, actor.id, medium, file, OF_AN_ENTRY, spare=spare)
    _require_at_most(most_mb, file, "a video or recording")
    recording = await to_thread.run_sync(recordings.cleaned, file, found, limiter=_limiter)
    with recording.content as content:
        name = f"whole.{recording.suffix}"
        whole_file = File(name, recording.type, None, None, recording.size)
        medium = medium.model_copy(update={"kind": recording.kind})
        return await _keep(newsroom, actor.id, medium, [(whole_file, content)], spare=spare)


async def keep_for_card(newsroom: Newsroom, file: BinaryIO) -> Medium:
    """Stores the pixels of a card's picture. If no entry shows it, it is deleted with its card.

    Raises `Invalid`, `Unavailable`, `Unsupported`.
    """
    medium = Medium(id=_new_id(), kind="picture")
    return await _keep_picture(newsroom, None, medium, file, OF_A_CARD, spare=True)


async def discard(newsroom: Newsroom, medium: Medium) -> None:
    """Deletes a spare medium that is no longer wanted."""
    await clear_away(newsroom, await newsroom.store.media.give_up(medium.id))


async def _keep_picture(
    newsroom: Newsroom,
    owner: int | None,
    medium: Medium,
    file: BinaryIO,
    most: Bounds,
    *,
    spare: bool,
) -> Medium:
    picture = await newsroom.decoder.written_anew(file, most)
    whole = picture.variants[-1]
    shape = {"width": whole.width, "height": whole.height, "placeholder": picture.placeholder}
    kept = [
        (
            File(one.name, one.type, one.width, one.height, len(one.content)),
            io.BytesIO(one.content),
        )
        for one in picture.variants
    ]
    return await _keep(newsroom, owner, medium.model_copy(update=shape), kept, spare=spare)


async def _keep(
    newsroom: Newsroom,
    owner: int | None,
    medium: Medium,
    kept: Sequence[tuple[File, BinaryIO]],
    *,
    spare: bool,
) -> Medium:
    await newsroom.store.media.begin(medium.id, medium.kind, owner, newsroom.clock(), spare=spare)
    for file, content in kept:
        await newsroom.files.put(f"{medium.id}/{file.name}", content)
    return await newsroom.store.media.finish(medium, [file for file, _ in kept])


async def find(newsroom: Newsroom, actor: User, medium_id: str) -> Stored:
    """Returns a medium as the actor may see it. Raises `Forbidden`, `NotFound`."""
    require(actor, Right.WRITE)
    found = (await newsroom.store.media.stored([medium_id])).get(medium_id)
    if found is None or not _may_have(actor, found):
        raise NotFound(f"no medium {medium_id!r}")
    return found._replace(medium=_named(actor, found, await newsroom.store.protections.bylines()))


async def attached(
    tx: StoryTransaction,
    actor: User,
    forms: Sequence[MediumForm],
    entry: Entry | None = None,
) -> tuple[Medium, ...]:
    """Returns the media as an entry shows them, in the order of `forms`.

    Raises `Invalid` if a medium does not exist, is not the actor's, or is the picture of a card.
    Others have published that one, so it is shown in its card only.
    """
    if not forms:
        return ()
    there = await tx.media.lock([form.id for form in forms])
    before = {medium.id for medium in entry.media} if entry else set()

    def known(medium_id: str) -> bool:
        found = there.get(medium_id)
        if found is None or medium_id in before:
            return found is not None
        return found.owner is not None and _may_have(actor, found)

    wrong = {
        f"media.{place}": "is not there; must be the id of an upload (POST /api/media)"
        for place, form in enumerate(forms)
        if not known(form.id)
    }
    if wrong:
        raise Invalid(wrong)
    named = await tx.people.bylines()
    return tuple(_shown(_named(actor, there[form.id], named), form) for form in forms)


async def as_cover(tx: StoryTransaction, actor: User, form: CoverForm) -> Medium:
    """Returns an upload as the cover of a story.

    Raises `Invalid` if there is no such upload, or it is no picture.
    """
    found = _require_cover(actor, (await tx.media.lock([form.id])).get(form.id))
    shown = found._replace(medium=_shown(found.medium, form))
    return _named(actor, shown, await tx.people.bylines())


async def require_cover(newsroom: Newsroom, actor: User, form: CoverForm) -> None:
    """Raises `Invalid` if `as_cover()` would."""
    _require_cover(actor, (await newsroom.store.media.stored([form.id])).get(form.id))


async def retire(newsroom: Newsroom, medium_id: str) -> None:
    """Deletes a medium that was a cover or a portrait, unless something shows it or an entry once did."""
    await clear_away(newsroom, await newsroom.store.media.retire(medium_id))


async def clear_away(newsroom: Newsroom, ids: Sequence[str]) -> None:
    """Deletes the files of media that nobody can get any more.

    Never raises, and a failure does not stop the others: the sweep deletes the rest later.
    """
    done = await asyncio.gather(*map(newsroom.files.delete, ids), return_exceptions=True)
    gone = [medium_id for medium_id, error in zip(ids, done, strict=True) if error is None]
    failed = [error for error in done if error is not None]
    try:
        if gone:
            await newsroom.store.media.forget(gone)
    except LiveblogError as error:
        failed.append(error)
    if failed:
        log.warning("deleting media failed", reason=str(failed[0]))


async def sweep(newsroom: Newsroom) -> NoReturn:
    """Deletes unused media every 10 minutes, for ever.

    These are the remains of broken uploads and purges, pictures of cards that no entry has, and
    files of messages that were never submitted.
    """

    async def clear_media() -> None:
        before = newsroom.clock() - GRACE
        await newsroom.store.media.give_up_spare(before)
        await clear_away(newsroom, await newsroom.store.media.leftovers(before))

    await every(SWEEP, clear_media)


def _new_id() -> str:
    return "m" + secrets.token_hex(16)


def _may_have(actor: User, found: Stored) -> bool:
    """Whether the actor may use a medium.

    Contributors may use published media, their own uploads, media in their own entries, and
    pictures of cards, which everybody in the newsroom may request.
    """
    own = found.owner in {actor.id, None} or actor.id in found.shown_by
    return found.public or own or may(actor, Right.PUBLISH)


def _named(actor: User, found: Stored, named: Sequence[Author]) -> Medium:
    """A medium as the actor gets it, with public names.

    The upload may be older than the public name of the person it credits.
    """
    own = found.owner == actor.id
    return signed(found.medium, replaced_for(actor, named) if own else named)


def _require_cover(actor: User, found: Stored | None) -> Stored:
    if found is None or found.owner is None or not _may_have(actor, found):
        raise Invalid({"cover.id": "is not there; must be the id of an upload (POST /api/media)"})
    if found.medium.kind != "picture":
        raise Invalid({"cover.id": "must be a picture"})
    return found


def _shown(medium: Medium, form: MediumForm | CoverForm) -> Medium:
    said = form.model_dump(include=form.model_fields_set - {"id"})
    return medium.model_copy(update=said)


def _format(file: BinaryIO) -> str:
    """The format of a file, by its contents. Raises `Unsupported`."""
    file.seek(0)
    head = file.read(64)
    if why := pictures.refused(head):
        raise Unsupported({"file": why})
    found = pictures.sniffed(head) or recordings.sniffed(head)
    if found is None:
        raise Unsupported({"file": f"is not {pictures.ACCEPTED}"})
    return found


def _require_at_most(megabytes: int, file: BinaryIO, kind: str) -> None:
    if file.seek(0, io.SEEK_END) > megabytes * 1024**2:
        message = f"at most {megabytes} MB are accepted for {kind}"
        raise TooLarge(f"file: {message}", {"file": message})
