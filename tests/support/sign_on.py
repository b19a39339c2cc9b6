"""Sign-on by OpenID Connect: a provider, a server that knows it, and somebody whom it knows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from desk_forms import Desk
from processes import Server, free_port
from provider import CLIENT, SECRET, Provider, provider


@pytest.fixture(scope="module")
def service() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, service: Provider) -> Iterator[Server]:
    port = free_port()
    with Server(
        tmp_path_factory.mktemp("oidc"),
        port=port,
        BASE_URL=f"http://127.0.0.1:{port}",
        LIVEBLOG_OIDC_ISSUER=service.url,
        LIVEBLOG_OIDC_CLIENT_ID=CLIENT,
        LIVEBLOG_OIDC_CLIENT_SECRET=SECRET,
    ) as running:
        yield running
        assert "Traceback" not in running.said()


@pytest.fixture
def somebody(server: Server, service: Provider) -> Iterator[Desk]:
    """In a browser of their own, whom the provider knows by an address of their own."""
    name = secrets.token_hex(4)
    service.spoil, service.key = {}, service.published
    service.claims = {
        "sub": name,
        "email": f"{name}@example.org",
        "email_verified": True,
        "name": f"Ann {name}",
    }
    browser = Desk(server.url)
    yield browser
    browser.close()
