"""Static files, minified once, at addresses that hold a version; compressed once in each coding that readers ask for.

The version is a hash of the contents of all files. It is the same for all of them, so relative imports between
modules keep working. The readers' scripts are served as bundles if npm has made them, and otherwise as modules, each
preloaded.
"""

from __future__ import annotations

import hashlib
import mimetypes
import posixpath
import re
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import rcssmin
import rjsmin

from liveblog.content.encodings import Encoded
from liveblog.content.shadow_styles import in_shadow

MINIFIERS = {".js": rjsmin.jsmin, ".css": rcssmin.cssmin}
COMPRESSIBLE = {".js", ".css", ".svg"}
# Folders of the scripts of readers' pages. `editor/build-reader.js` hashes them in the same way.
READERS = ("embed/", "reader/")
BUNDLE = ".min.js"
SOURCES = b"//# sources "  # begins the last line of a bundle, which holds the hash of its modules
IMPORT = re.compile(r'^import (?:.* from )?"(\.[^"]+)";$', re.MULTILINE)


class Asset(NamedTuple):
    """A file: its bytes, the same compressed if the format compresses well, and its media type."""

    content: bytes
    encoded: Encoded | None
    media_type: str


THEME = "theme.css"
LOGO = "logo.png"
PAGES = "liveblog.css"
ELEMENT = "embed/element.css"  # served after the stylesheets of the pages
EDITOR = "desk/editor.min.js"  # missing if the build had no npm


class Assets:
    """All files below a folder, read once, and the publisher's stylesheet and logo if there are any.

    `files` holds them by their path below the folder.
    """

    def __init__(
        self, root: Path, stylesheet: Path | None = None, logo: Path | None = None
    ) -> None:
        self.files: dict[str, Asset] = {}
        self._preloads: dict[str, tuple[str, ...]] = {}
        paths = {path.relative_to(root).as_posix(): path for path in root.rglob("*")}
        if stylesheet is not None:
            paths[THEME] = stylesheet
        if logo is not None:
            paths[LOGO] = logo
        contents = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
        bundles = _take_bundles(contents)
        if ELEMENT in contents:
            pages = [contents[name].decode() for name in (PAGES, THEME) if name in contents]
            own = contents[ELEMENT].decode()
            contents[ELEMENT] = "\n".join([*map(in_shadow, pages), own]).encode()
        # Its one thread starts with the first work, and leaves the other threads to pages.
        executor = ThreadPoolExecutor(1, "static-files")
        digest = hashlib.sha256()
        for name, content in sorted(contents.items()):
            if name in bundles:
                self.files[name] = _prepared(".js", bundles[name], name, executor, minified=True)
            else:
                self.files[name] = _prepared(Path(name).suffix, content, name, executor)
                self._preloads[name] = _imported(name, contents) if name.endswith(".js") else ()
            digest.update(name.encode() + b"\0" + self.files[name].content)
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address path of a file, with the version."""
        return f"/static/{self.version}/{name}"

    def whole(self, name: str) -> bool:
        """Whether a script imports nothing, so that it can be served at any address."""
        return not self._preloads.get(name)

    def preloads(self, name: str) -> list[str]:
        """The addresses of the modules that a script imports. A bundle imports none."""
        return [self.url(one) for one in self._preloads.get(name, ())]


def _take_bundles(contents: dict[str, bytes]) -> dict[str, bytes]:
    """Removes the readers' bundles from `contents`. Returns those that were made of the present modules, by the name of
    their entry module."""
    made = {name: contents.pop(name) for name in list(contents) if _is_bundle(name)}
    digest = hashlib.sha256()
    for name in sorted(name for name in contents if name.startswith(READERS)):
        if name.endswith(".js"):
            digest.update(name.encode() + b"\0" + contents[name] + b"\0")
    expected = digest.hexdigest().encode()
    bundles = {}
    for name, bundle in made.items():
        code, _, sources = bundle.rpartition(SOURCES)
        if sources.strip() == expected:
            bundles[name.removesuffix(BUNDLE) + ".js"] = code
    return bundles


def _is_bundle(name: str) -> bool:
    return name.startswith(READERS) and name.endswith(BUNDLE)


def _imported(name: str, contents: dict[str, bytes]) -> tuple[str, ...]:
    """The modules that a module imports, directly or through others. An import that is written in another form than
    `IMPORT` is not preloaded; the browser loads it later."""
    found: dict[str, None] = {}
    unread = [name]
    for one in unread:
        for path in IMPORT.findall(contents[one].decode()):
            module = posixpath.normpath(posixpath.join(posixpath.dirname(one), path))
            if module in contents and module not in found:
                found[module] = None
                unread.append(module)
    return tuple(found)


def _prepared(
    suffix: str, content: bytes, name: str, executor: Executor, *, minified: bool = False
) -> Asset:
    if suffix in MINIFIERS and not minified and not name.endswith(".min.js"):
        content = MINIFIERS[suffix](content.decode()).encode()
    encoded = Encoded(content, executor) if suffix in COMPRESSIBLE else None
    kind = "text/javascript" if suffix == ".js" else mimetypes.guess_type(name)[0]
    return Asset(content, encoded, kind or "application/octet-stream")
