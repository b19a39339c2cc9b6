"""The store: the only owner of SQL. The database holds the truth and the sequence."""

from __future__ import annotations

from liveblog.store.accounts import Account, Accounts
from liveblog.store.database import Database
from liveblog.store.log import Log, Position, StoryTransaction
from liveblog.store.stories import Cursor, Page, Stories


class Store:
    """All of the store over one database."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.stories = Stories(self.database)
        self.log = Log(self.database)
        self.accounts = Accounts(self.database)

    async def close(self) -> None:
        await self.database.close()


__all__ = [
    "Account",
    "Accounts",
    "Cursor",
    "Database",
    "Log",
    "Page",
    "Position",
    "Store",
    "Stories",
    "StoryTransaction",
]
