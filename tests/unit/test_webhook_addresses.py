"""The address of a webhook is public when it is added and when it is called."""

from __future__ import annotations

import pytest

from liveblog.errors import NotFetched, Unsafe
from liveblog.net.safe_fetch import SafeFetcher
from liveblog.webhooks.receivers import Receivers


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://user:pass@example.org/",
        "https://example.org:22/",
        "http://example.org/",
        "file:///etc/passwd",
        "https://2130706433/",
    ],
)
async def test_a_private_address_is_refused_when_it_is_added_and_when_it_is_called(
    url: str,
) -> None:
    receivers = Receivers("10.1.0.0/16", SafeFetcher())
    with pytest.raises(NotFetched):
        await receivers.check(url)
    with pytest.raises(NotFetched):
        await receivers.post(url, b"{}", {})


async def test_a_name_that_leads_elsewhere_later_is_refused_then() -> None:
    leads = {"intern.example.org": ["10.1.2.3"], "mixed.example.org": ["10.1.2.3", "127.0.0.1"]}

    async def resolve(host: str) -> list[str]:
        return leads[host]

    receivers = Receivers("10.1.0.0/16", SafeFetcher(resolve), resolve)
    await receivers.check("http://intern.example.org/hook")
    with pytest.raises(Unsafe):
        await receivers.check("https://mixed.example.org/hook")
    leads["intern.example.org"] = ["127.0.0.1"]
    with pytest.raises(Unsafe):
        await receivers.post("https://intern.example.org/hook", b"{}", {})
