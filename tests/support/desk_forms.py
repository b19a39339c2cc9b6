"""A browser without JavaScript at the desk: it reads forms and sends them as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
from desk_client import PASSWORD
from processes import KEPT, NO_TLS, PATIENCE
from selectolax.lexbor import LexborHTMLParser, LexborNode


class Form:
    """A form of a page: where it goes, and what stands in it."""

    def __init__(self, node: LexborNode) -> None:
        self.action = str(node.attributes.get("action"))
        self.values: dict[str, str] = {}
        off = {one.mem_id for one in node.css("fieldset[disabled] [name]")}
        for field in node.css("input, textarea, select"):
            name = field.attributes.get("name") if field.mem_id not in off else None
            if name is not None and (value := _value(field)) is not None:
                self.values[name] = value


def _value(field: LexborNode) -> str | None:
    if field.tag == "textarea":
        return field.text()
    if field.tag == "select":
        chosen = field.css_first("option[selected]") or field.css_first("option")
        return str(chosen.attributes["value"]) if chosen else None
    if field.attributes.get("type") == "checkbox" and "checked" not in field.attributes:
        return None
    return field.attributes.get("value") or ""


class Page:
    """An answer of the desk, as a person sees it."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.status = answer.status_code
        self.tree = LexborHTMLParser(answer.text)

    def form(self, action: str) -> Form:
        """The form of an address, whatever search stands in it to come back to."""
        return Form(self.one(f'form[action="{action}"], form[action^="{action}?"]'))

    @property
    def composer(self) -> Form:
        return Form(self.one("form#composer"))

    @property
    def alerts(self) -> str:
        return " ".join(node.text() for node in self.tree.css("[role=alert], .wrong"))

    def one(self, selector: str) -> LexborNode:
        found = self.tree.css(selector)
        assert len(found) == 1, f"{len(found)} of {selector}"
        return found[0]


class Desk:
    """Somebody at the desk, signed in or not; follows redirects as browsers do."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.Client(
            base_url=url,
            headers={"Sec-Fetch-Site": "same-origin", "Origin": url},
            timeout=PATIENCE,
            limits=KEPT,
            trust_env=False,
            verify=NO_TLS,
            follow_redirects=True,
        )

    def sign_in(self, email: str, password: str = PASSWORD, target: str = "") -> httpx2.Response:
        return self.http.post(
            "/desk/login",
            data={"email": email, "password": password, "next": target},
            follow_redirects=False,
        )

    def open(self, path: str) -> Page:
        return Page(self.http.get(path))

    def send(self, form: Form, changed: Mapping[str, str] | None = None, **fields: Any) -> Page:
        """The form with some of its fields changed, as a browser sends it."""
        values = form.values | dict(changed or {}) | fields
        sent = {name: value.replace("\n", "\r\n") for name, value in values.items()}
        return Page(self.http.post(form.action, data=sent))

    def write(self, slug: str, **fields: str) -> Page:
        """Opens a story's page, fills in the composer and sends it."""
        return self.send(self.open(f"/desk/stories/{slug}").composer, fields)

    def close(self) -> None:
        self.http.close()


WHOLE_FORM = {
    "headline": "The line is holding",
    "body": "\nForces are **holding** the line.\n\nSecond paragraph. ",
    "dateline": "Kharkiv, city centre",
    "key": "1",
    "pinned": "1",
    "labels": "breaking, quote",
    "topics": "Kharkiv, #Ukraine",
    "verification": "checking",
    "credits": "text | Fin | @fin | https://example.org/fin\nphoto | Collin",
    "sources": "official | The mayor | https://example.org/m | Stay | inside.\nwitness | A guest",
    "occurred_at": "2022-02-25T14:32",
}
