"""An export opens from a disk: whole, without a script and without a request that fails."""

from __future__ import annotations

from pathlib import Path

from axe import violations
from browser import Visitor
from commands import run
from desk_client import Editor
from processes import Server
from public_pages import ARABIC, ENGLISH, full_story

LOADED = """async () => {
  const pictures = [...document.querySelectorAll("img")];
  await Promise.all(pictures.map((picture) => picture.decode()));
  return [pictures.length, pictures.filter((picture) => !picture.naturalWidth).length];
}"""
# Links to the site, whose address is not known: their words look like words.
DEAD = """() => [...document.querySelectorAll("a:not([href])")].map((link) =>
  getComputedStyle(link).color === getComputedStyle(link.parentElement).color)"""
LOOKS = (("phone", "dark"), ("desktop", "light"))


async def test_an_export_opens_from_a_disk(
    shared_server: Server, editor: Editor, reader: Visitor, tmp_path: Path
) -> None:
    """Whatever is written on the console, and each request that fails, fails the reader."""
    for words in (ARABIC, ENGLISH):
        story = full_story(editor, words)
        place = tmp_path / story.slug
        done = run("export", story.slug, str(place), env=shared_server.env)
        assert done.returncode == 0, done.stderr
        page = await reader.open((place / "index.html").as_uri())
        shown, broken = await page.evaluate(LOADED)
        assert shown >= 2
        assert broken == 0
        dead = await page.evaluate(DEAD)
        assert dead
        assert all(dead)
        assert await page.locator("article.entry").count() == len(
            list((place / "entries").iterdir())
        )
        await page.locator(f"article#{story.entry} .when a").click()
        await page.wait_for_url("**/entries/*.html*")
        assert await page.locator("#history li").count() >= 3
        assert await page.evaluate("document.documentElement.dir") == (
            "rtl" if words is ARABIC else "ltr"
        )
        await page.locator(".within a").click()
        await page.wait_for_url("**/index.html#*")
        if words is ARABIC:
            continue
        # axe asks for the styles again, as a script may not from a disk.
        for asked in ("CORS policy", "preload assets", "net::ERR_FAILED"):
            reader.forgive(asked)
        for file in ("index.html", f"entries/{story.entry}.html", "corrections.html"):
            await page.goto((place / file).as_uri())
            assert await violations(page, *LOOKS) == []
