"""The map of the application: every address, in one table."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import BaseRoute, Mount, Route, Router, WebSocketRoute

from liveblog.settings import Settings
from liveblog.web import (
    account,
    api,
    apireview,
    assets,
    composer,
    described,
    desk,
    deskbook,
    deskentries,
    desklive,
    deskmany,
    desksafety,
    drafts,
    front,
    health,
    inbound,
    live,
    mail,
    media,
    oidc,
    pages,
    record,
    signin,
    users,
)
from liveblog.web.deskgzip import DeskGzip
from liveblog.web.formsize import DESK_FORM_BYTES, STRANGERS_FORM_BYTES, limited


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
        Route("/stories/{slug}/entries/{id}", record.entry),
        Route("/stories/{slug}/corrections", record.corrections),
        Route("/stories/{slug}/events", pages.events),
        WebSocketRoute("/stories/{slug}/live", live.live),
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
        Route("/desk", desk.index, middleware=[Middleware(DeskGzip)]),
        Route("/desk/oidc", oidc.begin, middleware=[under_way]),
        Route("/desk/oidc/callback", oidc.callback, middleware=[under_way]),
        Mount(
            "/desk",
            app=Router(_desk(settings), redirect_slashes=False),
            middleware=[Middleware(DeskGzip)],
        ),
    ]


def _api(settings: Settings) -> list[BaseRoute]:
    """Each call is described in web/calls.py."""
    upload_bytes = settings.media_mb * 1024**2 + DESK_FORM_BYTES

    def message(path: str, endpoint: object, most: int = inbound.REQUEST_BYTES) -> Route:
        return Route(path, endpoint, methods=["POST"], max_body_size=most)  # type: ignore[arg-type]

    return [
        Route("/media", media.upload, methods=["POST"], max_body_size=upload_bytes),
        Route("/media/{id}", media.read, methods=["GET"]),
        Route("/media/{id}/{name}", media.private_file, methods=["GET"]),
        Route("/embeds", api.ask_card, methods=["POST"]),
        Route("/stories", api.list_stories, methods=["GET"]),
        Route("/stories", api.create_story, methods=["POST"]),
        Route("/stories/{slug}", api.read_story, methods=["GET"]),
        Route("/stories/{slug}", api.change_story, methods=["PATCH"]),
        Route("/stories/{slug}/entries", api.list_entries, methods=["GET"]),
        Route("/stories/{slug}/entries", api.create_entry, methods=["POST"]),
        Route("/stories/{slug}/entries/{id}", api.read_entry, methods=["GET"]),
        Route("/stories/{slug}/entries/{id}", api.change_entry, methods=["PATCH"]),
        Route("/stories/{slug}/entries/{id}", api.remove_entry, methods=["DELETE"]),
        Route("/stories/{slug}/entries/{id}/history", api.read_history, methods=["GET"]),
        message("/inbound/slack", inbound.slack),
        message("/inbound/telegram", inbound.telegram),
        message("/inbound/email", mail.email, mail.MAIL_BYTES),
        Route("/openapi.json", described.document),
        Route("/docs", described.page),
        Route("/stories/{slug}/entries/{id}/return", apireview.return_entry, methods=["POST"]),
        Route("/stories/{slug}/entries/{id}/undo", apireview.undo_entry, methods=["POST"]),
        Route("/stories/{slug}/entries/{id}/restore", apireview.restore_entry, methods=["POST"]),
        Route("/stories/{slug}/entries/{id}/notes", apireview.list_notes, methods=["GET"]),
        Route("/stories/{slug}/entries/{id}/notes", apireview.add_note, methods=["POST"]),
        Route("/stories/{slug}/bulk", apireview.change_many, methods=["POST"]),
        Route("/contributors", apireview.contributors, methods=["GET"]),
        Route("/sources", apireview.sources, methods=["GET"]),
    ]


def _desk(settings: Settings) -> list[BaseRoute]:
    def form(path: str, endpoint: object, most: int = DESK_FORM_BYTES) -> Route:
        return Route(path, endpoint, methods=["POST"], middleware=limited(most))  # type: ignore[arg-type]

    with_files = settings.media_mb * 1024**2 + DESK_FORM_BYTES

    return [
        Route("/login", signin.login, methods=["GET"]),
        form("/login", signin.log_in, STRANGERS_FORM_BYTES),
        form("/logout", signin.log_out, STRANGERS_FORM_BYTES),
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
        WebSocketRoute("/live", desklive.lobby),
        form("/stories", desk.create_story),
        Route("/book", deskbook.book, methods=["GET"]),
        form("/book/contributors", deskbook.put_contributor),
        form("/book/sources", deskbook.put_source),
        Route("/stories/{slug}", desk.story, methods=["GET"]),
        form("/stories/{slug}", desk.change_story),
        form("/stories/{slug}/status", desk.change_status),
        Route("/stories/{slug}/queue", desk.queue, methods=["GET"]),
        Route("/stories/{slug}/rows/{id}", desk.row, methods=["GET"]),
        Route("/stories/{slug}/figures", desk.figures, methods=["GET"]),
        WebSocketRoute("/stories/{slug}/live", desklive.live),
        form("/stories/{slug}/bulk", deskmany.change_many),
        form("/stories/{slug}/undo", deskmany.undo_many),
        form("/stories/{slug}/entries", deskentries.create_entry, with_files),
        form("/stories/{slug}/entries/{id}", deskentries.change_entry, with_files),
        form("/stories/{slug}/entries/{id}/pin", deskentries.pin_entry),
        form("/stories/{slug}/entries/{id}/verify", deskentries.verify_entry),
        form("/stories/{slug}/entries/{id}/remove", deskentries.remove_entry),
        form("/stories/{slug}/entries/{id}/restore", deskentries.restore_entry),
        form("/stories/{slug}/entries/{id}/undo", deskentries.undo_entry),
        form("/stories/{slug}/entries/{id}/submit", deskentries.submit_entry),
        form("/stories/{slug}/entries/{id}/return", deskentries.return_entry),
        form("/stories/{slug}/entries/{id}/publish", deskentries.publish_entry),
        form("/stories/{slug}/entries/{id}/schedule", deskentries.schedule_entry),
        form("/stories/{slug}/entries/{id}/unschedule", deskentries.unschedule_entry),
        Route("/stories/{slug}/entries/{id}/notes", deskentries.notes, methods=["GET"]),
        form("/stories/{slug}/entries/{id}/notes", deskentries.add_note),
        form("/stories/{slug}/entries/{id}/at-once", desksafety.publish_at_once),
        form("/stories/{slug}/outbox", composer.create),
        form("/stories/{slug}/outbox/{id}", composer.change),
        form("/stories/{slug}/preview", composer.show),
        Route("/stories/{slug}/drafts", drafts.mine, methods=["GET"]),
        Route(
            "/stories/{slug}/drafts/{key}",
            drafts.keep,
            methods=["PUT"],
            max_body_size=drafts.DRAFT_BYTES,
        ),
        Route("/stories/{slug}/drafts/{key}", drafts.drop, methods=["DELETE"]),
    ]
