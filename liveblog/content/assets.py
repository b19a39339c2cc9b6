"""Static files as they are served: minified, compressed once, and under the version of their contents.

The version is one for all files: relative imports between modules stay within it.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from pathlib import Path
from typing import NamedTuple

import rcssmin
import rjsmin

MINIFIERS = {".js": rjsmin.jsmin, ".css": rcssmin.cssmin}
COMPRESSIBLE = {".js", ".css", ".svg"}
# Modules that are served with all that they import: one request instead of a chain of them, and what
# they have in common is compressed once.
WHOLE = {"reader/live-blog.js"}
IMPORT = re.compile(r'^import (\{[\w, ]+\}) from "\./([\w-]+\.js)";$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)


class Asset(NamedTuple):
    """A file's bytes, plain and in gzip (RFC 1952) where that is shorter, and its media type."""

    content: bytes
    gzipped: bytes | None
    media_type: str


THEME = "theme.css"
EDITOR = "desk/editor.min.js"  # made by a bundler, where npm is: it may be missing


class Assets:
    """All files of a folder, read once; and a stylesheet of the publisher's, where there is one."""

    def __init__(self, root: Path, stylesheet: Path | None = None) -> None:
        self.files: dict[str, Asset] = {}
        digest = hashlib.sha256()
        paths = {path.relative_to(root).as_posix(): path for path in root.rglob("*")}
        if stylesheet is not None:
            paths[THEME] = stylesheet
        for name, path in sorted(paths.items()):
            if path.is_file():
                content = _whole(path) if name in WHOLE else path.read_bytes()
                self.files[name] = _prepared(Path(name).suffix, content, name)
                digest.update(name.encode() + b"\0" + self.files[name].content)
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        return f"/static/{self.version}/{name}"


def _whole(path: Path) -> bytes:
    """A module and, before it, each that it imports in a function of its own, which returns its exports.
    Imports stand in a line of their own and name what they take. Raises `ValueError` for others."""
    parts: dict[str, str] = {}

    def inlined(text: str) -> str:
        for _, name in IMPORT.findall(text):
            if name not in parts:
                inner = inlined(path.with_name(name).read_text())
                exports = ", ".join(name for _, name in EXPORT.findall(inner))
                inner = EXPORT.sub(r"\1", inner)
                parts[name] = (
                    f"const {_variable(name)} = (() => {{\n{inner}\nreturn {{ {exports} }};\n}})();\n"
                )
        text = IMPORT.sub(lambda found: f"const {found[1]} = {_variable(found[2])};", text)
        if re.search(r"^import\b", text, re.MULTILINE):
            raise ValueError(f"{path}: an import that cannot be put in its place")
        return text

    text = inlined(path.read_text())
    return ("".join(parts.values()) + text).encode()


def _variable(module: str) -> str:
    return module.removesuffix(".js").replace("-", "_")


def _prepared(suffix: str, content: bytes, name: str) -> Asset:
    if suffix in MINIFIERS and not name.endswith(".min.js"):
        content = MINIFIERS[suffix](content.decode()).encode()
    gzipped = gzip.compress(content, 9, mtime=0) if suffix in COMPRESSIBLE else None
    kind = "text/javascript" if suffix == ".js" else mimetypes.guess_type(name)[0]
    return Asset(content, gzipped, kind or "application/octet-stream")
