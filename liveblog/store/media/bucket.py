"""Files of media in a bucket of an S3-compatible store (obstore), which several machines can share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from liveblog.errors import SettingsError, Unavailable
from liveblog.store.media.files import MEDIUM

PART = 1024 * 1024
# Low, because a user waits: an unavailable bucket is reported in seconds, not minutes.
RETRIES = 3
LONGEST_RETRYING = timedelta(seconds=10)


class Bucket:
    """Files at `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`.

    `key` is the id and the secret of an access key; without it, the role of the machine is used.
    Raises `SettingsError`.
    """

    def __init__(self, address: str, key: tuple[str, str] | None) -> None:
        parts = urlsplit(address)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        config = {"region": given.get("region", "us-east-1")}
        if endpoint := given.get("endpoint"):
            config["endpoint"] = endpoint
        if key is not None:
            config |= {"access_key_id": key[0], "secret_access_key": key[1]}
        try:
            self._store = S3Store(
                parts.netloc,
                prefix=parts.path.strip("/") or None,
                config=config,  # type: ignore[arg-type]  # a TypedDict of the same names
                client_options={"allow_http": (endpoint or "").startswith("http:")},
                retry_config={"max_retries": RETRIES, "retry_timeout": LONGEST_RETRYING},
            )
        except BaseError as error:
            raise SettingsError(f"LIVEBLOG_MEDIA: {error}") from None

    async def put(self, name: str, content: BinaryIO, *, media_type: str = "") -> None:
        """Stores a file. With `media_type`, the bucket serves it as such."""
        kind: dict[str, str] = {"Content-Type": media_type} if media_type else {}
        try:
            with _failures():
                await obstore.put_async(self._store, name, content, attributes=kind)
        except FileNotFoundError:
            raise Unavailable("the bucket of the media is not there") from None

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        with _failures():
            while start < end:
                stop = min(end, start + PART)
                chunk = await obstore.get_range_async(self._store, name, start=start, end=stop)
                start = stop
                yield bytes(chunk)

    async def size(self, name: str) -> int | None:
        try:
            with _failures():
                return int((await obstore.head_async(self._store, name))["size"])
        except FileNotFoundError:
            return None

    async def media(self) -> list[str]:
        with _failures():
            found = await obstore.list_with_delimiter_async(self._store)
        names = (prefix.rstrip("/").rpartition("/")[2] for prefix in found["common_prefixes"])
        return sorted(name for name in names if MEDIUM.fullmatch(name))

    async def adopt(self, name: str, path: Path) -> None:
        with path.open("rb") as content:
            await self.put(name, content)
        await asyncio.to_thread(path.unlink)

    async def delete(self, medium: str) -> None:
        with _failures():
            found = await obstore.list_with_delimiter_async(self._store, f"{medium}/")
            if names := [item["path"] for item in found["objects"]]:
                await obstore.delete_async(self._store, names)

    async def names(self) -> list[str]:
        """The names of all files."""
        with _failures():
            return [one["path"] async for block in obstore.list(self._store) for one in block]

    async def remove(self, names: list[str]) -> None:
        """Deletes these files."""
        if names:
            with _failures():
                await obstore.delete_async(self._store, names)

    def writable(self) -> bool:
        """Always true: whether a bucket has room is not known before a write."""
        return True


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise FileNotFoundError from None
    except BaseError as error:
        # The message names requests and hosts, so its first line is for the log only.
        raise Unavailable(f"the bucket of the media fails: {str(error).splitlines()[0]}") from error
