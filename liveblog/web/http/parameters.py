"""Reads query parameters. The API refuses an unknown one by name, because its sender expects an effect."""

from __future__ import annotations

import re
from collections.abc import Collection

from starlette.datastructures import QueryParams
from starlette.requests import Request

from liveblog.errors import Invalid, Malformed
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


def whole_number(text: str, most: int) -> int | None:
    """A whole number from 1 to `most`, written in the digits 0 to 9; None if the text is none."""
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or not 1 <= int(text) <= most:
        return None
    return int(text)


def count(query: QueryParams, name: str, most: int) -> int | None:
    """How many entries a request wants; None if it does not say. Raises `Malformed`."""
    given = query.get(name)
    if given is None:
        return None
    number = whole_number(given, most)
    if number is None:
        raise Malformed.parameter(name, f"must be a whole number from 1 to {most}")
    return number


def one_of(query: QueryParams, name: str, accepted: Collection[str]) -> str | None:
    """One of the accepted values; None if the parameter is missing or empty. Raises `Malformed`."""
    value = query.get(name) or None
    if value is not None and value not in accepted:
        raise Malformed.parameter(name, f"must be one of: {', '.join(accepted)}")
    return value
