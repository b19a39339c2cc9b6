"""Takes the screenshots of README and docs: plays the demo and looks at it in real Chromium."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

from chromium import FLAGS, program
from playwright.sync_api import Browser, ViewportSize, sync_playwright

SHOTS = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=360, height=740)


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
    page.screenshot(path=SHOTS / "desk.png")
    page.set_viewport_size(PHONE)
    page.screenshot(path=SHOTS / "desk-phone.png")


def main() -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "liveblog", "demo", "--fast"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        said = ""
        for line in demo.stdout:
            said += line
            if "story is told" in line:
                break
        readers, desk = re.findall(r"http\S+", said)[:2]
        login = re.search(r"Login\s+(\S+)\s+(\S+)", said)
        assert login is not None
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
                shoot(browser, readers, desk, (login[1], login[2]))
                browser.close()
        finally:
            demo.terminate()


if __name__ == "__main__":
    main()
