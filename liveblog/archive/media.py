"""The pictures, videos and recordings of an import: from the archive, or fetched by the checked way out."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

from liveblog.archive.container import MB, Container
from liveblog.archive.incoming import IncomingMedium, Report
from liveblog.errors import NotFetched, Refused, Unavailable
from liveblog.models.content import Medium
from liveblog.models.members import User
from liveblog.net.safe_fetch import SafeFetcher
from liveblog.newsroom import media
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import UploadForm

MOST_FETCHED = 5_000  # files of an import
MOST_BYTES = 8 * 1024 * MB  # of them together
SECONDS = 120.0  # for a file

NOT_FETCHED = "pictures, videos or recordings that could not be fetched"
NOT_THERE = "pictures, videos or recordings that are not in the archive"
NOT_TAKEN = "pictures, videos or recordings of a kind or size that is not taken"


class ImportedMedia:
    """Stores the media of one import, each file once."""

    def __init__(
        self,
        newsroom: Newsroom,
        actor: User,
        container: Container,
        fetcher: SafeFetcher,
        report: Report,
        most_mb: int,
    ) -> None:
        self._newsroom, self._actor = newsroom, actor
        self._container, self._fetcher = container, fetcher
        self._report, self._most_mb = report, max(most_mb, media.PICTURE_MB)
        self._stored: dict[tuple[str, str], Medium | None] = {}
        self._fetched = self._bytes = 0

    async def stored(self, wanted: IncomingMedium, where: str) -> Medium | None:
        """The upload of a medium; None if it cannot be had, which the report then tells. `where` is the entry's id.

        Raises `Unavailable` if nothing can be stored, and `Malformed` for an archive that names files outside of it.
        """
        name = (wanted.file, wanted.address)
        if name not in self._stored:
            content = await self._content(wanted, where)
            self._stored[name] = (
                None if content is None else await self._keep(content, wanted, where)
            )
        return self._stored[name]

    async def _content(self, wanted: IncomingMedium, where: str) -> bytes | None:
        if wanted.file:
            content = self._container.read(wanted.file, self._most_mb * MB)
            if content is not None:
                return content
            if not wanted.address.startswith("http"):
                self._report.lost(NOT_THERE, f"{where}: {wanted.file}")
                return None
        return await self._fetch(wanted.address, where)

    async def _fetch(self, address: str, where: str) -> bytes | None:
        if urlsplit(address).scheme == "http":
            address = "https" + address[4:]  # the checked way out takes no other
        if self._fetched >= MOST_FETCHED or self._bytes >= MOST_BYTES:
            self._report.lost(NOT_FETCHED, f"{where}: {address}: the import has fetched enough")
            return None
        self._fetched += 1
        try:
            answer = await self._fetcher.fetch(address, most=self._most_mb * MB, seconds=SECONDS)
        except NotFetched as error:
            self._report.lost(NOT_FETCHED, f"{where}: {address}: {error}")
            return None
        if answer.status != 200:
            self._report.lost(NOT_FETCHED, f"{where}: {address}: status {answer.status}")
            return None
        self._bytes += len(answer.body)
        return answer.body

    async def _keep(self, content: bytes, wanted: IncomingMedium, where: str) -> Medium | None:
        said = UploadForm(alt=(wanted.alt or "")[:2000], credit=(wanted.credit or "")[:200])
        try:
            return await media.upload(
                self._newsroom,
                self._actor,
                io.BytesIO(content),
                said,
                most_mb=self._most_mb,
                spare=True,
            )
        except Unavailable:
            raise
        except Refused as error:
            self._report.lost(NOT_TAKEN, f"{where}: {wanted.file or wanted.address}: {error}")
            return None
