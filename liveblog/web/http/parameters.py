"""Checks the API's query parameters. An unknown one is refused by name, because its sender expects an effect."""

from __future__ import annotations

from starlette.requests import Request

from liveblog.errors import Invalid
from liveblog.web.http.policy import policy


def require_known(request: Request) -> None:
    """Raise `Invalid` for a parameter that the call's description does not list, or for a repeated single one."""
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
