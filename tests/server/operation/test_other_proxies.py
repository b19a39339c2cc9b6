"""A server behind Debian's Caddy and Varnish with the files of `deploy/`: pages, sockets, takedowns in time, and metrics for
this machine only."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
from desk_client import Editor, add_token
from paths import ROOT
from processes import NO_TLS, PATIENCE, Process, Server, free_port, until
from websockets.asyncio.client import connect

pytestmark = pytest.mark.anyio
OUTSIDE = "192.0.2.1"  # the address of another machine, in the place of this one's


class Site(NamedTuple):
    """The port of a proxy, and an editor who calls the server behind it."""

    port: int
    editor: Editor

    def get(self, path: str) -> tuple[int, str]:
        """The status and the text of an address, which is sent as it is."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as asked:
            asked.request("GET", path)
            answer = asked.getresponse()
            return answer.status, answer.read().decode(errors="replace")


def program(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not here: apt-get install {package}")
    return found


def rewritten(name: str, places: dict[str, str]) -> str:
    """A file of `deploy/` with the places of this machine."""
    text = (ROOT / "deploy" / name).read_text()
    for given, here in places.items():
        assert given in text, f"deploy/{name} has no {given!r} any more"
        text = text.replace(given, here)
    return text


def caddy(folder: Path, port: int, behind: int) -> list[str]:
    """Without TLS, for which it would ask for a certificate."""
    places = {
        "live.example.org {": f"http://127.0.0.1:{port} {{",
        "127.0.0.1 ::1": OUTSIDE,
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
        "{\n\tservers {": "{\n\tadmin off\n\tservers {",
    }
    (folder / "Caddyfile").write_text(rewritten("Caddyfile", places))
    return [program("caddy", "caddy"), "run", "--adapter", "caddyfile", "--config", "Caddyfile"]


def varnish(folder: Path, port: int, behind: int) -> list[str]:
    places = {
        '.port = "8000"': f'.port = "{behind}"',
        '    "127.0.0.1";\n    "::1";': f'    "{OUTSIDE}";',
    }
    file, state = folder / "default.vcl", folder / "state"
    file.write_text(rewritten("varnish.vcl", places))
    # Without a jail: its own user cannot read the folders of tests.
    command = [
        program("varnishd", "varnish"),
        "-j",
        "none",
        "-F",
        "-n",
        str(state),
        "-f",
        str(file),
    ]
    return [*command, "-a", f"127.0.0.1:{port}", "-s", "malloc,20m"]


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[Process]:
    homes = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    with Process(command, os.environ | homes, folder / "log", cwd=folder) as process:
        try:
            yield process
        finally:
            if process.child.poll() is None:
                process.stop()  # Varnish ends its child itself


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("behind-others")
    with Server(folder, BASE_URL="https://live.example.org") as server:
        yield server
        assert "Traceback" not in server.said()


@pytest.fixture(scope="module", params=[caddy, varnish], ids=["caddy", "varnish"])
async def site(
    request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    command = request.param(folder, port, server.port)
    editor = Editor(server.url, add_token(server.env, "admin"))
    with running(command, folder) as proxy:
        site = Site(port, editor)

        def answers() -> bool:
            assert proxy.child.poll() is None, proxy.said()
            try:
                return site.get("/livez")[0] == 200
            except OSError:
                return False

        await until(answers)
        yield site
    editor.close()


async def test_a_page_passes_and_a_purge_is_seen_within_two_seconds(site: Site) -> None:
    slug = site.editor.story()
    entry = site.editor.post(slug, "A secret word: xyzzy.")["id"]
    paths = [f"/stories/{slug}{more}" for more in ("", "/embed", "/feed.atom", f"/entries/{entry}")]
    for _ in range(2):
        assert all("xyzzy" in site.get(path)[1] for path in paths)
    site.editor.remove(slug, entry, purge=True)
    await asyncio.sleep(2)
    assert [path for path in paths if "xyzzy" in site.get(path)[1]] == []


async def test_an_event_passes_through_a_socket(site: Site) -> None:
    slug = site.editor.story()
    async with connect(f"ws://127.0.0.1:{site.port}/stories/{slug}/live", proxy=None) as reader:
        assert json.loads(await reader.recv())["type"] == "hello"
        made = site.editor.post(slug, "Through the proxy.")
        event = {"type": ""}
        while event["type"] != "event":
            event = json.loads(await asyncio.wait_for(reader.recv(), PATIENCE))
        assert event["seq"] == made["seq"]


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics?x", "/metrics/", "/%6detrics", "//metrics", "/x/../metrics"]
)
async def test_metrics_are_for_this_machine_however_they_are_spelt(site: Site, path: str) -> None:
    status, text = site.get(path)
    assert status >= 300
    assert "liveblog_" not in text


async def test_the_desk_and_the_api_pass_and_are_kept_nowhere(site: Site) -> None:
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{site.port}", verify=NO_TLS, trust_env=False, timeout=PATIENCE
    ) as client:
        token = {"Authorization": site.editor.http.headers["Authorization"]}
        for _ in range(2):
            assert client.get("/desk").status_code == 303
            mine = client.get("/api/media/none", headers=token)
            assert (mine.status_code, mine.headers["cache-control"]) == (404, "no-store")
            assert client.get("/api/media/none").status_code == 401
