"""The desk where people may be at risk: publishing at once what a delay holds back, and its embargo too
where that is broken in the same form."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from liveblog.errors import Refused
from liveblog.models.content import EntryStatus
from liveblog.models.members import User
from liveblog.newsroom.entries import edit
from liveblog.newsroom.forms import EntryChange
from liveblog.web.auth.sign_in import signed_in
from liveblog.web.context import parts
from liveblog.web.desk.page import row_refused


@signed_in
async def publish_at_once(request: Request, user: User) -> Response:
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    broken = (await request.form()).get("break_embargo") == "1"
    change = EntryChange(status=EntryStatus.PUBLISHED, at_once=True, break_embargo=broken)
    try:
        await edit.revise(parts(request).room, user, slug, entry_id, change)
    except Refused as error:
        return await row_refused(request, user, "at-once", {"break_embargo": broken}, error)
    return RedirectResponse(f"/desk/stories/{slug}?saved=published#row-{entry_id}", 303)
