"""Static files as they are served: minified, compressed once, and under the version of their contents.

The version is one for all files: relative imports between modules stay within it.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import NamedTuple

import rcssmin
import rjsmin

MINIFIERS = {".js": rjsmin.jsmin, ".css": rcssmin.cssmin}
COMPRESSIBLE = {".js", ".css", ".svg"}


class Asset(NamedTuple):
    """A file's bytes, plain and in gzip (RFC 1952) where that is shorter, and its media type."""

    content: bytes
    gzipped: bytes | None
    media_type: str


THEME = "theme.css"


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
                content = path.read_bytes()
                digest.update(name.encode() + b"\0" + content)
                self.files[name] = _prepared(Path(name).suffix, content, name)
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        return f"/static/{self.version}/{name}"


def _prepared(suffix: str, content: bytes, name: str) -> Asset:
    if suffix in MINIFIERS:
        content = MINIFIERS[suffix](content.decode()).encode()
    gzipped = gzip.compress(content, 9, mtime=0) if suffix in COMPRESSIBLE else None
    kind = "text/javascript" if suffix == ".js" else mimetypes.guess_type(name)[0]
    return Asset(content, gzipped, kind or "application/octet-stream")
