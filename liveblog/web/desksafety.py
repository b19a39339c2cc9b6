"""The desk where people may be at risk: publishing at once what a delay holds back."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from liveblog.members import User
from liveblog.models import EntryStatus
from liveblog.newsroom import entries
from liveblog.newsroom.forms import EntryChange
from liveblog.web.signin import signed_in
from liveblog.web.state import parts


@signed_in
async def publish_at_once(request: Request, user: User) -> Response:
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    change = EntryChange(status=EntryStatus.PUBLISHED, at_once=True)
    await entries.revise(parts(request).room, user, slug, entry_id, change)
    return RedirectResponse(f"/desk/stories/{slug}?saved=published#row-{entry_id}", 303)
