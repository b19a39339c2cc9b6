"""Chromium: from an invitation to a session that is ended elsewhere."""

from __future__ import annotations

import asyncio

from browser import Visitor, visitor
from desk_client import Editor
from members import member
from playwright.async_api import Browser
from processes import Server


async def test_from_an_invitation_to_ending_the_session_elsewhere(
    browser: Browser, shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    _, admin = await asyncio.to_thread(member, shared_server, "admin")
    made = admin.send(
        admin.open("/desk/users").form("/desk/users/invitations"),
        email=f"ann-{slug}@example.org",
        role="contributor",
        stories=slug,
        all_stories="",
    )
    link = str(made.one("#made").attributes["value"])
    password = "three plain quiet words"

    page = await reader.open(link)
    assert "contributor" in await page.inner_text("form.login")
    await page.fill("[name=name]", "Ann")
    await page.fill("[name=password]", "passwordpassword")
    reader.forgive("422")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".wrong")
    assert "guessed first" in await page.inner_text("main")
    assert await page.input_value("[name=name]") == "Ann"
    await page.fill("[name=password]", password)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".stories")
    listed = await page.eval_on_selector_all(".stories li > a", "all => all.map((a) => a.pathname)")
    assert listed == [f"/desk/stories/{slug}"]
    assert admin.open(link.removeprefix(shared_server.url)).status == 404  # it worked once

    async with visitor(browser) as phone:
        # Its socket and what it asks for, when its session has ended.
        phone.forgive("HTTP Authentication failed", "status of 40[13]")
        other = await phone.open(f"{shared_server.url}/desk/login")
        await other.fill("[name=email]", f"ann-{slug}@example.org")
        await other.fill("[name=password]", password)
        await other.keyboard.press("Enter")
        await other.wait_for_selector(".stories")

        await page.goto(f"{shared_server.url}/desk/account")
        await page.fill("[name=label]", "A laptop")
        await page.keyboard.press("Enter")
        token = await page.input_value("#made")
        client = Editor(shared_server.url, token)
        waiting = client.post(slug, status="submitted")
        assert waiting["seq"] is None
        client.close()
        assert await page.locator(".listed .badge").inner_text() == "This browser"
        await page.get_by_role("button", name="End the session of Chrome on Linux").click()
        await page.wait_for_selector("[role=status]")
        assert await page.inner_text("[role=status]") == "That session has ended."
        await page.get_by_role("button", name="Revoke A laptop").click()
        await page.wait_for_url("**?done=token")

        await other.goto(f"{shared_server.url}/desk/stories/{slug}")
        assert "/desk/login" in other.url
    admin.close()
