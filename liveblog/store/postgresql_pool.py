"""Connections to PostgreSQL: how many stay open, how long they wait, and poolers such as PgBouncer in front of it.

Nothing outlives a transaction on a connection, so a pooler may give each transaction another one: time limits are set in the
transaction, locks end with it, and prepared statements are kept only where no pooler is between.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from liveblog.store.postgresql import Address, Limits

SERVING = Limits(statement=30_000, lock=10_000, idle=60_000)  # of a server: nobody waits longer
PATIENT = Limits(
    statement=0, lock=10_000, idle=0
)  # of a command: a backup or migration may take long
CLIENT_SECONDS = 5.0  # after the limit of a statement: then the network is at fault
LIMITED = text(
    "SELECT set_config('statement_timeout', :statement, true), set_config('lock_timeout', :lock, true), "
    "set_config('idle_in_transaction_session_timeout', :idle, true)"
)
CACHED = 200  # statements that each connection keeps prepared


class Pool:
    """At most `connections` connections to one database, which stay open. Errors are SQLAlchemy's and `Unavailable`."""

    def __init__(
        self, address: Address, connections: int, patience: float, defaults: Limits
    ) -> None:
        """`patience` is for how many seconds a caller waits for a connection. The address may have limits of its own."""
        self._address = address
        self.limits = defaults._replace(**address.limits)
        statement = self.limits.statement / 1000
        self._within = statement + CLIENT_SECONDS if statement else None
        self.engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://",
            pool_size=connections,
            max_overflow=0,
            pool_timeout=patience,
            pool_use_lifo=True,
            hide_parameters=True,  # they are texts of entries, sources, addresses
        )
        event.listen(self.engine.sync_engine, "do_connect", self._connect)
        event.listen(self.engine.sync_engine, "checkout", _require_open)

    @asynccontextmanager
    async def transaction(
        self, isolation: str | None, lock: float | None = None
    ) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed if the block was left without an exception. `lock` is in seconds, for each lock."""
        limits = self.limits
        if lock is not None:
            limits = limits._replace(lock=max(1, round(lock * 1000)))
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(self._begun(isolation, limits))
            except DBAPIError as error:
                # The connection was lost while nobody used it. Nothing has been done in the transaction.
                if not error.connection_invalidated and not _was_ended(error):
                    raise
                connection = await stack.enter_async_context(self._begun(isolation, limits))
            yield connection

    @asynccontextmanager
    async def _begun(self, isolation: str | None, limits: Limits) -> AsyncIterator[AsyncConnection]:
        async with self.engine.connect() as connection:
            if isolation:
                await connection.execution_options(isolation_level=isolation)
            async with connection.begin():
                values = {name: str(value) for name, value in limits._asdict().items()}
                await connection.execute(LIMITED, values)
                yield connection

    def _connect(
        self, dialect: Any, _record: object, _args: object, _options: dict[str, Any]
    ) -> Any:
        """Opens a connection, as SQLAlchemy asks for it."""
        connection = await_only(self._address.connect(command_timeout=self._within))
        cached = self._address.cached
        pooled = cached == 0 or await_only(_is_pooled(connection))

        async def made(*_: Any, **__: Any) -> Any:
            return connection

        return dialect.connect(
            async_creator_fn=made,
            prepared_statement_cache_size=0 if pooled else cached or CACHED,
            prepared_statement_name_func=_unnamed if pooled else _names(),
        )


def _unnamed() -> str:
    return ""


def _names() -> Callable[[], str]:
    """Names for the prepared statements of one connection, which is its own."""
    numbers = count()
    return lambda: f"liveblog_{next(numbers)}"


async def _is_pooled(connection: Any) -> bool:
    """Whether a pooler is between: then the process at the other end is not the one that greeted us."""
    async with connection.transaction():
        process = await connection.fetchval("SELECT pg_backend_pid()")
    return bool(process != connection.get_server_pid())


def _require_open(connection: Any, _record: object, _proxy: object) -> None:
    """A connection that the driver knows to be closed is replaced before it is used."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _was_ended(error: DBAPIError) -> bool:
    """Whether the server, or a pooler, ended the connection (SQLSTATE of class 57P or 08)."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return state.startswith(("57P", "08"))
