"""The store: the only owner of SQL. The database is the source of truth, also for sequence numbers."""

from __future__ import annotations

from liveblog.store.agenda import Agenda, Due
from liveblog.store.database import CONNECTIONS, Database
from liveblog.store.integrations.attachments import Attachments, PendingAttachment
from liveblog.store.integrations.inlets import Inlets, Received
from liveblog.store.integrations.webhooks import Change, Told, Waiting, Webhooks
from liveblog.store.log import Log, Position, Standing
from liveblog.store.media.files import Files, Folder
from liveblog.store.media.link_cards import LinkCards
from liveblog.store.media.media import File, Media, Stored
from liveblog.store.people.accounts import NO_PASSWORD, Account, Accounts
from liveblog.store.people.directory import Directory
from liveblog.store.people.first_run import FirstRun
from liveblog.store.people.invitations import Invitations
from liveblog.store.people.protections import Author, Protections
from liveblog.store.people.sessions import LONGEST_SESSION, Sessions
from liveblog.store.stories.activity import Activities, Activity
from liveblog.store.stories.audience import Audience
from liveblog.store.stories.changes import Changes, Since
from liveblog.store.stories.corrections import Corrected, Corrections
from liveblog.store.stories.coverage import Coverage
from liveblog.store.stories.drafts import Draft, Drafts
from liveblog.store.stories.embed_hosts import EmbedHost, EmbedHosts
from liveblog.store.stories.front import Card, Front, Fronts
from liveblog.store.stories.newest import Begun, Listed, Newest, NewestEntries
from liveblog.store.stories.purges import Purges
from liveblog.store.stories.queues import (
    QUEUED,
    Queued,
    Queues,
    RowFilter,
    StoryQueues,
    UndoableAction,
)
from liveblog.store.stories.removals import Removals
from liveblog.store.stories.stories import Stories
from liveblog.store.stories.timeline import Cursor, Page
from liveblog.store.stories.topics import TopicPage, Topics
from liveblog.store.stories.views import EVERYTHING, Show, View
from liveblog.store.stories.whole import WholeStories, WholeStory
from liveblog.store.transaction import EMBEDDED, RevisionMade, StoryTransaction


class Store:
    """All stores, over the database at `url`. `connections` and `serving` are as of `Database`."""

    def __init__(self, url: str, connections: int = CONNECTIONS, *, serving: bool = False) -> None:
        self.database = Database(url, connections, serving=serving)
        self.stories = Stories(self.database)
        self.agenda = Agenda(self.database)
        self.coverage = Coverage(self.database)
        self.corrections = Corrections(self.database)
        self.changes = Changes(self.database)
        self.fronts = Fronts(self.database)
        self.activities = Activities(self.database)
        self.topics = Topics(self.database)
        self.newest = NewestEntries(self.database)
        self.removals = Removals(self.database)
        self.purges = Purges(self.database)
        self.whole = WholeStories(self.database)
        self.queues = Queues(self.database, self.stories)
        self.directory = Directory(self.database)
        self.audience = Audience(self.database)
        self.embed_hosts = EmbedHosts(self.database)
        self.link_cards = LinkCards(self.database)
        self.log = Log(self.database)
        self.media = Media(self.database)
        self.accounts = Accounts(self.database)
        self.protections = Protections(self.database)
        self.inlets = Inlets(self.database)
        self.attachments = Attachments(self.database)
        self.webhooks = Webhooks(self.database)
        self.drafts = Drafts(self.database)
        self.sessions = Sessions(self.database)
        self.invitations = Invitations(self.database)
        self.first_run = FirstRun(self.database)

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
    "Activities",
    "Activity",
    "Agenda",
    "Attachments",
    "Audience",
    "Author",
    "Begun",
    "Card",
    "Change",
    "Changes",
    "Corrected",
    "Corrections",
    "Coverage",
    "Cursor",
    "Database",
    "Directory",
    "Draft",
    "Drafts",
    "Due",
    "EmbedHost",
    "EmbedHosts",
    "File",
    "Files",
    "Folder",
    "Front",
    "Fronts",
    "Inlets",
    "LinkCards",
    "Listed",
    "Log",
    "Media",
    "Newest",
    "NewestEntries",
    "Page",
    "PendingAttachment",
    "Position",
    "Protections",
    "Purges",
    "Queued",
    "Queues",
    "Received",
    "RevisionMade",
    "RowFilter",
    "Show",
    "Since",
    "Standing",
    "Store",
    "Stored",
    "Stories",
    "StoryQueues",
    "StoryTransaction",
    "Told",
    "TopicPage",
    "Topics",
    "UndoableAction",
    "View",
    "Waiting",
    "Webhooks",
    "WholeStories",
    "WholeStory",
]
