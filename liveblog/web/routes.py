"""The map of the application: every address, in one table."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import BaseRoute, Mount, Route, Router, WebSocketRoute

from liveblog.settings import Settings
from liveblog.web import media
from liveblog.web.api import docs, review
from liveblog.web.api import entries as api_entries
from liveblog.web.auth import oidc, sign_in
from liveblog.web.desk import account, bulk, directory, drafts, outbox, safety, stories, users
from liveblog.web.desk import entries as desk_entries
from liveblog.web.desk import socket as desk_socket
from liveblog.web.desk.compression import DeskGzip
from liveblog.web.http import health
from liveblog.web.http.body_limits import DESK_FORM_BYTES, STRANGERS_FORM_BYTES, limited
from liveblog.web.inbound import chat, email
from liveblog.web.public import assets, front, history, pages
from liveblog.web.public import socket as public_socket


def routes(settings: Settings) -> list[BaseRoute]:
    """Only the desk and the API know sessions: no public page sets or reads a cookie."""
    # A sign-on's state, between here and the provider; who is signed in is `auth`'s.
    under_way = Middleware(
        SessionMiddleware,
        secret_key=settings.secret_key,
        session_cookie=oidc.COOKIE,
        max_age=oidc.COOKIE_SECONDS,
        path=oidc.PATH,
        same_site="lax",
        https_only=settings.base_url.startswith("https:"),
    )
    return [
        Route("/", front.front),
        Route("/topics/{topic}", front.topic),
        Route("/stories/{slug}", pages.story),
        Route("/stories/{slug}/entries", pages.older),
        Route("/stories/{slug}/entries/{id}", history.entry),
        Route("/stories/{slug}/corrections", history.corrections),
        Route("/stories/{slug}/events", pages.events),
        WebSocketRoute("/stories/{slug}/live", public_socket.live),
        Route("/stories/{slug}/embed", pages.embed),
        Route("/embed.js", assets.loader),
        Route("/favicon.ico", assets.favicon),
        Route("/robots.txt", assets.robots),
        Route("/media/{id}/{name}", media.public_file),
        Route("/livez", health.livez),
        Route("/readyz", health.readyz),
        Route("/metrics", health.metrics_page),
        Route("/static/{version}/{file:path}", assets.versioned),
        Mount("/api", app=Router(_api(settings), redirect_slashes=False)),
        Route("/desk", stories.index, middleware=[Middleware(DeskGzip)]),
        Route("/desk/oidc", oidc.begin, middleware=[under_way]),
        Route("/desk/oidc/callback", oidc.callback, middleware=[under_way]),
        Mount(
            "/desk",
            app=Router(_desk(settings), redirect_slashes=False),
            middleware=[Middleware(DeskGzip)],
        ),
    ]


def _api(settings: Settings) -> list[BaseRoute]:
    """Each call is described in web/api/reference.py."""
    upload_bytes = settings.media_mb * 1024**2 + DESK_FORM_BYTES

    def message(path: str, endpoint: object, most: int = chat.REQUEST_BYTES) -> Route:
        return Route(path, endpoint, methods=["POST"], max_body_size=most)  # type: ignore[arg-type]

    return [
        Route("/media", media.upload, methods=["POST"], max_body_size=upload_bytes),
        Route("/media/{id}", media.read, methods=["GET"]),
        Route("/media/{id}/{name}", media.private_file, methods=["GET"]),
        Route("/embeds", api_entries.ask_card, methods=["POST"]),
        Route("/stories", api_entries.list_stories, methods=["GET"]),
        Route("/stories", api_entries.create_story, methods=["POST"]),
        Route("/stories/{slug}", api_entries.read_story, methods=["GET"]),
        Route("/stories/{slug}", api_entries.change_story, methods=["PATCH"]),
        Route("/stories/{slug}/entries", api_entries.list_entries, methods=["GET"]),
        Route("/stories/{slug}/entries", api_entries.create_entry, methods=["POST"]),
        Route("/stories/{slug}/entries/{id}", api_entries.read_entry, methods=["GET"]),
        Route("/stories/{slug}/entries/{id}", api_entries.change_entry, methods=["PATCH"]),
        Route("/stories/{slug}/entries/{id}", api_entries.remove_entry, methods=["DELETE"]),
        Route("/stories/{slug}/entries/{id}/history", api_entries.read_history, methods=["GET"]),
        message("/inbound/slack", chat.slack),
        message("/inbound/telegram", chat.telegram),
        message("/inbound/email", email.email, email.MAIL_BYTES),
        Route("/openapi.json", docs.document),
        Route("/docs", docs.page),
        Route("/stories/{slug}/entries/{id}/return", review.return_entry, methods=["POST"]),
        Route("/stories/{slug}/entries/{id}/undo", review.undo_entry, methods=["POST"]),
        Route("/stories/{slug}/entries/{id}/restore", review.restore_entry, methods=["POST"]),
        Route("/stories/{slug}/entries/{id}/notes", review.list_notes, methods=["GET"]),
        Route("/stories/{slug}/entries/{id}/notes", review.add_note, methods=["POST"]),
        Route("/stories/{slug}/bulk", review.change_many, methods=["POST"]),
        Route("/contributors", review.contributors, methods=["GET"]),
        Route("/sources", review.sources, methods=["GET"]),
    ]


def _desk(settings: Settings) -> list[BaseRoute]:
    def form(path: str, endpoint: object, most: int = DESK_FORM_BYTES) -> Route:
        return Route(path, endpoint, methods=["POST"], middleware=limited(most))  # type: ignore[arg-type]

    with_files = settings.media_mb * 1024**2 + DESK_FORM_BYTES

    return [
        Route("/login", sign_in.login, methods=["GET"]),
        form("/login", sign_in.log_in, STRANGERS_FORM_BYTES),
        form("/logout", sign_in.log_out, STRANGERS_FORM_BYTES),
        Route("/account", account.account, methods=["GET"]),
        form("/account/password", account.change_password),
        form("/account/sessions/end", account.end_other_sessions),
        form("/account/sessions/{id}/end", account.end_session),
        form("/account/tokens", account.make_token),
        form("/account/tokens/{id}/revoke", account.revoke_token),
        Route("/users", users.users, methods=["GET"]),
        form("/users/invitations", users.invite),
        form("/users/invitations/{id}/withdraw", users.withdraw),
        form("/users/{id}", users.change_user),
        form("/users/{id}/protection", users.protect),
        form("/users/{id}/disable", users.disable),
        form("/users/{id}/enable", users.enable),
        form("/users/{id}/reset", users.reset),
        Route("/invitation", users.invitation, methods=["GET"]),
        form("/invitation", users.accept, STRANGERS_FORM_BYTES),
        WebSocketRoute("/live", desk_socket.index),
        form("/stories", stories.create_story),
        Route("/book", directory.book, methods=["GET"]),
        form("/book/contributors", directory.put_contributor),
        form("/book/sources", directory.put_source),
        Route("/stories/{slug}", stories.story, methods=["GET"]),
        form("/stories/{slug}", stories.change_story),
        form("/stories/{slug}/status", stories.change_status),
        Route("/stories/{slug}/queue", stories.queue, methods=["GET"]),
        Route("/stories/{slug}/rows/{id}", stories.row, methods=["GET"]),
        Route("/stories/{slug}/figures", stories.figures, methods=["GET"]),
        WebSocketRoute("/stories/{slug}/live", desk_socket.live),
        form("/stories/{slug}/bulk", bulk.change_many),
        form("/stories/{slug}/undo", bulk.undo_many),
        form("/stories/{slug}/entries", desk_entries.create_entry, with_files),
        form("/stories/{slug}/entries/{id}", desk_entries.change_entry, with_files),
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
        Route("/stories/{slug}/entries/{id}/notes", desk_entries.notes, methods=["GET"]),
        form("/stories/{slug}/entries/{id}/notes", desk_entries.add_note),
        form("/stories/{slug}/entries/{id}/at-once", safety.publish_at_once),
        form("/stories/{slug}/outbox", outbox.create),
        form("/stories/{slug}/outbox/{id}", outbox.change),
        form("/stories/{slug}/preview", outbox.show),
        Route("/stories/{slug}/drafts", drafts.mine, methods=["GET"]),
        Route(
            "/stories/{slug}/drafts/{key}",
            drafts.keep,
            methods=["PUT"],
            max_body_size=drafts.DRAFT_BYTES,
        ),
        Route("/stories/{slug}/drafts/{key}", drafts.drop, methods=["DELETE"]),
    ]
