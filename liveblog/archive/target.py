"""Where an archive is written: a folder, a zip file, or a bucket of an S3-compatible store.

A folder and a zip file are written beside their place and moved there at the end, so they are whole or not there.
What an archive holds is public, so everybody on the machine may read its files.
"""

from __future__ import annotations

import io
import mimetypes
import secrets
import shutil
import zipfile
from pathlib import Path
from typing import Protocol

from liveblog.archive.document import NAME
from liveblog.errors import Conflict, SettingsError, Unwritable
from liveblog.settings import Settings

PACKED = frozenset({".html", ".css", ".json", ".svg"})  # what becomes smaller in a zip file
MOMENT = (1980, 1, 1, 0, 0, 0)  # of each file in a zip: the same story gives the same bytes


class Target(Protocol):
    """Takes the files of an archive by their names."""

    async def begin(self) -> None:
        """Raises `Conflict` if something is there already, and `Unwritable`."""

    async def put(self, name: str, content: bytes) -> None:
        """Raises `Unwritable`, `Unavailable`."""

    async def finish(self) -> None:
        """Puts the archive in its place, in the place of an earlier one."""

    async def give_up(self) -> None:
        """Takes away what was written."""


def target(settings: Settings, name: str, *, replace: bool) -> Target:
    """The target of that name: `s3://BUCKET/PREFIX`, a name that ends with `.zip`, or else a folder.

    With `replace`, an earlier archive there is replaced. Raises `Conflict`.
    """
    if name.startswith("s3://"):
        return _InBucket(settings, name, replace=replace)
    path = Path(name)
    if path.name in {"", ".."}:  # such as ".", which has no place beside it
        path = path.resolve()
    return (_Zip if path.suffix.lower() == ".zip" else _Folder)(path, replace=replace)


class _Place:
    def __init__(self, path: Path, *, replace: bool) -> None:
        self.path = path
        self.replace = replace
        self.part = path.with_name(f".{path.name or 'archive'}.{secrets.token_hex(4)}")

    def refuse(self, what: str) -> Conflict:
        return Conflict(f"TARGET: {str(self.path)!r} {what}")


class _Folder(_Place):
    async def begin(self) -> None:
        if self.path.is_symlink() or (self.path.exists() and not self.path.is_dir()):
            raise self.refuse("is there and is no folder")
        if self.path.is_dir() and any(self.path.iterdir()):
            if not self.replace:
                raise self.refuse("is not empty; --replace replaces an earlier export")
            if not (self.path / NAME).is_file():
                raise self.refuse(f"holds no earlier export (no {NAME}), so it is not replaced")
        self.part = self.path.resolve().with_name(self.part.name)
        with _writing(self.path):
            self.part.parent.mkdir(parents=True, exist_ok=True)
            self.part.mkdir()
            self.part.chmod(0o755)

    async def put(self, name: str, content: bytes) -> None:
        path = self.part / name
        with _writing(self.path):
            for parent in reversed(path.relative_to(self.part).parents[:-1]):
                folder = self.part / parent
                if not folder.is_dir():
                    folder.mkdir()
                    folder.chmod(0o755)
            path.write_bytes(content)
            path.chmod(0o644)

    async def finish(self) -> None:
        with _writing(self.path):
            old = self.part.with_name(f"{self.part.name}.old")
            earlier = self.path.exists()
            if earlier:
                self.path.rename(old)
            try:
                self.part.rename(self.path)
            except OSError:
                if earlier:
                    old.rename(self.path)
                raise
            shutil.rmtree(old, ignore_errors=True)

    async def give_up(self) -> None:
        shutil.rmtree(self.part, ignore_errors=True)


class _Zip(_Place):
    async def begin(self) -> None:
        if self.path.is_dir():
            raise self.refuse("is a folder")
        if self.path.exists() and not self.replace:
            raise self.refuse("is there already; --replace replaces it")
        if self.path.exists() and not _is_archive(self.path):
            raise self.refuse(f"holds no earlier export (no {NAME}), so it is not replaced")
        with _writing(self.path):
            self.part.parent.mkdir(parents=True, exist_ok=True)
            self._zip = zipfile.ZipFile(self.part, "x")

    async def put(self, name: str, content: bytes) -> None:
        info = zipfile.ZipInfo(name, MOMENT)
        info.external_attr = 0o100644 << 16
        packed = Path(name).suffix in PACKED
        with _writing(self.path):
            kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            self._zip.writestr(info, content, kind)

    async def finish(self) -> None:
        with _writing(self.path):
            self._zip.close()
            self.part.chmod(0o644)
            self.part.replace(self.path)

    async def give_up(self) -> None:
        self._zip.close()
        self.part.unlink(missing_ok=True)


class _InBucket:
    def __init__(self, settings: Settings, address: str, *, replace: bool) -> None:
        key, secret = settings.media_key, settings.media_secret
        try:
            from liveblog.store.media.bucket import Bucket  # needs the extra `s3`

            self._bucket = Bucket(address, (key, secret) if key else None)
        except SettingsError as error:
            raise Conflict(f"TARGET: {str(error).removeprefix('LIVEBLOG_MEDIA: ')}") from None
        except ImportError:
            raise Conflict(
                "TARGET: a bucket needs the extra s3: pip install liveblog[s3]"
            ) from None
        self._address, self._replace = address.partition("?")[0], replace
        self._before: set[str] = set()
        self._now: set[str] = set()

    async def begin(self) -> None:
        self._before = set(await self._bucket.names())
        self._now = set()  # what an earlier try wrote over files of before is among those of before
        if self._before and not self._replace:
            raise Conflict(f"TARGET: {self._address!r} is not empty; --replace replaces an export")
        if self._before and NAME not in self._before:
            message = f"holds no earlier export (no {NAME}), so it is not replaced"
            raise Conflict(f"TARGET: {self._address!r} {message}")

    async def put(self, name: str, content: bytes) -> None:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        self._now.add(name)
        await self._bucket.put(name, io.BytesIO(content), media_type=kind)

    async def finish(self) -> None:
        await self._bucket.remove(sorted(self._before - self._now))

    async def give_up(self) -> None:
        await self._bucket.remove(sorted(self._now - self._before))


class _writing:  # noqa: N801 - used as a statement
    """Says `OSError` as `Unwritable`, which names the target."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            message = f"TARGET: {str(self._path)!r} cannot be written ({error.strerror})"
            raise Unwritable(message) from None


def _is_archive(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as there:
            return NAME in there.namelist()
    except (zipfile.BadZipFile, OSError):
        return False
