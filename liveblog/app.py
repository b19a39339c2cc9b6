"""Creates the parts of a server process and connects them. No other module chooses them."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from liveblog import logs, metrics
from liveblog.bus.rate_limit import RateLimiter
from liveblog.bus.redis import Message, RedisBus
from liveblog.content.providers import Providers
from liveblog.content.templates import Templates
from liveblog.errors import LiveblogError
from liveblog.inbound import attachments
from liveblog.inbound.attachments import Fetcher
from liveblog.inbound.chat_files import ChatFiles
from liveblog.live.acknowledgement import Acknowledgements
from liveblog.live.capacity import Capacity
from liveblog.live.connections import CONNECTIONS, Connections
from liveblog.live.embed_hosts import EmbedHosts
from liveblog.live.frames import announcement
from liveblog.live.http import EARLY
from liveblog.live.hub import Hub, channel
from liveblog.live.listener import Listener
from liveblog.live.reader import GATE
from liveblog.live.reading_time import ReadingTime
from liveblog.models.content import Entry, Event, Story
from liveblog.models.links import links_of
from liveblog.models.origins import origins_of
from liveblog.models.revisions import Confirmed
from liveblog.models.site import Site
from liveblog.net.safe_fetch import SafeFetcher
from liveblog.newsroom import media
from liveblog.newsroom.agenda import Agenda
from liveblog.newsroom.context import Newsroom, nobody
from liveblog.newsroom.decoder import Decoder
from liveblog.newsroom.entries import link_cards, schedule
from liveblog.newsroom.link_cards import CardFetcher
from liveblog.presence import desks
from liveblog.presence.desks import DeskHub
from liveblog.process import collector, descriptors, embedded_redis
from liveblog.process.periodic import every
from liveblog.settings import Settings
from liveblog.store import Due, Files, Folder, RevisionMade, Store
from liveblog.web.cache.chosen_site import ChosenSite
from liveblog.web.cache.comparisons import Comparisons
from liveblog.web.cache.early_answers import EarlyAnswers
from liveblog.web.cache.embedding import Embedding
from liveblog.web.cache.feeds import FeedCache
from liveblog.web.cache.media import MediaCache
from liveblog.web.cache.overviews import Overviews
from liveblog.web.cache.pages import KEPT, PageCache
from liveblog.web.cache.removals import Portraits, Removals
from liveblog.web.cache.share_pictures import SharePictures
from liveblog.web.context import Parts
from liveblog.web.entry_json import as_public
from liveblog.web.http.embedding import ChecksOrigin
from liveblog.web.http.field_limits import CountsFields
from liveblog.web.http.hosts import split
from liveblog.web.http.input_checks import RefusesNul
from liveblog.web.http.problems import HANDLERS
from liveblog.web.http.table import AppliesPolicy, Table
from liveblog.web.public import socket
from liveblog.web.public.cached_pages import CachedPages
from liveblog.web.public.socket import LiveGate
from liveblog.web.routes import routes, wings
from liveblog.webhooks.delivery import Deliveries, Receiver
from liveblog.webhooks.events import EventSender
from liveblog.webhooks.indexnow import IndexNowSender
from liveblog.webhooks.receivers import Receivers
from liveblog.webhooks.takedown import announced
from liveblog.webhooks.websub import HubSender

CHANGES = 64  # answers about what changed, in the cache: each place where readers left has its own
POLLS = 256  # answers to readers who poll, in the cache: some positions of each story
ENTRY_PAGES = 32  # in the cache: only a few entries are popular at the same time
CACHES = (KEPT, KEPT, ENTRY_PAGES, CHANGES, POLLS)
SWEEP_SECONDS = 1.0  # caches drop purged text within two seconds

log = structlog.get_logger()


def make_newsroom(
    settings: Settings,
    store: Store,
    bus: RedisBus,
    hub: Hub | None = None,
    fetcher: SafeFetcher | None = None,
    acknowledgements: Acknowledgements | None = None,
    removals: Removals | None = None,
) -> Newsroom:
    """The newsroom for prepared `settings`. It announces its changes through Redis.

    With a `hub`, a verb returns when the readers and pages of this process have the change. With
    `acknowledgements`, a removal reports which processes have it. With `removals`, the caches of
    this process forget removed entries.
    """

    async def announce(story: Story, events: Sequence[Event], kept: Sequence[RevisionMade]) -> None:
        messages = []
        if events:
            messages.append(Message(channel(story.slug), announcement(story.epoch, events)))
        messages.append(Message(desks.channel(story.slug), desks.announcement(story, kept)))
        if news := desks.news(story, kept):
            messages.append(Message(desks.NEWS, news))
        sent = await bus.publish_all(messages)
        if not events:
            return
        # Only public events are counted: counting others would show when somebody writes.
        (metrics.PUBLISHED if sent else metrics.UNPUBLISHED).inc()
        await (removals or Removals(bus)).announce(events)
        if hub is not None:
            await hub.reach(story.slug, story.head, heard=sent)

    async def acknowledged(story: Story, seq: int) -> Confirmed:
        if acknowledgements is None:
            return await nobody(story, seq)
        return await acknowledgements.of(story.slug, story.epoch, seq)

    async def sessions_ended(ids: Sequence[str]) -> None:
        if ids:
            await bus.publish(desks.SESSIONS, json.dumps(list(ids)).encode())

    fetcher = fetcher or SafeFetcher()
    site: dict[str, object] = {
        "name": (named := Site(settings.site)).name,
        "base_url": settings.base_url,
        "signs_on": settings.signs_on,
        "masthead": links_of(settings.masthead_links),
        "footer": links_of(settings.footer_links),
        "footer_text": settings.footer_text,
    }
    sites = providers(settings)
    templates = Templates(site, settings.stylesheet, settings.logo, sites.spelt)
    return Newsroom(
        store=store,
        templates=templates,
        announce=announce,
        files=make_files(settings),
        cards=CardFetcher(sites, fetcher),
        decoder=Decoder(settings.data),
        acknowledged=acknowledged,
        sessions_ended=sessions_ended,
        announced=partial(announced, store, hub_sender(settings, store)),
        site=named,
        ask_after=settings.ask_after,
        end_after=settings.end_after,
    )


def make_files(settings: Settings) -> Files:
    """The store of media files: a folder or a bucket."""
    if settings.media_folder is not None:
        return Folder(settings.media_folder)
    from liveblog.store.media.bucket import Bucket  # needs the extra `s3`

    key, secret = settings.media_key, settings.media_secret
    return Bucket(settings.media, (key, secret) if key else None)


def providers(settings: Settings) -> Providers:
    """The sites whose links become cards, as the settings allow."""
    return Providers(settings.mastodon_hosts.split(","), on=settings.embeds == "on")


def hub_sender(settings: Settings, store: Store) -> HubSender:
    """Tells hubs, by the checked way out."""
    receivers = Receivers(settings.webhook_networks, SafeFetcher())
    return HubSender(store, receivers, settings.public_url)


def make_deliveries(settings: Settings, newsroom: Newsroom, agenda: Agenda) -> Deliveries:
    """The task that tells webhooks, hubs and search engines of events."""
    site = settings.public_url

    def public(story: Story, entry: Entry) -> dict[str, Any]:
        return as_public(newsroom.templates, site, story, entry)

    store, receivers = newsroom.store, Receivers(settings.webhook_networks, SafeFetcher())
    key, engines = settings.indexnow_key, (settings.indexnow_endpoint,)
    return Deliveries(
        store,
        {
            "webhook": Receiver(EventSender(store, receivers, public, settings.secret_key, site)),
            "websub": Receiver(hub_sender(settings, store), settings.hubs),
            "indexnow": Receiver(
                IndexNowSender(store, receivers, key, site), engines if key else ()
            ),
        },
        partial(agenda.has, Due.RECEIVERS),
    )


def redis_url(settings: Settings) -> str:
    """`REDIS_URL`, or the address of the embedded Valkey."""
    return settings.redis_url or embedded_redis.url(settings.data)


def attachment_fetcher(settings: Settings, fetcher: SafeFetcher | None) -> Fetcher:
    """The way to the files of chats' messages."""
    return Fetcher(ChatFiles(fetcher or SafeFetcher()), settings.secret_key)


def create_app(settings: Settings, fetcher: SafeFetcher | None = None) -> ASGIApp:
    """An ASGI application for prepared settings (`Settings.prepare()`).

    Raises nothing itself; its lifespan opens the database and Redis, and starts the background tasks.
    """
    table = Table(wings(settings), providers(settings).frames, settings.hubs, settings.base_url)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        store = Store(settings.database_url, settings.database_connections, serving=True)
        bus = RedisBus(redis_url(settings), settings.redis_prefix)
        shares = descriptors.shares(descriptors.raise_limit(), settings.max_readers)
        hub = Hub(
            store.log,
            bus,
            Capacity(shares.readers, settings.max_readers_per_address),
            settings.drain_seconds,
        )
        listener = Listener(bus, hub)
        embed_hosts = EmbedHosts(store.embed_hosts, urlsplit(settings.base_url).hostname or "")
        overviews, feeds = Overviews(), FeedCache()
        removals = Removals(bus, overviews, feeds)
        acknowledgements = Acknowledgements(bus, hub, listener, embed_hosts.copies)
        newsroom = make_newsroom(settings, store, bus, hub, fetcher, acknowledgements, removals)
        newsroom.templates.warm()
        comparisons = Comparisons(newsroom.pool)
        pages, widgets, entry_pages, changes, polls = map(PageCache, CACHES)
        portraits = Portraits(bus, entry_pages)
        chosen_site = ChosenSite(
            newsroom, bus, pages, widgets, entry_pages, changes, polls, overviews, feeds
        )
        for told in (removals, portraits, chosen_site):
            listener.on(told.channel, told.forget, told.forget)
        media_cache = MediaCache(store.media)
        share_pictures = SharePictures(newsroom.pool, newsroom.files, media_cache)
        desk_hub = DeskHub(
            bus, listener.process, store.queues.change_counts, shares.desk_connections
        )
        connections = Connections(shares.connections)
        listener.on(desks.SESSIONS, desk_hub.sign_out)
        listener.on(desks.NEWS, desk_hub.tell_news)
        listener.on(desks.CHANNEL, desk_hub.receive, desk_hub.subscribed)

        deliveries = make_deliveries(settings, newsroom, agenda := Agenda(newsroom))
        # Before the first request, which shows the site's name, and whose event a new hub must get.
        for begin in (newsroom.read_choices, deliveries.keep):
            with suppress(LiveblogError):  # then it is tried again
                await begin()
        cached_pages = (pages, entry_pages, widgets, changes, polls, *feeds.of_stories)
        work = [
            asyncio.create_task(listener.run()),
            asyncio.create_task(desk_hub.run()),
            asyncio.create_task(connections.run()),
            asyncio.create_task(schedule.run(newsroom, agenda)),
            asyncio.create_task(media.sweep(newsroom)),
            asyncio.create_task(
                attachments.run(newsroom, agenda, attachment_fetcher(settings, fetcher))
            ),
            asyncio.create_task(embed_hosts.run()),
            asyncio.create_task(chosen_site.run()),
            asyncio.create_task(ReadingTime(hub, store.audience).run()),
            asyncio.create_task(deliveries.run()),
            asyncio.create_task(collector.run(lambda: hub.passing)),
            asyncio.create_task(
                every(SWEEP_SECONDS, sweeper(hub, (comparisons, share_pictures), cached_pages))
            ),
        ]
        if settings.embeds == "on":
            work.append(asyncio.create_task(link_cards.run(newsroom, agenda)))
        try:
            parts = Parts(
                settings=settings,
                table=table,
                newsroom=newsroom,
                store=store,
                templates=newsroom.templates,
                files=newsroom.files,
                hub=hub,
                listener=listener,
                desks=desk_hub,
                pages=pages,
                entry_pages=entry_pages,
                portraits=portraits,
                chosen_site=chosen_site,
                widgets=widgets,
                changes=changes,
                polls=polls,
                comparisons=comparisons,
                overviews=overviews,
                feeds=feeds,
                media_cache=media_cache,
                share_pictures=share_pictures,
                limiter=RateLimiter(bus),
                embedding=Embedding(
                    hub, store.log, origins_of(settings.embed_origins.split(",")), settings.base_url
                ),
                embed_hosts=embed_hosts,
            )
            gate = LiveGate(parts, table.path(socket.live))
            hub.audience = listener.readers
            with collector.only_when_asked():
                yield {
                    "parts": parts,
                    GATE: gate,
                    CONNECTIONS: connections,
                    **early(cached, settings),
                }
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await hub.close()
            await bus.close()
            await store.close()

    application = Starlette(
        routes=routes(settings),
        exception_handlers=HANDLERS,
        lifespan=lifespan,
        middleware=[
            Middleware(AppliesPolicy, table=table),
            Middleware(RefusesNul),
            Middleware(ChecksOrigin),
            Middleware(CountsFields),
        ],
    )
    # Starlette's own redirect repeats the request's scheme and host; web/http/problems.py sends only a path.
    application.router.redirect_slashes = False
    # The lifespan gives the cached pages to the connections.
    return split(
        cached := CachedPages(application, table), table, settings.desk_host, settings.base_url
    )


def sweeper(
    hub: Hub, drawn: Sequence[Comparisons | SharePictures], kept: Sequence[PageCache]
) -> Callable[[], Awaitable[None]]:
    """Drops from caches what may hold purged text."""

    async def sweep() -> None:
        for one in drawn:
            one.sweep(hub.feeds.values())
        for pages in kept:
            pages.sweep(hub.feeds)

    return sweep


def early(cached: CachedPages, settings: Settings) -> dict[str, EarlyAnswers]:
    """The part of the application's state that lets connections answer by themselves.

    Where the desk has a host of its own there is none: the name of the host decides first (web/http/hosts.py).
    """
    return {} if settings.desk_host else {EARLY: EarlyAnswers(cached.find)}


def from_environment() -> ASGIApp:
    """The application of a server process. uvicorn calls it: `uvicorn --factory liveblog.app:from_environment`."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        embedded_redis.die_with_parent(parent.pid)
    os.umask(0o077)  # new files are readable by this user only
    settings = Settings.read().prepare()
    logs.set_up(settings.log_level)
    return create_app(settings)
