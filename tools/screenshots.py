"""Takes the screenshots of README and docs: plays the demo and looks at it in real Chromium."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal
from urllib.request import Request, urlopen

from chromium import FLAGS, program
from playwright.sync_api import Browser, ViewportSize, sync_playwright

SHOTS = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=360, height=740)


# The text is ours: the story is told by the demo.
WRITING = "The metro runs again between the first three stations, a spokesman says."
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

Scheme = Literal["light", "dark"]


def shoot(browser: Browser, readers: str, desk: str, login: tuple[str, str]) -> None:
    light: Scheme = "light"
    dark: Scheme = "dark"
    for name, size, scheme in (
        ("live-page", DESKTOP, light),
        ("live-page-dark", DESKTOP, dark),
        ("live-page-phone", PHONE, light),
        ("live-page-phone-dark", PHONE, dark),
    ):
        page = browser.new_page(viewport=size, color_scheme=scheme)
        page.goto(readers)
        page.wait_for_selector("live-blog[data-state=live]")
        page.screenshot(path=SHOTS / f"{name}.png")
        page.close()
    page = browser.new_page(viewport=DESKTOP)
    page.goto(desk)
    page.screenshot(path=SHOTS / "desk-login.png")
    page.fill("[name=email]", login[0])
    page.fill("[name=password]", login[1])
    page.click("form.login button")
    page.wait_for_selector("form.composer")
    page.wait_for_selector("text=Two lorries with water")  # what the correspondent submitted
    field = page.locator("form.composer [contenteditable], form.composer textarea").first
    field.click()
    page.keyboard.type(WRITING)
    page.wait_for_selector("text=/Saved/")
    page.screenshot(path=SHOTS / "desk.png")
    page.set_viewport_size(PHONE)
    page.screenshot(path=SHOTS / "desk-phone.png")


def submit(data: str, address: str) -> None:
    """A correspondent's submissions, so that the desk has work to do."""

    def liveblog(*words: str) -> str:
        env = os.environ | {"LIVEBLOG_DATA": data, "LIVEBLOG_PASSWORD": secrets.token_urlsafe(12)}
        command = [sys.executable, "-m", "liveblog", *words]
        return subprocess.run(
            command, env=env, check=True, capture_output=True, text=True
        ).stdout.strip()

    who = "oksana@example.org"
    liveblog("user", "add", who, "--name", "Oksana", "--role", "contributor")
    token = liveblog("token", "add", who, "--label", "screenshots")
    for fields in SUBMITTED:
        sent = json.dumps(fields | {"status": "submitted"}).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        urlopen(Request(f"{address}/entries", sent, headers)).close()  # noqa: S310 - our own


def main() -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "liveblog", "demo", "--fast"]
    with (
        tempfile.TemporaryDirectory() as data,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=os.environ | {"LIVEBLOG_DATA": data}
        ) as demo,
    ):
        assert demo.stdout is not None
        said = ""
        for line in demo.stdout:
            said += line
            if "story is told" in line:
                break
        readers, desk = re.findall(r"http\S+", said)[:2]
        login = re.search(r"Login\s+(\S+)\s+(\S+)", said)
        assert login is not None
        submit(data, readers.replace("/stories/", "/api/stories/"))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
                shoot(browser, readers, desk, (login[1], login[2]))
                browser.close()
        finally:
            demo.terminate()


if __name__ == "__main__":
    main()
