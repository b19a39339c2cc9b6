"""The programs of docs/client.md, run as they are printed: each hears of every event once and in order."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from desk_client import Editor
from paths import ROOT
from processes import Process, Server, environment, until

pytestmark = pytest.mark.anyio

EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
EXAMPLES = dict(EXAMPLE.findall((ROOT / "docs/client.md").read_text()))
RUN = {
    "follow.mjs": ["node"],
    "follow.py": [sys.executable],
    "follow.sh": ["sh"],
}
SOCKETS = "--experimental-websocket"  # Node 18 has none, so the client polls there; Node 22 needs no option
OPTIONS = [SOCKETS] if os.system(f"node {SOCKETS} -e '' 2>/dev/null") == 0 else []


def test_every_example_is_run() -> None:
    assert EXAMPLES.keys() == RUN.keys()


@pytest.mark.parametrize(
    ("name", "options"),
    [*((name, "") for name in RUN), *(("follow.mjs", option) for option in OPTIONS)],
)
async def test_an_example_follows_a_story(
    name: str, options: str, shared_server: Server, editor: Editor, tmp_path: Path
) -> None:
    program = RUN[name]
    assert shutil.which(program[0]), f"{program[0]} is missing: make test installs it"
    (tmp_path / name).write_text(EXAMPLES[name])
    (tmp_path / "client.mjs").write_text(editor.http.get("/client.js").text)
    slug = editor.story()
    first = editor.post(slug, "Before")["id"]
    env = environment(NODE_OPTIONS=options)
    command = [*program, str(tmp_path / name), f"{shared_server.url}/stories/{slug}"]
    with Process(command, env, tmp_path / "output", tmp_path) as running:
        await until(lambda: f"1 entry.published {first}" in running.said())
        second = editor.post(slug, "After")["id"]
        editor.edit(slug, first, body="Changed")
        editor.remove(slug, second)
        await until(lambda: "4 entry.removed" in running.said())
        said = [line for line in running.said().splitlines() if "entry." in line]
    assert said == [
        f"1 entry.published {first}",
        f"2 entry.published {second}",
        f"3 entry.updated {first}",
        f"4 entry.removed {second}",
    ]
