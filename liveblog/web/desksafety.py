"""The desk where people may be at risk: publishing at once what a delay holds back, and its embargo too
where that is broken in the same form."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from liveblog.errors import Refused
from liveblog.members import User
from liveblog.models import EntryStatus
from liveblog.newsroom import entries
from liveblog.newsroom.forms import EntryChange
from liveblog.web.deskpage import row_refused
from liveblog.web.signin import signed_in
from liveblog.web.state import parts


@signed_in
async def publish_at_once(request: Request, user: User) -> Response:
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    broken = (await request.form()).get("break_embargo") == "1"
    change = EntryChange(status=EntryStatus.PUBLISHED, at_once=True, break_embargo=broken)
    try:
        await entries.revise(parts(request).room, user, slug, entry_id, change)
    except Refused as error:
        return await row_refused(request, user, "at-once", {"break_embargo": broken}, error)
    return RedirectResponse(f"/desk/stories/{slug}?saved=published#row-{entry_id}", 303)
