"""The OpenAPI document (https://spec.openapis.org/oas/v3.1.1) of the API.

Its schemas come from the forms and values that the server works with, so each field is declared once.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from liveblog import __version__
from liveblog.net.signatures import HEADER
from liveblog.newsroom.forms import EntryChange, StoryChange
from liveblog.web.api.reference import (
    BRIEF,
    CALLS,
    SECTIONS,
    TEXT,
    VALUES,
    Answer,
    Call,
    Schema,
    Shape,
    object_of,
    ref,
)

JSON = "application/json"
PROBLEM = "application/problem+json"
PARTS = "#/components/schemas/{model}"
STATUSES = {
    400: "The request is malformed.",
    401: "The token is missing or not valid.",
    403: "The user's role does not allow it.",
    404: "There is no such story, entry or file.",
    409: "The name is taken, or the state does not allow it.",
    412: "Somebody else edited the entry or the story first.",
    413: "The request is over a limit.",
    415: "This type of file is not accepted.",
    416: "The file has no such range.",
    422: "Some fields have values that are not accepted.",
    502: "Another host gave no usable answer.",
    503: "The server cannot do this now, and nothing was stored. Try again.",
}
SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "session or token": [{"token": []}, {"session": []}],
    "slack": [{"slack": []}],
    "telegram": [{"telegram": []}],
    "signature": [{"signature": []}],
}
SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "liveblog token add EMAIL"},
    "session": {"type": "apiKey", "in": "cookie", "name": "liveblog_session"},
    "slack": {"type": "apiKey", "in": "header", "name": "X-Slack-Signature"},
    "telegram": {"type": "apiKey", "in": "header", "name": "X-Telegram-Bot-Api-Secret-Token"},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": HEADER,
        "description": "t=SECONDS,v1=HEX: HMAC-SHA256 of t.body",
    },
}


@cache
def document() -> dict[str, Any]:
    """The whole document, as JSON values."""
    paths: dict[str, Any] = {}
    for section, calls in SECTIONS.items():
        for call in calls:
            paths.setdefault(f"/api{call.path}", {})[call.method.lower()] = _operation(
                section, call
            )
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Liveblog",
            "version": __version__,
            "description": "The editor API. Requests and answers are JSON. An error is a problem (RFC 9457), and "
            "then nothing was stored. Times are in RFC 3339, with their offset.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": section} for section in SECTIONS],
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": SCHEMES},
    }


def _operation(section: str, call: Call) -> dict[str, Any]:
    answers = {str(status): _answer(answer) for status, answer in call.answers.items()}
    for status in _refusals(call):
        problem = {PROBLEM: {"schema": ref("Problem")}}
        answers[str(status)] = {"description": STATUSES[status], "content": problem}
    operation: dict[str, Any] = {
        "operationId": call.name,
        "tags": [section],
        "summary": call.summary,
        "security": SECURITY[call.security],
        "responses": answers,
    }
    if call.about:
        operation["description"] = call.about
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": TEXT}
        for name in re.findall(r"\{(\w+)\}", call.path)
    ] + [
        {"name": one.name, "in": one.within, "description": one.about, "schema": one.schema}
        for one in call.parameters
    ]
    if parameters:
        operation["parameters"] = parameters
    kinds = dict(call.body or {})
    if call.form is not None:
        kinds = {JSON: ref(call.form.__name__)} | kinds
    if kinds:
        content: dict[str, Any] = {kind: {"schema": schema} for kind, schema in kinds.items()}
        if call.form is not None and call.example:
            content[JSON]["example"] = call.example
        operation["requestBody"] = {"required": call.body_required, "content": content}
    return operation


def _answer(answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": answer.about,
        "content": {answer.kind: {"schema": answer.schema}},
    }
    if answer.headers:
        described["headers"] = {
            name: {"description": about, "schema": TEXT} for name, about in answer.headers
        }
    return described


def _refusals(call: Call) -> list[int]:
    """The error statuses of a call."""
    found = {400, 401, 403, 422, 503} | set(call.refuses)
    if "{" in call.path:
        found.add(404)
    if call.form is not None or call.body is not None:
        found.add(413)
    return sorted(found)


def _schemas() -> dict[str, Schema]:
    forms: list[type[BaseModel]] = [call.form for call in CALLS if call.form is not None]
    taken = models_json_schema([(form, "validation") for form in forms], ref_template=PARTS)[1]
    given = models_json_schema([(one, "serialization") for one in VALUES], ref_template=PARTS)[1]
    schemas: dict[str, Schema] = given["$defs"] | taken["$defs"]
    for schema in schemas.values():
        _tidy(schema)
    for change in (EntryChange, StoryChange):
        for one in schemas[change.__name__]["properties"].values():
            one.pop("default", None)  # a field that is not sent stays unchanged
    for value, shape in VALUES.items():
        _shape(schemas[value.__name__], shape)
    story = schemas["Story"]
    schemas["WholeStory"] = story | {
        "properties": story["properties"] | {"brief": BRIEF},
        "required": [*story["required"], "brief"],
    }
    field = object_of(field=TEXT, message=TEXT)
    schemas["Problem"] = {
        "description": "An error (RFC 9457).",
        "type": "object",
        "properties": {
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "errors": {"type": "array", "items": field},
            "entry": ref("Entry") | {"description": "With 412: the newer entry."},
            "story": ref("WholeStory") | {"description": "With 412: the newer story."},
        },
        "required": ["title", "status", "detail"],
    }
    return dict(sorted(schemas.items()))


def _shape(schema: Schema, shape: Shape) -> None:
    """Turn the schema of a value into that of an answer, in which every field is required."""
    kept = {name: one for name, one in schema["properties"].items() if name not in shape.without}
    schema["properties"] = kept | shape.more
    schema["required"] = list(schema["properties"])


def _tidy(schema: Any) -> None:
    """Remove titles, and rename a list's `maxLength` to `maxItems`."""
    match schema:
        case dict():
            if isinstance(schema.get("title"), str):
                del schema["title"]
            if schema.get("type") == "array" and "maxLength" in schema:
                schema["maxItems"] = schema.pop("maxLength")
            for one in schema.values():
                _tidy(one)
        case list():
            for one in schema:
                _tidy(one)
