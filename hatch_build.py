"""Builds the desk's rich text editor and the readers' bundles into the wheel, if npm is there. Without npm the desk has its plain
text field, and readers get the modules."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent
SOURCES = HERE / "editor"
STATIC = HERE / "static"
READERS = [STATIC / "embed", STATIC / "reader"]
BUILT = [
    STATIC / "desk" / "editor.min.js",
    STATIC / "embed" / "element.min.js",
    STATIC / "embed" / "widget.min.js",
    STATIC / "reader" / "later" / "kept.min.js",
    STATIC / "reader" / "later" / "service-worker.min.js",
    STATIC / "reader" / "later" / "returned.min.js",
    STATIC / "reader" / "later" / "timeline.min.js",
    STATIC / "reader" / "later" / "viewer.min.js",
    STATIC / "reader" / "pictures.min.js",
    STATIC / "reader" / "story.min.js",
]


class EditorHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before a wheel is made; `version` is "editable" for one that only points here."""
        del build_data
        if version == "editable" or _is_current():
            return
        npm, node = shutil.which("npm"), shutil.which("node")
        if npm is None or node is None:
            self.app.display_warning(
                "npm is missing: the wheel has no rich text editor and no bundles"
            )
            return
        subprocess.run(
            [npm, "ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"],
            cwd=SOURCES,
            check=True,
        )
        for program in ("build.js", "build-reader.js"):
            subprocess.run([node, program], cwd=SOURCES, check=True)


def _is_current() -> bool:
    scripts = [*SOURCES.glob("*.js"), *(path for one in READERS for path in one.rglob("*.js"))]
    sources = [path for path in scripts if path not in BUILT] + [SOURCES / "package-lock.json"]
    if not all(path.exists() for path in BUILT):
        return False
    newest = max(path.stat().st_mtime for path in sources)
    return min(path.stat().st_mtime for path in BUILT) >= newest
