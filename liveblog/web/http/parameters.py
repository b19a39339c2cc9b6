"""The parameters of the API's queries: one that a call does not know is refused by its name, for whoever sent it believes
that it does something."""

from __future__ import annotations

from starlette.requests import Request

from liveblog.errors import Invalid
from liveblog.web.http.policy import policy


def require_known(request: Request) -> None:
    """Raises `Invalid` where the query has what the call's description does not list, or twice what is taken once."""
    names = [name for name, _ in request.query_params.multi_items()]
    accepted = policy(request).query
    if not names or accepted is None:
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
