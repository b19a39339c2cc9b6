"""Every documented address that takes GET answers with the status and the headers in route_headers.json, so a change
of policy shows in that file. To record it anew: remove it, run this test, and read the difference."""

from __future__ import annotations

import json
import re

import httpx2
from addresses import addresses
from desk_client import Editor
from members import member
from paths import DATA
from processes import Server
from public_pages import PARAMETERS, QUERIES

from liveblog.settings import Settings
from liveblog.web.routes import routes

RECORD = DATA / "route_headers.json"
# They tell of the moment, or of the content.
OTHERS = {
    "date",
    "x-request-id",
    "etag",
    "content-length",
    "set-cookie",
    "server",
    "location",
    "link",
}
VERSION = re.compile("/static/[0-9a-f]+/")
HTML = "text/html,application/xhtml+xml"
ASKED = {
    "a browser": {"accept": HTML, "accept-encoding": "gzip"},
    "a program": {"accept": "application/json", "accept-encoding": "identity"},
}
# An address outside the table, below each wing.
UNKNOWN = (
    "/nothing",
    "/stories/a/b/c/d",
    "/media/x",
    "/static/x",
    "/api/nothing",
    "/api/",
    "/desk/",
    "/desk/nothing",
    "/desk/stories/a/nothing",
    "/stories/%00/embed",
    "/api/stories/%00",
    "/desk/stories/%00",
)


def told(answer: httpx2.Response) -> list[str]:
    headers = [
        f"{name}: {'A TIME' if name == 'last-modified' else VERSION.sub('/static/VERSION/', value)}"
        for name, value in sorted(answer.headers.multi_items())
        if name not in OTHERS
    ]
    return [str(answer.status_code), *headers]


def grouped(found: dict[str, list[str]]) -> list[dict[str, list[str]]]:
    """Each answer once, with the requests that get it."""
    answers: dict[tuple[str, ...], list[str]] = {}
    for request, answer in sorted(found.items()):
        answers.setdefault(tuple(answer), []).append(request)
    return [{"answer": list(answer), "requests": of} for answer, of in sorted(answers.items())]


def test_every_address_answers_with_the_recorded_headers(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story(topics=["headers"])
    entry = editor.post(slug, "With #headers.", headline="A headline")
    for _ in range(6):  # a list of so many is compressed, however few others there are
        taken_down = editor.story()
        editor.remove(taken_down, editor.post(taken_down)["id"])
    known = PARAMETERS | {"slug": slug, "id": entry["id"], "topic": "headers", "key": "new"}
    _, desk = member(shared_server, "admin")
    listed = sorted(path for method, path in addresses(routes(Settings())) if method == "GET")
    found: dict[str, list[str]] = {}
    nobody = httpx2.Client(base_url=shared_server.url, trust_env=False)
    for path in [*listed, *UNKNOWN]:
        address = (path + QUERIES.get(path, "")).format_map(known)
        missing = re.sub(r"\{(slug|id|topic)\}", "nothing", path).format_map(known)
        for who, client in {"nobody": nobody, "an admin": desk.http}.items():
            for how, headers in ASKED.items():
                for what, asked in {"": address, "missing ": missing}.items():
                    answer = client.get(asked, headers=headers, follow_redirects=False)
                    found[f"{path}: {what}{who}, as {how}"] = told(answer)
        answer = nobody.request("DELETE" if "drafts" not in path else "PATCH", address)
        found[f"{path}: another method"] = told(answer)
    nobody.close()
    desk.close()
    if not RECORD.exists():
        RECORD.write_text(json.dumps(grouped(found), indent=1) + "\n")
    record = json.loads(RECORD.read_text())
    assert found == {request: one["answer"] for one in record for request in one["requests"]}
