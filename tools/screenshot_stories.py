"""The stories on the screenshots: a server with a newsroom of its own, and what its editors do there."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from liveblog.demo.pictures import drawn
from liveblog.resources import folder

EDITOR, REPORTER = "marta@example.org", "oksana@example.org"
# Minutes ago, the oldest first: the story goes over two days.
AGO = (1580, 1490, 1410, 660, 590, 480, 420, 350, 240, 190, 131, 97, 70, 41, 17, 6)
SUBMITTED: list[dict[str, Any]] = [
    {
        "body": "Two lorries with water have come to the square. People queue for about an hour.",
        "dateline": "Freedom Square",
        "sources": [{"kind": "witness", "name": "a resident"}],
        "verification": "unverified",
    },
    {
        "headline": "Trams stand still",
        "body": "No tram has left the depot since the morning, two drivers tell us.",
        "sources": [{"kind": "witness", "name": "two drivers"}],
        "verification": "checking",
    },
]
# Each with its minutes ago. The texts are ours.
ARABIC: list[tuple[int, dict[str, Any]]] = [
    (1530, {"headline": "الليلة الأولى في الملاجئ", "body": "قضى سكان وسط المدينة ليلتهم في محطات المترو.", "key": True, "verification": "confirmed"}),
    (700, {"body": "تقول البلدية إن المخابز ستفتح أبوابها حتى الظهر.", "verification": "confirmed"}),
    (430, {"headline": "انقطاع الكهرباء في الأحياء الشمالية", "body": "يقول سكان إن التيار انقطع عن ثلاثة أحياء منذ الفجر.", "key": True, "verification": "unverified"}),
    (260, {"body": "الخط صامد، ويقول من هم على الأرض إنه كان بإمكانهم التقدم أكثر.", "verification": "checking"}),
    (120, {"headline": "لم يُصب وسط المدينة", "body": "لم يُصب **وسط المدينة** حتى الآن، كما يقول مراسلنا **Fin** من المكان.", "key": True, "verification": "confirmed"}),
    (25, {"body": "غادر فريقا Sky News و NBC إلى بولتافا، جنوب غربي المدينة."}),
]  # fmt: skip


class Newsroom:
    """The API of a server, with an editor's token. `data` is the server's folder."""

    def __init__(self, url: str, data: str) -> None:
        self.url, self.password = url, secrets.token_urlsafe(12)
        self._env = os.environ | {"LIVEBLOG_DATA": data, "LIVEBLOG_PASSWORD": self.password}
        self.editor = self._client(EDITOR, "Marta", "admin")
        self.reporter = self._client(REPORTER, "Oksana", "contributor")

    def _client(self, email: str, name: str, role: str) -> httpx2.Client:
        self._command("user", "add", email, "--name", name, "--role", role)
        token = self._command("token", "add", email, "--label", "screenshots")
        return httpx2.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False
        )

    def _command(self, *words: str) -> str:
        command = [sys.executable, "-m", "liveblog", *words]
        done = subprocess.run(command, env=self._env, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def story(self, slug: str, **fields: Any) -> None:
        self._sent("POST", "/api/stories", {"slug": slug, **fields})

    def change_story(self, slug: str, **fields: Any) -> None:
        self._sent("PATCH", f"/api/stories/{slug}", fields)

    def post(self, slug: str, ago: int | None = None, **fields: Any) -> str:
        """The id of a new entry, published so many minutes ago, or now."""
        if ago is not None:
            at = datetime.now(UTC) - timedelta(minutes=ago)
            fields["publish_at"] = at.isoformat()
        made: str = self._sent("POST", f"/api/stories/{slug}/entries", fields)["id"]
        return made

    def edit(self, slug: str, entry: str, **fields: Any) -> None:
        self._sent("PATCH", f"/api/stories/{slug}/entries/{entry}", fields)

    def remove(self, slug: str, entry: str, reason: str) -> None:
        self._sent("DELETE", f"/api/stories/{slug}/entries/{entry}", {"reason": reason})

    def submit(self, slug: str, **fields: Any) -> None:
        answer = self.reporter.post(
            f"/api/stories/{slug}/entries", json=fields | {"status": "submitted"}
        )
        answer.raise_for_status()

    def picture(self, scene: str, alt: str) -> str:
        """The id of a picture that the demo draws."""
        files = {"file": ("picture.jpg", drawn(scene), "image/jpeg")}
        answer = self.editor.post("/api/media", files=files, data={"alt": alt}, timeout=60)
        answer.raise_for_status()
        made: str = answer.json()["id"]
        return made

    def _sent(self, method: str, path: str, content: dict[str, Any]) -> dict[str, Any]:
        answer = self.editor.request(method, path, json=content)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        given: dict[str, Any] = answer.json()
        return given


@contextmanager
def running(data: Path) -> Iterator[Newsroom]:
    """A server of its own, on a port that is free, with the accounts of its newsroom."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = str(found.getsockname()[1])
    env = os.environ | {"LIVEBLOG_DATA": str(data), "PORT": port}
    command = [sys.executable, "-m", "liveblog", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as server:
        try:
            yield Newsroom(_address(server), str(data))
        finally:
            server.terminate()


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    raise RuntimeError("the server ended before it said its address")


def tell(newsroom: Newsroom) -> list[str]:
    """The demo's story of Kharkiv, over two days: with pictures, a pin, a correction, a retraction, chapters and a
    Brief. Returns the ids of its entries."""
    demo = folder("demo")
    story = json.loads((demo / "kharkiv.story.json").read_text())
    pictures = json.loads((demo / "kharkiv.pictures.json").read_text())
    cover = newsroom.picture("skyline", "Blocks of flats at night, with few windows lit.")
    newsroom.story(**story, cover={"id": cover, "alt": "Blocks of flats at night."})
    ids: list[str] = []
    for number, line in enumerate((demo / "kharkiv.jsonl").read_text().splitlines()):
        shown = [
            {"id": newsroom.picture(one["scene"], one["alt"]), "caption": one["caption"]}
            for one in pictures.get(str(number + 1), [])
        ]
        chapter = {3: "The first night is over", 10: "The second day"}.get(number)
        fields = json.loads(line) | {"media": shown, "chapter": chapter}
        ids.append(newsroom.post(story["slug"], AGO[number], **fields))
    slug = story["slug"]
    first = json.loads((demo / "kharkiv.jsonl").read_text().splitlines()[7])
    newsroom.edit(
        slug,
        ids[7],
        body=f"{first['body']} Both had been at the same hotel.",
        correction="The first version did not say where the two had been staying.",
    )
    newsroom.edit(slug, ids[5], verification={"status": "disputed", "note": "Others reckon otherwise."})  # fmt: skip
    newsroom.edit(slug, ids[13], verification={"status": "retracted", "note": "The video is an older one, from another city."})  # fmt: skip
    points = [
        {"text": "The line at Kharkiv is holding; the shelling has come nearer.", "entry": ids[1]},
        {"text": "The city centre has not been hit so far.", "entry": ids[4]},
        {"text": "How long it holds is a matter of dispute.", "entry": ids[5]},
        {"text": "A video from the outskirts was said to show tanks.", "entry": ids[13]},
    ]
    newsroom.change_story(slug, points=points)
    return ids


def tell_in_arabic(newsroom: Newsroom) -> None:
    newsroom.story(
        "kharkiv-ar",
        title="خاركيف: السيطرة في خطر",
        summary="الخط صامد، ويقول من هم على الأرض إنه كان بإمكانهم التقدم أكثر.",
        language="ar",
        timezone="Europe/Kyiv",
        place="خاركيف",
        category="أوكرانيا",
    )
    ids = [newsroom.post("kharkiv-ar", ago, **fields) for ago, fields in ARABIC]
    newsroom.edit("kharkiv-ar", ids[0], pinned=True)


def tell_of_others(newsroom: Newsroom) -> None:
    """Stories that start later, pause and have ended."""
    now = datetime.now(UTC)
    start = (now + timedelta(hours=5)).isoformat()
    newsroom.story(
        "talks",
        title="Talks in Gomel",
        summary="Two delegations are expected at the river.",
        status="upcoming",
        coverage_start=start,
    )
    newsroom.story("metro", title="How the city moves", summary="Trams, metro and roads.")
    newsroom.post("metro", 130, headline="Three stations open", body="Trains run every half hour.", key=True)  # fmt: skip
    newsroom.change_story("metro", status="paused", paused_until=(now + timedelta(hours=9)).isoformat())  # fmt: skip
    newsroom.story("vote", title="The vote in the assembly", summary="The resolution was adopted.")
    newsroom.post("vote", 300, headline="Adopted", body="141 states voted for it, 5 against.", key=True, verification="confirmed")  # fmt: skip
    newsroom.change_story("vote", status="ended")
