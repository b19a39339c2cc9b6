"""The parameters of the API's queries: one that a call does not know is refused by its name, for whoever sent it believes
that it does something."""

from __future__ import annotations

import re
from functools import cache

from starlette.requests import Request
from starlette.routing import compile_path

from liveblog.errors import Invalid


def require_known(request: Request) -> None:
    """Raises `Invalid` where the query has what `web/api/reference.py` does not list, or twice what is taken once."""
    names = [name for name, _ in request.query_params.multi_items()]
    if not names:
        return
    accepted = _accepted(request)
    if accepted is None:
        return
    wrong = {}
    for name in names:
        if name not in accepted:
            known = ", ".join(accepted) or "none"
            wrong[name[:100]] = f"is not a known parameter; accepted: {known}"
        elif not accepted[name] and names.count(name) > 1:
            wrong[name] = "must be given once"
    if wrong:
        raise Invalid(dict(list(wrong.items())[:20]))


def _accepted(request: Request) -> dict[str, bool] | None:
    """Of the call: the names, and whether each may be given several times."""
    for method, path, accepted in _calls():
        if method == request.method and path.match(request.url.path):
            return accepted
    return None


@cache
def _calls() -> tuple[tuple[str, re.Pattern[str], dict[str, bool]], ...]:
    from liveblog.web.api.reference import CALLS  # they import the handlers, which import this

    return tuple(
        (
            call.method,
            compile_path(f"/api{call.path}")[0],
            {
                one.name: one.schema.get("type") == "array"
                for one in call.parameters
                if one.within == "query"
            },
        )
        for call in CALLS
    )
