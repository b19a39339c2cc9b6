"""Checks values with a form, and says of each wrong field what it accepts."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from liveblog.errors import Invalid
from liveblog.newsroom.fields import MOST_LOOKED_AT, PATTERNS, TIME_MESSAGE

MOST_ITEMS = 5000  # more than any form takes: each that is wrong takes its time
MOST_TOLD = 50


class Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


FormT = TypeVar("FormT", bound=Form)


def parse(form: type[FormT], values: object) -> FormT:
    """Checks what was sent. Raises `Invalid` with every field that is wrong, or `TooLarge`."""
    if not isinstance(values, dict):
        raise Invalid({"request": "must be a JSON object"})
    _require_few(values)
    if len(values) > MOST_LOOKED_AT:
        raise Invalid({"request": f"must have at most {MOST_LOOKED_AT} fields"})
    try:
        return form.model_validate(values)
    except ValidationError as error:
        raise Invalid(field_errors(error)) from None


def _require_few(values: dict[Any, Any]) -> None:
    """Raises `Invalid` where there is more than anybody could mean, in all that is nested."""
    left = MOST_ITEMS
    for name, value in values.items():
        left -= 1
        waiting = [value]
        while waiting and left >= 0:
            within = waiting.pop()
            if isinstance(within, list | tuple | dict):
                left -= len(within)
                if left >= 0:
                    waiting.extend(within.values() if isinstance(within, dict) else within)
        if left < 0:
            message = f"must not have so many items; a request has at most {MOST_ITEMS}"
            raise Invalid({str(name)[:100]: message})


def field_errors(error: ValidationError) -> dict[str, str]:
    """`{"credits.0.name": "must not be empty"}`: what each field accepts, in our words; of the first 50."""
    fields: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        if len(fields) == MOST_TOLD:
            break
        name = ".".join(str(part) for part in problem["loc"])
        fields.setdefault(name, _message(problem["type"], problem))
    return fields


MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a known field",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "model_type": "must be an object",
}


def _message(kind: str, problem: Any) -> str:
    context = problem.get("ctx", {})
    match kind:
        case _ if kind in MESSAGES:
            return MESSAGES[kind]
        case "too_long":
            return f"must have at most {context['max_length']} items"
        case "string_pattern_mismatch":
            return PATTERNS[context["pattern"]]
        case "value_error":
            return str(context["error"])
        case _ if kind.startswith(("datetime", "timezone")):
            return TIME_MESSAGE
        case _:
            return str(problem["msg"]).replace("Input should be", "must be")
