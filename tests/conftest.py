from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Visitor, chromium, visitor
from cards import keep_card
from chats import SLACK_SECRET
from commands import run
from desk_client import Editor, add_token, add_user
from desk_forms import Desk
from hypothesis import HealthCheck, settings
from outside import Outside
from outside_server import Elsewhere, OutsideServer, outside_server
from playwright.async_api import Browser
from processes import OrdinaryServer, Postgres, Redis, Server, environment, free_port
from wordpress import MariaDB, WordPress

from liveblog.store import Store, schema

pytest_plugins = ["tiers"]

NewDatabase = Callable[[], dict[str, Any]]

# Of both servers on one database: either may be the one that tells a webhook.
SHARED: dict[str, Any] = {
    "LIVEBLOG_SLACK_SIGNING_SECRET": SLACK_SECRET,
    "LIVEBLOG_WEBHOOK_NETWORKS": "127.0.0.0/8",
}

# That a busy machine takes long is no failure.
settings.register_profile(
    "busy", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy")


def pytest_xdist_auto_num_workers() -> int:
    """More than there are cores: half of the time, tests wait for servers and their limits."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """The settings of a new database for a server: none for SQLite in its own folder.

    With `LIVEBLOG_TEST_DATABASE=postgresql` in the environment, a database of PostgreSQL.
    """
    if os.environ.get("LIVEBLOG_TEST_DATABASE", "sqlite") == "sqlite":
        return dict

    def made() -> dict[str, Any]:
        url = request.getfixturevalue("postgres").database(f"tests_{secrets.token_hex(4)}")
        settings: dict[str, Any] = {"DATABASE_URL": url, "SECRET_KEY": secrets.token_hex(16)}
        done = run("migrate", env=environment(**settings))
        assert done.returncode == 0, done.stderr
        return settings

    return made


@pytest.fixture(scope="session")
def shared_settings(new_database: NewDatabase) -> dict[str, Any]:
    """The settings of the shared server, and of others on its database."""
    return SHARED | new_database()


@pytest.fixture(scope="session")
def shared_server(
    tmp_path_factory: pytest.TempPathFactory, shared_settings: dict[str, Any]
) -> Iterator[Server]:
    """One server for all tests that need no server of their own: each opens its own stories. It has a card
    with a picture (`cards.py`)."""
    with Server(tmp_path_factory.mktemp("shared"), **shared_settings) as server:
        keep_card(server)
        yield server
        assert "Traceback" not in server.said(), "an answer was a 500"


@pytest.fixture(scope="session")
def addressed_server(
    tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase
) -> Iterator[Server]:
    """A server that knows its address: its pages have all that must be absolute."""
    port = free_port()
    settings = {"BASE_URL": f"http://127.0.0.1:{port}"} | new_database()
    with Server(tmp_path_factory.mktemp("addressed"), port=port, **settings) as server:
        yield server
        assert "Traceback" not in server.said(), "an answer was a 500"


@pytest.fixture(scope="session")
def addressed_token(addressed_server: Server) -> str:
    return add_token(addressed_server.env)


@pytest.fixture
def addressed(addressed_server: Server, addressed_token: str) -> Iterator[Editor]:
    """An editor of that server."""
    client = Editor(addressed_server.url, addressed_token)
    yield client
    client.close()


@pytest.fixture(scope="session")
def ordinary_server(shared_server: Server, shared_settings: dict[str, Any]) -> Iterator[Server]:
    """Beside the shared one, on its database and its Redis."""
    with OrdinaryServer(shared_server.folder, **shared_settings) as server:
        yield server


@pytest.fixture(params=["direct", "ordinary"])
def live_server(request: pytest.FixtureRequest) -> Server:
    """Both ways to a reader: by our protocol class, and by ordinary ASGI sends."""
    name = {"direct": "shared_server", "ordinary": "ordinary_server"}[request.param]
    server: Server = request.getfixturevalue(name)
    return server


@pytest.fixture(scope="session")
def shared_token(shared_server: Server) -> str:
    return add_token(shared_server.env)


@pytest.fixture
def editor(shared_server: Server, shared_token: str) -> Iterator[Editor]:
    client = Editor(shared_server.url, shared_token)
    yield client
    client.close()


@pytest.fixture(scope="session")
def contributor_token(shared_server: Server) -> str:
    return add_token(shared_server.env, "contributor")


@pytest.fixture
def contributor(shared_server: Server, contributor_token: str) -> Iterator[Editor]:
    """Somebody who may write and submit, and nothing else."""
    client = Editor(shared_server.url, contributor_token)
    yield client
    client.close()


@pytest.fixture(scope="session")
def editor_email(shared_server: Server) -> str:
    add_user(shared_server.env, "editor@example.org", "editor")
    return "editor@example.org"


@pytest.fixture(scope="session")
def contributor_email(shared_server: Server) -> str:
    add_user(shared_server.env, "contributor@example.org", "contributor")
    return "contributor@example.org"


@pytest.fixture
def desk(shared_server: Server, editor_email: str) -> Iterator[Desk]:
    """An editor who has signed in at the desk."""
    browser = Desk(shared_server.url)
    assert browser.sign_in(editor_email).status_code == 303
    yield browser
    browser.close()


@pytest.fixture
def contributors_desk(shared_server: Server, contributor_email: str) -> Iterator[Desk]:
    browser = Desk(shared_server.url)
    assert browser.sign_in(contributor_email).status_code == 303
    yield browser
    browser.close()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with Redis(tmp_path / "redis") as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def wordpress_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    """A WordPress with the plugin; at the end, nothing of it may have warned."""
    with (
        MariaDB() as database,
        WordPress(tmp_path_factory.mktemp("wordpress") / "wp", database) as site,
    ):
        yield site
        assert site.troubles() == ""


@pytest.fixture
def wordpress(wordpress_site: WordPress, addressed_server: Server) -> WordPress:
    """That site, which follows the server, and has no copy of it yet."""
    wordpress_site.follow(addressed_server.url)
    return wordpress_site


@pytest.fixture(scope="session")
def postgres_server(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server on PostgreSQL, for all tests that need one."""
    url, folder = postgres.database("shared"), tmp_path_factory.mktemp("postgres")
    key = secrets.token_hex(16)
    done = run("migrate", env=environment(DATABASE_URL=url, SECRET_KEY=key))
    assert done.returncode == 0, done.stderr
    inside = "127.0.0.0/8"
    with Server(
        folder, DATABASE_URL=url, SECRET_KEY=key, LIVEBLOG_WEBHOOK_NETWORKS=inside
    ) as server:
        yield server
        said = server.said()
        assert "Traceback" not in said, "an answer was a 500"
        assert "unavailable" not in said, "an answer was a 503"


@pytest.fixture(scope="session")
def postgres_token(postgres_server: Server) -> str:
    return add_token(postgres_server.env)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A database that no server uses."""
    made = Store(f"sqlite:///{tmp_path / 'liveblog.sqlite3'}")
    await schema.migrate(made.database)
    yield made
    await made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def either_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A database that no server uses, of both kinds."""
    url = f"sqlite:///{tmp_path / 'liveblog.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").database(f"store_{secrets.token_hex(4)}")
    made = Store(url)
    await schema.migrate(made.database)
    yield made
    await made.close()


@pytest.fixture
def base_url() -> str:
    """The `BASE_URL` of a pair; a test may set another."""
    return ""


@pytest.fixture
def pair(
    tmp_path: Path, redis: Redis, base_url: str, new_database: NewDatabase
) -> Iterator[tuple[Server, Server]]:
    """Two servers on one Redis and one database, as on two machines."""
    settings: dict[str, Any] = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}",
        "SECRET_KEY": secrets.token_hex(16),
    } | new_database()

    def start(name: str) -> Server:
        return Server(tmp_path / name, REDIS_URL=redis.url, BASE_URL=base_url, **settings)

    with start("a") as a, start("b") as b:
        yield a, b


@pytest.fixture(scope="module")
def elsewhere(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Elsewhere]:
    """The hosts outside that a module names (`HOSTS`), here."""
    with outside_server(tmp_path_factory.mktemp("elsewhere"), *request.module.HOSTS) as running:
        yield running


@pytest.fixture(scope="module")
def server(elsewhere: Elsewhere) -> Iterator[OutsideServer]:
    """A server for whom these hosts are the outside."""
    with elsewhere.server() as running:
        yield running
        assert "Traceback" not in running.said()


@pytest.fixture(scope="module")
def token(server: OutsideServer) -> str:
    return add_token(server.env)


@pytest.fixture
def outside(elsewhere: Elsewhere) -> Outside:
    """The hosts, which say nothing yet."""
    elsewhere.outside.says.clear()
    elsewhere.outside.asked.clear()
    elsewhere.outside.leads.clear()
    return elsewhere.outside


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture
async def reader(browser: Browser) -> AsyncIterator[Visitor]:
    """Somebody who reads, in a browser that was never anywhere."""
    async with visitor(browser) as somebody:
        yield somebody
