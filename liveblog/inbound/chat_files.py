"""Files of chats, fetched by the token of a bot: from the chats' own hosts alone, and by no redirect.

The token is in what is asked (in a header at Slack, in the path at Telegram), so neither is ever logged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic_core import from_json

from liveblog.errors import NotFetched, NotFound, TooLarge, Unsafe, Unsupported
from liveblog.inbound.files import DELETED, ELSEWHERE, MB, MOST_MB, too_large
from liveblog.models.integrations import InletKind
from liveblog.net.safe_fetch import Answer, SafeFetcher, target

TELEGRAM = "api.telegram.org"
SLACK, SLACK_FILES = "slack.com", "files.slack.com"
# Of a bot (https://core.telegram.org/bots/api#authorizing-your-bot), of an app (https://docs.slack.dev/authentication/tokens).
TOKENS = {
    "telegram": (re.compile(r"\d{1,20}:[A-Za-z0-9_-]{20,100}"), "123456:ABC-DEF1234ghIkl-zyx57W2v1u"),
    "slack": (re.compile(r"xox[a-z]-[A-Za-z0-9-]{10,300}"), "xoxb-…"),
}  # fmt: skip
ANSWER_BYTES = 256 * 1024
ANSWER_SECONDS = 10.0
FILE_SECONDS = 90.0
GONE = frozenset({"file_not_found", "file_deleted"})


class ChatFiles:
    def __init__(self, fetcher: SafeFetcher) -> None:
        self._fetcher = fetcher

    async def fetch(self, kind: InletKind, token: str, file: str) -> bytes:
        """The file that a chat knows by this id. Raises `NotFetched` where another try may help; `Unsafe`,
        `NotFound`, `TooLarge`, `Unsupported` where none does."""
        if kind == "telegram":
            return await self._from_telegram(token, file)
        return await self._from_slack(token, file)

    async def _from_telegram(self, token: str, file: str) -> bytes:
        """By https://core.telegram.org/bots/api#getfile."""
        bot = f"https://{TELEGRAM}/bot{token}/getFile?file_id={quote(file, safe='')}"
        said = await self._ask(bot, {})
        if said.get("ok") is not True:
            reason = str(said.get("description", ""))[:200]
            if "file is too big" in reason:
                raise TooLarge("", {"file": too_large("telegram")})
            raise NotFetched(f"Telegram says {reason!r}")
        path = str(_part(said, "result").get("file_path", ""))
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_./-]{0,300}", path) or ".." in path:
            raise Unsafe("Telegram names a file as none is named")
        at = f"https://{TELEGRAM}/file/bot{token}/{path}"
        return await self._file(at, {}, MOST_MB["telegram"], TELEGRAM)

    async def _from_slack(self, token: str, file: str) -> bytes:
        """By https://docs.slack.dev/reference/methods/files.info, which needs the scope files:read."""
        bearer = {"Authorization": f"Bearer {token}"}
        said = await self._ask(
            f"https://{SLACK}/api/files.info?file={quote(file, safe='')}", bearer
        )
        if said.get("ok") is not True:
            reason = re.sub(r"[^a-z_]", "", str(said.get("error", "")))[:100]
            if reason in GONE:
                raise NotFound(DELETED, {"file": DELETED})
            raise NotFetched(f"Slack says {reason!r}")
        about = _part(said, "file")
        if about.get("mode") == "tombstone":
            raise NotFound(DELETED, {"file": DELETED})
        if about.get("is_external") is True:
            raise Unsupported({"file": ELSEWHERE})
        size = about.get("size")
        if isinstance(size, int) and size > MOST_MB["slack"] * MB:
            raise TooLarge("", {"file": too_large("slack")})
        url = str(about.get("url_private_download") or about.get("url_private") or "")
        return await self._file(url, bearer, MOST_MB["slack"], SLACK_FILES)

    async def _ask(self, url: str, headers: Mapping[str, str]) -> Mapping[str, Any]:
        answer = await self._fetcher.fetch(
            url,
            allow={TELEGRAM, SLACK}.__contains__,
            headers=headers,
            redirects=0,
            most=ANSWER_BYTES,
            seconds=ANSWER_SECONDS,
        )
        try:
            said = from_json(answer.body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise NotFetched(f"{target(url).host} answers {answer.status}, without saying why")
        return said

    async def _file(self, url: str, headers: Mapping[str, str], most_mb: int, host: str) -> bytes:
        answer = await self._fetcher.fetch(
            url,
            allow={host}.__contains__,
            headers=headers,
            redirects=0,
            most=most_mb * MB,
            seconds=FILE_SECONDS,
        )
        if answer.status != 200 or _is_page(answer):
            raise NotFetched(f"{host} answers {answer.status}, without the file")
        return answer.body


def _is_page(answer: Answer) -> bool:
    """Slack shows its sign-in where a token may not read files."""
    return answer.headers.get("content-type", "").startswith("text/html")


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}
