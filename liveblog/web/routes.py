"""The route table: every address and its policy.

An address has the policy of its wing, with the fields that its line changes (web/http/policy.py). The addresses of
the API are in web/api/reference.py, each with its description.
"""

from __future__ import annotations

from functools import partial

from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import BaseRoute, Mount, Route, Router, WebSocketRoute

from liveblog.settings import Settings
from liveblog.web import media
from liveblog.web.api import docs
from liveblog.web.api.reference import CALLS
from liveblog.web.auth import oidc, sign_in
from liveblog.web.desk import (
    account,
    bulk,
    directory,
    drafts,
    embed_page,
    first_run,
    outbox,
    stories,
    users,
)
from liveblog.web.desk import entries as desk_entries
from liveblog.web.desk import socket as desk_socket
from liveblog.web.desk.compression import DeskGzip
from liveblog.web.feeds import atom, endpoints, json_feed, news_sitemap, rss, sitemap
from liveblog.web.feeds.endpoints import Feed, Format
from liveblog.web.http import health
from liveblog.web.http.body_limits import STRANGERS_FORM_BYTES, limited
from liveblog.web.http.policy import API, DESK, FILE, FILES, READERS, WITH_OUR_FRAMES, Policy
from liveblog.web.http.table import Address, Wing
from liveblog.web.public import (
    assets,
    changes,
    element,
    events,
    front,
    history,
    oembed,
    offline,
    pages,
    share_pictures,
    timeline,
    widget,
)
from liveblog.web.public import socket as public_socket

SOCKET = "WS"  # instead of a method
FORMATS = (
    Format("atom", atom.MEDIA_TYPE, atom.render),
    Format("rss", rss.MEDIA_TYPE, rss.render),
    Format("json", json_feed.MEDIA_TYPE, json_feed.render),
)
# Scripts whose address has no version, because other sites keep it for years.
STABLE = "public, max-age=300, stale-while-revalidate=86400"
LANGUAGES = "Accept, Accept-Encoding, Accept-Language"


def routes(settings: Settings) -> list[BaseRoute]:
    """The table in the form that Starlette takes."""
    found: list[BaseRoute] = []
    for wing in wings(settings):
        below: list[BaseRoute] = []
        for address, policy in wing.addresses:
            if wing.mounted and address.path:
                below.append(_route("", address, policy, settings))
            else:
                found.append(_route(wing.prefix, address, policy, settings))
        if below:
            found.append(Mount(wing.prefix, app=Router(below, redirect_slashes=False)))
    return found


def _route(prefix: str, address: Address, policy: Policy, settings: Settings) -> BaseRoute:
    path, endpoint = prefix + address.path, address.endpoint
    if address.method == SOCKET:
        return WebSocketRoute(path, endpoint)
    most = policy.max_body if address.method in {"POST", "PUT"} else None
    if most is not None and policy.file:
        most += settings.media_mb * 1024**2
    middleware = list(address.middleware)
    if policy.compressed:
        middleware.append(Middleware(DeskGzip))
    if most is not None and address.method == "POST" and not policy.problems:
        middleware += limited(most)  # an error is a page for people
        most = None
    return Route(
        path, endpoint, methods=[address.method], middleware=middleware, max_body_size=most
    )


def wings(settings: Settings) -> list[Wing]:
    """The table: each group of addresses with its default policy."""
    return [
        Wing("", READERS, [*readers(), *_metrics(settings), *_proofs(settings)]),
        Wing("/media", FILES, [Address("/{id}/{name}", media.public_file)]),
        Wing("/api", API, _api(), mounted=True),
        Wing("/desk", DESK, [*_accounts(settings), *_stories()], mounted=True),
    ]


def readers() -> list[Address]:
    """The public addresses. None of their pages sets or reads a cookie."""
    picture = partial(
        Address, media_type="image/png", vary="", ancestors=None, loads=FILE, embedded=True
    )
    return [
        Address("/", front.front, page=True, vary=LANGUAGES),
        Address("/topics/{topic}", front.topic, page=True, vary=LANGUAGES),
        Address(
            "/stories/{slug}",
            pages.live,
            template="story.html",
            page=True,
            embeddable=True,
            listed=True,
        ),
        Address(
            "/stories/{slug}/embed",
            widget.widget,
            template=widget.TEMPLATE,
            ancestors=None,
            embedded=True,
            isolated=True,
            embeddable=True,
            listed=True,
        ),
        Address("/stories/{slug}/element", element.fragment, listed=True),
        Address("/stories/{slug}/entries", pages.older, page=True, vary="Accept", listed=True),
        Address(
            "/stories/{slug}/entries/{id}", history.entry, page=True, embeddable=True, listed=True
        ),
        Address(
            "/stories/{slug}/entries/{id}/embed",
            history.embedded,
            ancestors=None,
            embedded=True,
            isolated=True,
            embeddable=True,
            listed=True,
        ),
        picture("/stories/{slug}/card.png", share_pictures.of_a_story),
        picture("/stories/{slug}/entries/{id}/card.png", share_pictures.of_an_entry),
        Address(
            "/stories/{slug}/timeline",
            timeline.timeline,
            page=True,
            template=timeline.TEMPLATE,
            listed=True,
        ),
        Address("/stories/{slug}/changes", changes.changes, page=True, listed=True),
        Address(
            "/stories/{slug}/corrections",
            history.corrections,
            page=True,
            vary="Accept",
            listed=True,
        ),
        Address(
            "/stories/{slug}/events",
            events.events,
            polled=True,
            listed=True,
            media_type="application/json",
            cache_control="no-store",
            problems=True,
        ),
        Address("/stories/{slug}/live", public_socket.live, method=SOCKET),
        Address("/oembed", oembed.oembed, media_type="application/json", problems=True),
        Address(
            "/embed.js",
            assets.loader,
            cache_control=STABLE,
        ),
        Address("/element.js", assets.element, cache_control=STABLE),
        Address("/client.js", assets.client, cache_control=STABLE),
        Address("/client.d.ts", assets.client_types, cache_control=STABLE),
        Address("/service-worker.js", offline.worker),
        Address("/removals.json", offline.removals, media_type="application/json", problems=True),
        Address("/favicon.ico", assets.favicon, cache_control="public, max-age=86400"),
        *_feeds(),
        Address("/robots.txt", endpoints.robots, cache_control="public, max-age=86400"),
        Address("/static/{version}/{file:path}", assets.versioned),
        Address("/livez", health.livez, cache_control="no-store"),
        Address("/readyz", health.readyz, cache_control="no-store"),
    ]


def _feeds() -> list[Address]:
    """The feeds in each format, and the sitemaps. Their errors are for programs."""
    found: list[Address] = []
    for shape in FORMATS:
        feed = Feed(shape)
        line = partial(Address, media_type=shape.media_type, problems=True, feed=True)
        found += [
            line(f"/stories/{{slug}}/feed.{shape.name}", feed.story, listed=True),
            line(f"/topics/{{topic}}/feed.{shape.name}", feed.topic),
            line(f"/feed.{shape.name}", feed.site),
        ]
    corrections, line = Feed(FORMATS[0]).corrections, partial(Address, problems=True)
    return [
        *found,
        line(
            "/stories/{slug}/corrections.atom",
            corrections,
            media_type=atom.MEDIA_TYPE,
            feed=True,
            listed=True,
        ),
        line("/sitemap.xml", endpoints.stories, media_type=sitemap.MEDIA_TYPE),
        line("/sitemap-news.xml", endpoints.news, media_type=news_sitemap.MEDIA_TYPE),
    ]


def _metrics(settings: Settings) -> list[Address]:
    """The metrics, unless they have an address of their own (process/metrics_address.py)."""
    here = Address("/metrics", health.metrics_page, cache_control="no-store")
    return [] if settings.metrics_address else [here]


def _proofs(settings: Settings) -> list[Address]:
    """The key file of IndexNow, if it is on."""
    key = settings.indexnow_key
    return [Address(f"/{key}.txt", assets.indexnow_key)] if key else []


def _api() -> list[Address]:
    calls = [
        Address(
            call.path,
            call.endpoint,
            method=call.method,
            query=call.query,
            max_body=call.max_body,
            file=call.file,
        )
        for call in CALLS
    ]
    return [*calls, Address("/openapi.json", docs.document), Address("/docs", docs.page)]


def _accounts(settings: Settings) -> list[Address]:
    """The desk's pages about people. Pages that may show a secret are not compressed."""
    # Keeps the state of a sign-on until the provider sends the browser back. The session is not kept here.
    under_way = Middleware(
        SessionMiddleware,
        secret_key=settings.secret_key,
        session_cookie=oidc.COOKIE,
        max_age=oidc.COOKIE_SECONDS,
        path=oidc.PATH,
        same_site="lax",
        https_only=settings.base_url.startswith("https:"),
    )
    form = partial(Address, method="POST")
    return [
        Address("/oidc", oidc.begin, middleware=[under_way]),
        Address("/oidc/callback", oidc.callback, middleware=[under_way]),
        Address("/login", sign_in.login),
        form("/login", sign_in.log_in, max_body=STRANGERS_FORM_BYTES),
        form("/logout", sign_in.log_out, max_body=STRANGERS_FORM_BYTES),
        Address("/account", account.account, compressed=True),
        form("/account/password", account.change_password),
        form("/account/sessions/end", account.end_other_sessions),
        form("/account/sessions/{id}/end", account.end_session),
        form("/account/tokens", account.make_token),
        form("/account/tokens/{id}/revoke", account.revoke_token),
        Address("/users", users.users, compressed=True),
        form("/users/invitations", users.invite),
        form("/users/invitations/{id}/withdraw", users.withdraw),
        form("/users/{id}", users.change_user),
        form("/users/{id}/protection", users.protect),
        form("/users/{id}/disable", users.disable),
        form("/users/{id}/enable", users.enable),
        form("/users/{id}/reset", users.reset),
        Address("/invitation", users.invitation),
        form("/invitation", users.accept, max_body=STRANGERS_FORM_BYTES),
        Address("/setup", first_run.setup, referrer="no-referrer"),
        form("/setup", first_run.finish, max_body=STRANGERS_FORM_BYTES, referrer="no-referrer"),
        Address("/live", desk_socket.index, method=SOCKET),
    ]


def _stories() -> list[Address]:
    """The desk's pages about stories. None shows a secret, so all are compressed (web/desk/compression.py)."""
    page = partial(Address, compressed=True)
    form = partial(Address, method="POST", compressed=True)
    return [
        page("", stories.index, desk=False),
        form("/stories", stories.create_story),
        page("/book", directory.directory),
        form("/book/contributors", directory.put_contributor, file=True),
        form("/book/sources", directory.put_source),
        page("/stories/{slug}", stories.story),
        form("/stories/{slug}", stories.change_story, file=True),
        form("/stories/{slug}/status", stories.change_status),
        form("/stories/{slug}/brief", stories.change_brief),
        page("/stories/{slug}/queue", stories.queue),
        page("/stories/{slug}/rows/{id}", stories.row),
        page("/stories/{slug}/figures", stories.figures),
        page("/stories/{slug}/embed", embed_page.embed_page, loads=WITH_OUR_FRAMES),
        Address("/stories/{slug}/live", desk_socket.live, method=SOCKET),
        form("/stories/{slug}/bulk", bulk.change_many),
        form("/stories/{slug}/undo", bulk.undo_many),
        form("/stories/{slug}/entries", desk_entries.create_entry, file=True),
        form("/stories/{slug}/entries/{id}", desk_entries.change_entry, file=True),
        form("/stories/{slug}/entries/{id}/pin", desk_entries.pin_entry),
        form("/stories/{slug}/entries/{id}/verify", desk_entries.verify_entry),
        form("/stories/{slug}/entries/{id}/remove", desk_entries.remove_entry),
        form("/stories/{slug}/entries/{id}/restore", desk_entries.restore_entry),
        form("/stories/{slug}/entries/{id}/undo", desk_entries.undo_entry),
        form("/stories/{slug}/entries/{id}/submit", desk_entries.submit_entry),
        form("/stories/{slug}/entries/{id}/return", desk_entries.return_entry),
        form("/stories/{slug}/entries/{id}/publish", desk_entries.publish_entry),
        form("/stories/{slug}/entries/{id}/schedule", desk_entries.schedule_entry),
        form("/stories/{slug}/entries/{id}/unschedule", desk_entries.unschedule_entry),
        page("/stories/{slug}/entries/{id}/notes", desk_entries.notes),
        form("/stories/{slug}/entries/{id}/notes", desk_entries.add_note),
        form("/stories/{slug}/entries/{id}/at-once", desk_entries.publish_at_once),
        form("/stories/{slug}/outbox", outbox.create),
        form("/stories/{slug}/outbox/{id}", outbox.change),
        form("/stories/{slug}/preview", outbox.show),
        page("/stories/{slug}/drafts", drafts.mine),
        page(
            "/stories/{slug}/drafts/{key}", drafts.keep, method="PUT", max_body=drafts.DRAFT_BYTES
        ),
        page("/stories/{slug}/drafts/{key}", drafts.drop, method="DELETE"),
    ]
