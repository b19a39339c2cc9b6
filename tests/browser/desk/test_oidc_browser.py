"""Sign-on by OpenID Connect in Chromium."""

from __future__ import annotations

import pytest
from browser import visitor
from commands import run
from desk_client import add_user
from playwright.async_api import Browser
from processes import Server
from provider import Provider
from sign_on import server, service, somebody

__all__ = ["server", "service", "somebody"]  # the fixtures


@pytest.mark.anyio
@pytest.mark.usefixtures("somebody")
async def test_whose_session_ended_at_the_desk_signs_on_again_and_goes_on(
    server: Server, service: Provider, browser: Browser
) -> None:
    add_user(server.env, service.claims["email"], "editor")
    assert run("story", "add", "signed", "--title", "Signed", env=server.env).returncode == 0
    async with visitor(browser) as editor:
        editor.forgive("status of 401")
        page = await editor.open(f"{server.url}/desk/login?next=/desk/stories/signed")
        await page.click("text=Sign in with your organisation")
        await page.wait_for_selector("form.who")
        await page.goto(f"{server.url}/desk/stories/signed")
        await page.locator(".ProseMirror").press_sequentially("Without a password")
        await editor.context.clear_cookies()
        await page.keyboard.press("Control+Enter")
        async with editor.context.expect_page() as opened:
            await page.click("dialog >> text=Sign in with your organisation")
        await (await opened.value).wait_for_selector("form.who")
        await page.click("dialog >> text=I have signed in")
        await page.wait_for_url("**?saved=published")
