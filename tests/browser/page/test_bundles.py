"""The readers' scripts as npm bundles them, and as modules where it did not."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from browser import LivePage, Visitor
from desk_client import Editor
from playwright.async_api import Route
from processes import Server

from liveblog.content.assets import Assets
from liveblog.resources import folder

ENTRIES = ["embed/widget.js", "reader/story.js"]


def copied(where: Path) -> Path:
    for name in ("embed", "reader"):
        shutil.copytree(folder("static") / name, where / name)
    return where


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_bundle_is_served_in_the_place_of_its_entry(entry: str, tmp_path: Path) -> None:
    assets = Assets(copied(tmp_path))
    assert b"customElements.define" in assets.files[entry].content
    assert not re.search(rb'import["{*]', assets.files[entry].content)
    assert b"sources" not in assets.files[entry].content
    assert assets.preloads(entry) == []
    assert not [name for name in assets.files if name.endswith(".min.js")]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_bundle_of_other_sources_is_not_served(entry: str, tmp_path: Path) -> None:
    changed = copied(tmp_path) / "reader" / "client.js"
    changed.write_text(changed.read_text() + "console.log('changed');\n")
    assets = Assets(tmp_path)
    assert assets.files[entry].content.startswith(b"import")
    loaded = {url.rpartition("/")[2] for url in assets.preloads(entry)}
    names = "live-blog client entry-list morph order relative-time times frames view anchor attention counter headings pin waiting story-bar"
    wanted = {f"{name}.js" for name in names.split()}
    own = (
        ("place", "reads", "since")
        if "story" in entry
        else ("in-view", "shared-socket", "few", "bounded")
    )
    assert loaded == wanted | {f"{name}.js" for name in own}
    assert b"changed" in assets.files["reader/client.js"].content


@pytest.mark.anyio
async def test_a_page_is_live_by_its_modules_where_there_is_no_bundle(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    modules: list[str] = []
    reader.context.on("request", lambda request: modules.append(request.url))

    async def unbundled(route: Route) -> None:
        source = folder("static") / route.request.url.partition("/static/")[2].partition("/")[2]
        await route.fulfill(body=source.read_text(), content_type="text/javascript")

    for entry, address in zip(ENTRIES, (f"/stories/{slug}/embed", f"/stories/{slug}"), strict=True):
        await reader.context.route(re.compile(re.escape(entry)), unbundled)
        page = await reader.open(shared_server.url + address)
        await LivePage(page).state("live")
        assert [url for url in modules if url.endswith("/reader/client.js")]
        modules.clear()
        await page.close()


def test_a_page_of_the_first_release_gets_its_scripts(editor: Editor) -> None:
    for name in ("live-blog.js", "client.js", "embed-frame.js"):
        answer = editor.http.get(f"/static/0123456789ab/{name}")
        assert answer.status_code == 200, name
        assert "immutable" not in answer.headers["cache-control"]
