"""The connection URL of PostgreSQL, with libpq's parameters, in the form that its driver takes.

Source: PostgreSQL 18, chapter 32.1 (connection strings and parameter key words). asyncpg knows most
of them, and hands those that it does not know to the server as run-time settings
(`application_name`, `options`, `search_path`). This module reads the rest.
"""

from __future__ import annotations

import importlib
import re
import ssl
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from liveblog.errors import SettingsError, Unavailable

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# Ignored: they keep a connection alive, or ask for what is done anyway.
WITHOUT_EFFECT = frozenset(
    """keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout sslsni
    sslcompression gssdelegation statement_cache_size pgbouncer""".split()
)
# Parameters that the driver does not support, with the values that need no support.
NOT_THERE = {
    "channel_binding": {"disable", "prefer"},
    "gssencmode": {"disable", "prefer"},
    "load_balance_hosts": {"disable"},
    "client_encoding": {"utf8", "utf-8", "unicode", "auto"},
    "hostaddr": set[str](),
    "requirepeer": {""},
    "require_auth": {""},
    "sslcertmode": {"allow"},
    "replication": {"false", "off", "no", "0"},
}


HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:@/]*)(:[0-9]{1,5})?")
CONNECT_SECONDS = 5  # unless connect_timeout says otherwise
LIMITS = {
    "statement_timeout": "statement",
    "lock_timeout": "lock",
    "idle_in_transaction_session_timeout": "idle",
}


class Limits(NamedTuple):
    """Milliseconds after which PostgreSQL gives up a statement, the wait for a lock, an idle transaction; 0, never."""

    statement: int
    lock: int
    idle: int


@dataclass(frozen=True)
class Address:
    """What a URL says: for the driver (`dsn`, `options`), of `limits` by their names, and how many statements a connection keeps
    prepared (`cached`; None where the URL does not say).
    """

    dsn: str
    options: dict[str, Any]
    limits: dict[str, int]
    cached: int | None

    async def connect(self, **options: Any) -> Any:
        """Opens a connection of the driver. Raises `Unavailable`, `OSError`."""
        driver = importlib.import_module("asyncpg")  # from an extra; Settings.prepare() checks it
        try:
            return await driver.connect(self.dsn, **self.options, **options)
        except driver.PostgresError as error:
            raise Unavailable(f"the database refused the connection: {error}") from error
        except (driver.InterfaceError, ValueError):
            # Without its message, which may quote the address and so the password.
            raise Unavailable(
                "a certificate or another part of DATABASE_URL cannot be used"
            ) from None


def read_address(url: str) -> Address:
    """Reads a URL. Raises `SettingsError` if it or one of its parameters is not accepted."""
    given = _parameters(url)
    parts = urlsplit(url)
    hosts = parts.netloc.rpartition("@")[2]
    if (
        parts.fragment
        or parts.netloc.count("@") > 1
        or not all(HOST.fullmatch(host) for host in hosts.split(","))
    ):
        raise _refused(
            "a value (not shown) was given that cannot be read",
            "postgresql://USER:PASSWORD@HOST:PORT/NAME, with / # ? @ in a password as %2F %23 %3F %40",
        )
    for name, value in given.items():
        if value.lower() not in NOT_THERE.get(name, {value.lower()}):
            raise _refused(
                f"{name}={value!r} was given, which the driver cannot use",
                "an address without it",
            )
    seconds = _whole("connect_timeout", given.pop("connect_timeout", str(CONNECT_SECONDS)))
    # In libpq, 0 is no timeout. SQLAlchemy keeps the prepared statements, so the driver keeps none.
    options = {"timeout": seconds or None, "statement_cache_size": 0}
    limits = {LIMITS[name]: _whole(name, given.pop(name)) for name in LIMITS if name in given}
    cached = given.pop("prepared_statement_cache_size", None)
    for name in (*NOT_THERE, *WITHOUT_EFFECT):
        given.pop(name, None)
    if fallback := given.pop("fallback_application_name", None):
        given.setdefault("application_name", fallback)
    if (mode := given.setdefault("sslmode", given.pop("ssl", ""))) not in ("", *SSL_MODES):
        raise _refused(f"sslmode={mode!r} was given", ", ".join(SSL_MODES))
    if not mode:
        del given["sslmode"]
    if given.get("sslrootcert") == "system":
        given["sslrootcert"] = ssl.get_default_verify_paths().cafile or "system"
    dsn = urlunsplit(parts._replace(query=urlencode(given)))
    return Address(
        dsn,
        options,
        limits,
        None if cached is None else _whole("prepared_statement_cache_size", cached),
    )


def _parameters(url: str) -> dict[str, str]:
    try:
        query = urlsplit(url).query
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise _refused("parameters that cannot be read were given", "NAME=VALUE&…") from None
    given = dict(pairs)
    if len(given) < len(pairs):
        raise _refused("a parameter was given twice", "each once")
    return given


def _whole(name: str, value: str) -> int:
    if not re.fullmatch("[0-9]{1,7}", value):
        raise _refused(f"{name}={value!r} was given", "a whole number")
    return int(value)


def _refused(given: str, accepted: str) -> SettingsError:
    return SettingsError(f"DATABASE_URL: {given}; accepted: {accepted}")
