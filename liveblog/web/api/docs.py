"""The API described: a document for programs, a page for people, and examples that can be run."""

from __future__ import annotations

import json
from shlex import quote
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from liveblog.web.api import openapi
from liveblog.web.api.reference import SECTIONS, Call
from liveblog.web.context import base_url, parts


async def document(_: Request) -> Response:
    return JSONResponse(openapi.document())


async def page(request: Request) -> Response:
    templates = parts(request).templates
    shown = templates.page(
        "api.html",
        sections={name: [documented(call) for call in calls] for name, calls in SECTIONS.items()},
        url=base_url(request),
        statuses=openapi.STATUSES,
    )
    return HTMLResponse(shown)


class DocumentedCall(NamedTuple):
    """A call as the page shows it."""

    call: Call
    operation: dict[str, Any]
    fields: list[tuple[str, str, bool]]
    example: str | None


def documented(call: Call) -> DocumentedCall:
    whole = openapi.document()
    operation = whole["paths"][f"/api{call.path}"][call.method.lower()]
    fields = []
    if call.form is not None:
        schemas = whole["components"]["schemas"]
        form = schemas[call.form.__name__]
        fields = [
            (name, accepted(schema, schemas), name in form.get("required", ()))
            for name, schema in form["properties"].items()
            if schema.get("maxItems") != 0
        ]
        fields.sort(key=lambda one: not one[2])  # what is needed comes first
    return DocumentedCall(call, operation, fields, example(call))


def example(call: Call) -> str | None:
    """A command of curl, for a shell in which LIVEBLOG and TOKEN are set; None where there is none."""
    if call.example is None:
        return None
    path = call.path.replace("{slug}", "odesa").replace("{id}", "$ENTRY")
    query = f"?{urlencode(call.example)}" if call.example and call.form is None else ""
    lines = [f'curl -sS "$LIVEBLOG/api{path}{query}" \\', '  -H "Authorization: Bearer $TOKEN"']
    if call.method != "GET":
        lines[0] = lines[0].replace("curl -sS", f"curl -sS -X {call.method}")
    lines += [f"  -H {quote(header)}" for header in call.example_headers]
    if call.form is not None:
        sent = json.dumps(call.example, ensure_ascii=False)
        lines += ["  -H 'Content-Type: application/json'", f"  -d {quote(sent)}"]
    first, *rest = lines
    return "\n".join([first, " \\\n".join(rest)])


def accepted(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """A schema in words: `text, at most 300 characters`."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return accepted(schemas[name], schemas)
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        words = [accepted(one, schemas) for one in schema["anyOf"] if one.get("type") != "null"]
        return "; or ".join(words)
    match schema.get("type"):
        case "array":
            most = f"at most {schema['maxItems']}, " if "maxItems" in schema else ""
            return f"list, {most}of: {accepted(schema['items'], schemas)}"
        case "object":
            needed = schema.get("required", ())
            names = schema.get("properties", {})
            return "{" + ", ".join(n if n in needed else f"{n}?" for n in names) + "}"
        case "boolean":
            return "true or false"
        case "string" if schema.get("format") == "date-time":
            return "time"
        case "string" if "maxLength" in schema:
            return f"text, at most {schema['maxLength']:,} characters"
        case "string":
            return "text"
        case kind:
            return str(kind)
