"""Builds the desk's rich text editor into the wheel, where npm is; without it the desk has its plain text field."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent
SOURCES = HERE / "editor"
BUILT = HERE / "static" / "desk" / "editor.min.js"


class EditorHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before a wheel is made; `version` is "editable" for one that only points here."""
        del build_data
        if version == "editable" or _is_current():
            return
        npm, node = shutil.which("npm"), shutil.which("node")
        if npm is None or node is None:
            self.app.display_warning("npm is not here: the wheel goes without the rich text editor")
            return
        subprocess.run(
            [npm, "ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"],
            cwd=SOURCES,
            check=True,
        )
        subprocess.run([node, "build.js"], cwd=SOURCES, check=True)


def _is_current() -> bool:
    sources = [*SOURCES.glob("*.js"), SOURCES / "package-lock.json"]
    newest = max(path.stat().st_mtime for path in sources)
    return BUILT.exists() and BUILT.stat().st_mtime >= newest
