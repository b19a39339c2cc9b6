"""The store: the only owner of SQL. The database holds the truth and the sequence."""

from __future__ import annotations

from liveblog.store.accounts import NO_PASSWORD, Account, Accounts
from liveblog.store.audience import Audience
from liveblog.store.book import Books
from liveblog.store.database import Database
from liveblog.store.desk import QUEUED, Desks, Doing, Queued, Queues, Wanted
from liveblog.store.drafts import Draft, Drafts
from liveblog.store.embeds import Embeds
from liveblog.store.enclosures import Enclosure, Enclosures
from liveblog.store.files import Files, Folder
from liveblog.store.front import Card, Front, Fronts
from liveblog.store.hooks import Hooks, Waiting
from liveblog.store.inlets import Inlets, Received
from liveblog.store.invitations import Invitations
from liveblog.store.log import EMBEDDED, Kept, Log, Position, StoryTransaction
from liveblog.store.media import File, Media, Stored
from liveblog.store.protections import Author, Protections
from liveblog.store.record import Corrected, Record
from liveblog.store.sessions import LONGEST_SESSION, Sessions
from liveblog.store.stories import Stories
from liveblog.store.topics import TopicPage, Topics
from liveblog.store.window import EVERYTHING, Cursor, Page, Show, View


class Store:
    """All of the store over one database."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.stories = Stories(self.database)
        self.record = Record(self.database)
        self.fronts = Fronts(self.database)
        self.topics = Topics(self.database)
        self.desks = Desks(self.database, self.stories)
        self.books = Books(self.database)
        self.audience = Audience(self.database)
        self.embeds = Embeds(self.database)
        self.log = Log(self.database)
        self.media = Media(self.database)
        self.accounts = Accounts(self.database)
        self.protections = Protections(self.database)
        self.inlets = Inlets(self.database)
        self.enclosures = Enclosures(self.database)
        self.hooks = Hooks(self.database)
        self.drafts = Drafts(self.database)
        self.sessions = Sessions(self.database)
        self.invitations = Invitations(self.database)

    async def close(self) -> None:
        await self.database.close()


__all__ = [
    "EMBEDDED",
    "EVERYTHING",
    "LONGEST_SESSION",
    "NO_PASSWORD",
    "QUEUED",
    "Account",
    "Accounts",
    "Audience",
    "Author",
    "Books",
    "Card",
    "Corrected",
    "Cursor",
    "Database",
    "Desks",
    "Doing",
    "Draft",
    "Drafts",
    "Embeds",
    "Enclosure",
    "Enclosures",
    "File",
    "Files",
    "Folder",
    "Front",
    "Fronts",
    "Hooks",
    "Inlets",
    "Kept",
    "Log",
    "Media",
    "Page",
    "Position",
    "Protections",
    "Queued",
    "Queues",
    "Received",
    "Record",
    "Show",
    "Store",
    "Stored",
    "Stories",
    "StoryTransaction",
    "TopicPage",
    "Topics",
    "View",
    "Waiting",
    "Wanted",
]
