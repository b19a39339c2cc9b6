"""Plays the ground updates from Kharkiv of 25 February 2022 into a new story.

A few entries are posted at once, the rest live, with edits, a removal and a verification that
changes.
"""

from __future__ import annotations

import asyncio
import io
import os
import secrets
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from pydantic_core import from_json

from liveblog import logs
from liveblog.app import make_newsroom, redis_url
from liveblog.bus.redis import RedisBus
from liveblog.demo import pictures
from liveblog.errors import LiveblogError, SettingsError
from liveblog.models.content import Entry, Story
from liveblog.models.members import DEMO_TELLER, Role, User
from liveblog.newsroom import media, stories
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries import edit, removal
from liveblog.newsroom.forms import (
    EntryChange,
    NewEntry,
    NewStory,
    Removal,
    UploadForm,
    VerificationForm,
)
from liveblog.newsroom.passwords import hash_password
from liveblog.newsroom.validation import parse
from liveblog.process.listeners import listen
from liveblog.process.scratch import scratch_folder
from liveblog.process.workers import Server
from liveblog.server import (
    bring_up_database,
    configuration,
    export,
    running_redis,
    stop_by_signal,
)
from liveblog.settings import Settings
from liveblog.store import NO_PASSWORD, Store

HERE = Path(__file__).parent
AT_ONCE = 5  # entries
# The entries that are posted at once are backdated by so many minutes, the newest first.
MINUTES_AGO = (3, 8, 17, 21, 34, 41, 52, 63, 70, 82, 89, 97, 110, 118, 131, 144)
PAUSE_SECONDS = 12.0
FAST_PAUSE_SECONDS = 0.4
EDITOR = "editor@example.org"
PORTS_TRIED = 20

log = structlog.get_logger()


def run_demo(host: str | None, port: int | None, *, fast: bool) -> None:
    """Serves and plays until stopped. Without `LIVEBLOG_DATA`, nothing is kept afterwards."""
    with stop_by_signal():
        if os.environ.get("LIVEBLOG_DATA"):
            _run(host, port, fast=fast)
            return
        with scratch_folder("demo") as folder:
            os.environ["LIVEBLOG_DATA"] = str(folder)
            _run(host, port, fast=fast)


def _run(host: str | None, port: int | None, *, fast: bool) -> None:
    os.environ.setdefault("LIVEBLOG_LOG_LEVEL", "warning")
    settings = Settings.read(host=host, port=port, workers=1)
    prepared = settings.prepare()
    logs.set_up(prepared.log_level)
    chosen = port is not None or bool(os.environ.get("PORT"))
    listening = listen(prepared.host, prepared.port) if chosen else _first_free(prepared)
    with listening, running_redis(prepared):
        at = {"port": listening.getsockname()[1]}
        export(settings.model_copy(update=at))
        config = configuration(settings.model_copy(update=at))
        playing = _serve_and_play(
            prepared.model_copy(update=at),
            Server(config),
            listening,
            FAST_PAUSE_SECONDS if fast else PAUSE_SECONDS,
        )
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(playing)


async def _serve_and_play(
    settings: Settings, server: Server, listening: socket.socket, pause: float
) -> None:
    await bring_up_database(settings)
    story = asyncio.create_task(_play(settings, pause))
    try:
        await server.serve([listening])
    finally:
        story.cancel()
        await asyncio.gather(story, return_exceptions=True)


async def _play(settings: Settings, pause: float) -> None:
    store = Store(settings.database_url)
    bus = RedisBus(redis_url(settings), settings.redis_prefix)
    newsroom = make_newsroom(settings, store, bus)
    try:
        password = await _editor(newsroom)
        teller = await _teller(newsroom)
        story = await _fresh_story(newsroom, teller)
        print(_welcome(settings, story, password), flush=True)
        await _tell(newsroom, teller, story, pause)
        print("The story is complete. The server keeps running; Ctrl+C ends it.", flush=True)
    except LiveblogError as error:
        log.error("demo story failed", reason=str(error))
    except Exception:
        # Logged here, because nobody awaits this task before the server ends.
        log.exception("demo story failed")
        raise
    finally:
        await bus.close()
        await store.close()


async def _tell(newsroom: Newsroom, teller: User, story: Story, pause: float) -> None:
    """Posts all 16 entries, and the changes after some of them."""
    told: list[Entry] = []

    async def change(number: int, **fields: object) -> None:
        await edit.revise(
            newsroom, teller, story.slug, told[number].id, parse(EntryChange, dict(fields))
        )

    backdated = AT_ONCE if pause >= PAUSE_SECONDS else len(MINUTES_AGO)
    async for form in _entries(newsroom, teller, pause, backdated):
        done = await edit.publish(newsroom, teller, story.slug, form)
        told.append(done.entry)
        match len(told):
            case 7:
                slip = parse(NewEntry, {"body": "Test, please ignore."})
                mistake = await edit.publish(newsroom, teller, story.slug, slip)
                await asyncio.sleep(pause / 2)
                await removal.remove(
                    newsroom,
                    teller,
                    story.slug,
                    mistake.entry.id,
                    Removal(reason="posted by mistake"),
                )
            case 9:
                await asyncio.sleep(pause / 2)
                await change(
                    7,
                    body=told[7].body + " Both had been at the same hotel.",
                    correction="The first version did not say where the two had been staying.",
                )
            case 12:
                await _verify(
                    newsroom, teller, story, told[5], "checking", "More people are being asked."
                )
            case 15:
                note = "Others who stayed reckon otherwise by now."
                await _verify(newsroom, teller, story, told[5], "disputed", note, told[10])
            case _:
                pass


async def _verify(
    newsroom: Newsroom,
    teller: User,
    story: Story,
    entry: Entry,
    status: str,
    note: str,
    settled_by: Entry | None = None,
) -> None:
    values = {"status": status, "note": note, "settled_by": settled_by.id if settled_by else None}
    await edit.verify(newsroom, teller, story.slug, entry.id, parse(VerificationForm, values))


async def _entries(
    newsroom: Newsroom, teller: User, pause: float, backdated: int
) -> AsyncIterator[NewEntry]:
    begun = datetime.now(UTC)
    shown = from_json((HERE / "kharkiv.pictures.json").read_bytes())
    for number, line in enumerate((HERE / "kharkiv.jsonl").read_bytes().splitlines()):
        if number >= AT_ONCE:
            await asyncio.sleep(pause)
        wanted = shown.get(str(number + 1), [])
        attached = await asyncio.gather(*(_picture(newsroom, teller, one) for one in wanted))
        fields = from_json(line) | {"media": attached}
        if number < backdated:
            ago = timedelta(minutes=MINUTES_AGO[backdated - 1 - number])
            fields["publish_at"] = (begun - ago).isoformat()
        yield parse(NewEntry, fields)


async def _picture(newsroom: Newsroom, teller: User, said: dict[str, str]) -> dict[str, str]:
    """Draws and uploads a picture. Returns it as an entry names it."""
    content = await asyncio.to_thread(pictures.drawn, said["scene"])
    form = parse(UploadForm, {"alt": said["alt"]})
    medium = await media.upload(newsroom, teller, io.BytesIO(content), form)
    return {"id": medium.id, "caption": said["caption"]}


async def _editor(newsroom: Newsroom) -> str:
    """The password of the visitor's account. A new account gets a new one; that of a kept
    account is not known."""
    if await newsroom.store.accounts.by_email(EDITOR) is not None:
        return "(as printed the first time)"
    password = secrets.token_urlsafe(9)
    await newsroom.store.accounts.add(EDITOR, "Demo editor", Role.ADMIN, hash_password(password))
    return password


async def _teller(newsroom: Newsroom) -> User:
    """The account that posts the story. It is not the visitor's, who is offered to undo only their own actions."""
    known = await newsroom.store.accounts.by_email(DEMO_TELLER)
    if known is not None:
        return known.user
    return await newsroom.store.accounts.add(DEMO_TELLER, "Demo desk", Role.EDITOR, NO_PASSWORD)


async def _fresh_story(newsroom: Newsroom, teller: User) -> Story:
    values = from_json((HERE / "kharkiv.story.json").read_bytes())
    taken = {story.slug for story in await newsroom.store.stories.recent(limit=1000)}
    slug = next(
        name
        for n in range(1, 1001)
        if (name := "kharkiv" if n == 1 else f"kharkiv-{n}") not in taken
    )
    return await stories.open_story(newsroom, teller, parse(NewStory, values | {"slug": slug}))


def _welcome(settings: Settings, story: Story, password: str) -> str:
    url = settings.public_url
    return (
        f"\n  Readers   {url}/stories/{story.slug}\n"
        f"  Desk      {url}/desk/stories/{story.slug}\n"
        f"  Login     {EDITOR}   {password}\n\n"
        "Entries appear on the open page by themselves. Ctrl+C ends the demo."
    )


def _first_free(settings: Settings) -> socket.socket:
    """Listens on the first free port from the usual one on, because nobody chose a port."""
    for number in range(settings.port, settings.port + PORTS_TRIED - 1):
        try:
            return listen(settings.host, number)
        except SettingsError:
            continue
    return listen(settings.host, settings.port + PORTS_TRIED)
