"""The plugin for those who run the site and write its posts: settings, the block's editor, and how it goes again."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from browser import Visitor
from desk_client import Editor
from elements import Element
from paths import ROOT
from playwright.async_api import Page, expect
from processes import PATIENCE, Server
from wordpress import PASSWORD, PLUGIN, USERS, WordPress

pytestmark = pytest.mark.anyio

# WordPress's own: its icon, requests that it drops when a page is left, templates that authors may not read, and what
# its React says.
FORGIVEN = r"favicon|ERR_ABORTED|403.*wp%2Fv2%2Ftemplates|JQMIGRATE|is deprecated|componentWill|findDOMNode"


async def signed_in(reader: Visitor, wordpress: WordPress, user: str, path: str) -> Page:
    reader.forgive(FORGIVEN)
    page = await reader.open(
        f"{wordpress.url}/wp-login.php?redirect_to={wordpress.url}/wp-admin/{path}"
    )
    await page.fill("#user_login", user)
    await page.fill("#user_pass", PASSWORD)
    await page.click("#wp-submit")
    await page.wait_for_url(re.compile(r"/wp-admin/"))
    return page


async def test_the_settings_take_a_server_and_say_what_is_wrong(
    wordpress: WordPress, addressed_server: Server, reader: Visitor
) -> None:
    path = "options-general.php?page=liveblog-embed"
    page = await signed_in(reader, wordpress, "admin", path)
    field, copy = page.get_by_label("Server"), page.get_by_label("Put the updates into the page")
    await expect(field).to_have_value(addressed_server.url)
    await expect(page.locator("#liveblog-state")).to_have_text("The server answers.")
    kept = "return get_option( 'liveblog_embed' );"
    await page.evaluate("document.querySelector('form[action=\"options.php\"]').noValidate = true")
    await field.fill("http://live.example.org")
    await page.click("#submit")
    await expect(page.locator(".notice-error")).to_contain_text(
        "“http://live.example.org” is not accepted. Accepted: https://"
    )
    assert wordpress.run(kept) == {"server": addressed_server.url, "copy": True}
    await field.fill("https://Live.Example.org:443/")
    await copy.uncheck()
    await page.click("#submit")
    await expect(page.locator(".notice-success")).to_be_visible()
    await expect(field).to_have_value("https://live.example.org")
    await expect(page.locator("#liveblog-state")).to_contain_text("does not answer this site")
    assert wordpress.run(kept) == {"server": "https://live.example.org", "copy": False}


def test_only_https_or_this_machine_is_accepted(wordpress: WordPress) -> None:
    accepted = {
        "https://live.example.org": "https://live.example.org",
        " HTTPS://LIVE.example.org:8443/ ": "https://live.example.org:8443",
        "http://localhost:8000": "http://localhost:8000",
        "http://127.0.0.1:80": "http://127.0.0.1",
        "https://xn--bcher-kva.example": "https://xn--bcher-kva.example",
    }
    refused = [
        "", "live.example.org", "http://live.example.org", "ftp://live.example.org", "//live.example.org",
        "https://", "https://live.example.org/path", "https://user:word@live.example.org", "https://live.example.org?x=1",
        "https://live.example.org#x", "https://live.example.org:0", "https://live.example.org:99999", "https://[::1]",
        "https://live.example.org\n.evil.example", "https://a b", "javascript:alert(1)", "http://localhost.example.org",
        "http://10.0.0.1", "https://bücher.example", "https://-a.example", "x" * 400,
    ]  # fmt: skip
    code = "return array_map( array( 'LiveblogEmbed\\Server', 'accepted' ), $args['given'] );"
    assert wordpress.run(code, given=list(accepted)) == list(accepted.values())
    assert wordpress.run(code, given=[*refused, None, ["x"]]) == [None] * (len(refused) + 2)


def test_nothing_but_the_server_is_asked(wordpress: WordPress, addressed_server: Server) -> None:
    """And the ways that are open for it are open for nothing else."""
    code = """
        $status = function ( $address ) {
            return LiveblogEmbed\\Server::ask( $address )['status'];
        };
        $before = $status( $args['server'] . '/livez' );
        $inside = wp_safe_remote_get( $args['server'] . '/livez' );
        return array( $before, $status( $args['server'] . '.evil.example/' ), $status( 'http://127.0.0.1:1/' ),
            $status( 'file:///etc/passwd' ), is_wp_error( $inside ) );"""
    assert wordpress.run(code, server=addressed_server.url) == [200, 0, 0, 0, True]
    private = "update_option( 'liveblog_embed', array( 'server' => 'https://10.0.0.1' ) ); return $args['server'] &&"
    private += " LiveblogEmbed\\Server::ask( 'https://10.0.0.1/stories/x/element' )['status'];"
    assert wordpress.run(private, server=addressed_server.url) is False


async def test_authors_do_not_reach_the_settings(wordpress: WordPress, reader: Visitor) -> None:
    reader.forgive(r"403")
    page = await signed_in(reader, wordpress, "author", "profile.php")
    answer = await page.goto(f"{wordpress.url}/wp-admin/options-general.php?page=liveblog-embed")
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize("user", USERS)
async def test_the_block_has_a_live_preview_and_publishes(
    user: str, wordpress: WordPress, addressed_server: Server, addressed: Editor, reader: Visitor
) -> None:
    slug = addressed.story()
    known = addressed.post(slug, "Known", key=True)["id"]
    addressed.post(slug, "Plain")
    page = await signed_in(reader, wordpress, user, "post-new.php")
    await page.wait_for_function("window.wp?.blocks?.getBlockType('liveblog-embed/story')")
    await page.evaluate(
        """() => {
          const { dispatch } = wp.data;
          dispatch("core/editor").editPost({ title: "With a block" });
          dispatch("core/block-editor").insertBlocks(wp.blocks.createBlock("liveblog-embed/story"));
        }"""
    )
    await page.get_by_label("Story").first.fill(f"{addressed_server.url}/stories/{slug}")
    await page.get_by_role("button", name="Show", exact=True).click()
    preview = Element(page)
    await preview.state("live")
    assert len(await preview.ids()) == 2
    entry = addressed.post(slug, "Into the preview")["id"]
    await preview.entry(entry).wait_for()
    await page.evaluate(
        """() => {
          const [block] = wp.data.select("core/block-editor").getBlocks().slice(-1);
          wp.data.dispatch("core/block-editor").updateBlockAttributes(block.clientId, { show: "key", limit: 5 });
        }"""
    )
    await preview.until("blog.querySelectorAll('article').length === 1")
    await page.evaluate(
        """(text) => wp.data.dispatch("core/block-editor").insertBlocks(wp.blocks.rawHandler({ HTML: text }))""",
        f"<p>{addressed_server.url}/stories/{slug}</p><p>[liveblog story={slug} limit=3 compact]</p>",
    )
    names = await page.evaluate(
        """wp.data.select("core/block-editor").getBlocks().map(({ name, attributes }) => [name, attributes.story, attributes.compact])"""
    )
    assert names[-2:] == [
        ["liveblog-embed/story", f"{addressed_server.url}/stories/{slug}", False],
        ["liveblog-embed/story", slug, True],
    ]
    await Element(page, 2).state("live")
    link = await page.evaluate(
        """async () => {
          wp.data.dispatch("core/editor").editPost({ status: "publish" });
          await wp.data.dispatch("core/editor").savePost();
          return wp.data.select("core/editor").getCurrentPost().link;
        }"""
    )
    await page.goto(link)
    shown = Element(page)
    await shown.state("live")
    assert await shown.ids() == [known]
    assert await shown.itself.get_attribute("limit") == "5"


async def test_an_editor_is_told_that_there_is_no_such_story(
    wordpress: WordPress, reader: Visitor
) -> None:
    page = await signed_in(reader, wordpress, "author", "post-new.php")
    await page.wait_for_function("window.wp?.blocks?.getBlockType('liveblog-embed/story')")
    await page.evaluate(
        """wp.data.dispatch("core/block-editor").insertBlocks(
             wp.blocks.createBlock("liveblog-embed/story", { story: "nowhere" }))"""
    )
    note = page.locator(".liveblog-embed-note")
    await expect(note).to_have_text("Liveblog: The server has no story “nowhere”.")


def test_when_it_is_deleted_nothing_of_it_stays(wordpress: WordPress, addressed: Editor) -> None:
    slug = addressed.story()
    addressed.post(slug, "Known")
    wordpress.run(
        "return do_shortcode( $args['text'] ) . LiveblogEmbed\\Lock::take( 'x', 60 );",
        text=f"[liveblog story={slug}]",
    )
    left = "SELECT option_name FROM wp_options WHERE CONCAT(option_name, option_value) LIKE '%liveblog_embed%'"
    assert wordpress.database.sql(left)
    done = """
        require_once ABSPATH . 'wp-admin/includes/plugin.php';
        require_once ABSPATH . 'wp-admin/includes/file.php';
        deactivate_plugins( 'liveblog-embed/liveblog-embed.php' );
        return delete_plugins( array( 'liveblog-embed/liveblog-embed.php' ) );"""
    try:
        assert wordpress.run(done) is True
        assert wordpress.database.sql(left) == []
        assert not (wordpress.site / "wp-content/plugins/liveblog-embed").exists()
    finally:
        wordpress.activate()


@pytest.mark.parametrize("file", sorted(PLUGIN.rglob("*.php")), ids=lambda file: file.name)
def test_php_reads_each_file_and_none_runs_by_itself(file: Path) -> None:
    subprocess.run(
        ["php", "-l", str(file)], check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE
    )
    text = file.read_text()
    begins = re.search(r"defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;", text)
    assert begins or file.name == "editor.asset.php"


def test_the_headers_agree(tmp_path: Path) -> None:
    main, readme = ((PLUGIN / name).read_text() for name in ("liveblog-embed.php", "readme.txt"))

    def of(text: str, name: str) -> str:
        found = re.search(rf"^[ *]*{name}:\s+(.+)$", text, re.MULTILINE)
        assert found, name
        return found[1]

    versions = {of(main, "Version"), of(readme, "Stable tag")}
    versions |= set(re.findall(r"const VERSION = '(.+)'", main))
    versions |= set(
        re.findall(r"'version' *=> '(.+)'", (PLUGIN / "block/editor.asset.php").read_text())
    )
    versions.add(json.loads((PLUGIN / "block/block.json").read_text())["version"])
    assert len(versions) == 1
    assert f"= {versions.pop()} =" in readme
    for name in ("Requires at least", "Requires PHP", "License", "License URI"):
        assert of(main, name) == of(readme, name)
    assert of(main, "Text Domain") == PLUGIN.name
    assert of(main, "Update URI") == "false", "another plugin of this name must not replace it"
    assert (PLUGIN / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    short = readme.split("\n\n")[1]
    assert len(short) <= 150
    domains = set(
        re.findall(
            r"_[_e]\( ['\"].+?['\"], '([^']+)' \)",
            "".join(p.read_text() for p in PLUGIN.rglob("*.php")),
        )
    )
    assert domains == {PLUGIN.name}
    made = tmp_path / "plugin.zip"
    subprocess.run(
        ["make", "-s", "wordpress-zip", f"WORDPRESS_ZIP={made}"],
        cwd=ROOT,
        check=True,
        timeout=PATIENCE,
    )
    with zipfile.ZipFile(made) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    assert names == {
        f"{PLUGIN.name}/{file.relative_to(PLUGIN)}" for file in PLUGIN.rglob("*") if file.is_file()
    }
