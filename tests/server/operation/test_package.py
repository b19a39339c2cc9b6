"""The wheel carries all that a server needs: installed elsewhere, it serves a page."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx2
from paths import ROOT
from processes import NO_TLS, PATIENCE, Process, environment, free_port

import liveblog
from liveblog.resources import folder


def pip(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment() | {"PYTHONWARNINGS": "", "PIP_NO_INDEX": "1"},
    )
    assert done.returncode == 0, done.stderr


def test_a_wheel_installed_elsewhere_serves_a_page(tmp_path: Path) -> None:
    made, installed = tmp_path / "wheel", tmp_path / "installed"
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(made), str(ROOT))
    (wheel,) = made.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == everything()
    licences = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("/LICENSE")]
    assert len(licences) == 1
    pip("install", "--no-deps", "--no-compile", "--target", str(installed), str(wheel))
    work = tmp_path / "work"
    work.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    # The target comes before the checkout, and the working folder is neither.
    env = environment(LIVEBLOG_DATA="data", PORT=str(port), PYTHONPATH=str(installed))
    command = [sys.executable, str(installed / "bin" / "liveblog")]
    where = "import liveblog; print(liveblog.__file__)"
    for words, says in (
        ([sys.executable, "-c", where], str(installed / "liveblog" / "__init__.py")),
        ([*command, "--version"], liveblog.__version__),
        ([*command, "story", "add", "elsewhere", "--title", "X"], f"{url}/stories/elsewhere"),
        ([*command, "post", "elsewhere", "It **works**."], f"{url}/stories/elsewhere/entries/"),
    ):
        done = subprocess.run(
            words, env=env, cwd=work, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(says)
    with (
        Process([*command, "serve"], env, tmp_path / "log", cwd=work) as server,
        httpx2.Client(base_url=url, verify=NO_TLS, trust_env=False, timeout=PATIENCE) as client,
    ):
        page = first_answer(client, server)
        assert "<strong>works</strong>" in page
        for asset in ("reader/story.js", "liveblog.css"):
            address = next(part for part in page.split('"') if part.endswith(asset))
            assert client.get(address).status_code == 200
        assert client.get("/embed.js").status_code == 200
    assert (work / "data" / "liveblog.sqlite3").is_file()


def everything() -> set[str]:
    """What the wheel must hold: code and migrations, demo data, templates, static files."""
    expected = {f"liveblog/{name}" for name in files(Path(liveblog.__file__).parent)}
    for name in ("templates", "static"):
        expected |= {f"liveblog/{name}/{file}" for file in files(folder(name))}
    assert expected >= {
        "liveblog/templates/_entry.html",
        "liveblog/static/reader/live-blog.js",
        "liveblog/static/reader/story.min.js",
        "liveblog/static/embed/element.min.js",
        "liveblog/static/embed/widget.min.js",
        "liveblog/static/desk/editor.min.js",
        "liveblog/store/migrations/versions/0001_first_schema.py",
        "liveblog/demo/kharkiv.jsonl",
    }
    return expected


def files(root: Path) -> list[Path]:
    found = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    return [path for path in found if "__pycache__" not in path.parts]


def first_answer(client: httpx2.Client, server: Process) -> str:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer = client.get("/stories/elsewhere")
        except httpx2.TransportError:
            assert server.child.poll() is None, server.said()
            assert time.monotonic() < deadline, server.said()
            time.sleep(0.05)
        else:
            assert answer.status_code == 200
            return answer.text
