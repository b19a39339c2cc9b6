"""The tables: one schema for SQLite and PostgreSQL. `migrations/` upgrades a database to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# Sessions and links that let somebody in. A backup leaves their rows out, and a restore ends them.
LETS_IN = "lets_in"
SETUP_LINK = THE_SITE = 1  # the ids of rows that are the only ones of their tables


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite stores no time zone, so it is added and removed here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None if dialect.name == "sqlite" else UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(320), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("all_stories", Boolean, nullable=False, server_default=true()),
    Column("disabled_at", Moment),
    Column("oidc_subject", String(600)),
    Column("created_at", Moment, nullable=False),
    Index(None, "oidc_subject", unique=True),
)

assignments = Table(
    "assignments",
    metadata,
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    PrimaryKeyConstraint("user_id", "story_id"),
    Index(None, "story_id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("label", String(100), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Index(None, "user_id"),
    info={LETS_IN: True},
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("user_id", ForeignKey("users.id")),
    Column("email", String(320), nullable=False),
    Column("role", String(20), nullable=False),
    Column("all_stories", Boolean, nullable=False),
    Column("stories", JSON, nullable=False),
    Column("created_by", ForeignKey("users.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "email"),
    info={LETS_IN: True},
)

# The link that makes the first admin. There is one row at most (`SETUP_LINK`), so whoever uses the link locks it.
setup_links = Table(
    "setup_links",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    info={LETS_IN: True},
)

# What the first admin chose for the site. There is one row at most (`THE_SITE`).
site_choices = Table(
    "site_choices",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(100), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("language", String(35), nullable=False),
    Column("signs", Boolean, nullable=False),
    Column("chosen_at", Moment, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("label", String(200), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", String(80), nullable=False, unique=True),
    Column("title", String(300), nullable=False),
    Column("summary", Text, nullable=False),
    Column("points", JSON, nullable=False, server_default="[]"),
    Column("points_at", Moment),
    Column("status", String(20), nullable=False),
    Column("category", String(100)),
    Column("topics", JSON, nullable=False),
    Column("place", String(200)),
    Column("timezone", String(64), nullable=False),
    Column("language", String(35), nullable=False),
    Column("coverage_start", Moment),
    Column("coverage_end", Moment),
    Column("paused_until", Moment),
    Column("asked_at", Moment),
    Column("continued_at", Moment),
    Column("related", JSON, nullable=False, server_default="[]"),
    Column("sponsors", JSON, nullable=False, server_default="[]"),
    Column("cover", JSON(none_as_null=True)),
    Column("embed_origins", JSON, nullable=False, server_default="[]"),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("epoch", String(32), nullable=False),
    Column("head", Integer, nullable=False),
    Column("rev", Integer, nullable=False, server_default="1"),
    Column("change_count", Integer, nullable=False, server_default="0"),
    Index(None, "updated_at"),
    Index(None, "status", "updated_at"),
    Index(None, "category"),
)

# Who changed the state of a story's coverage, and why.
coverage_log = Table(
    "coverage_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("user_id", ForeignKey("users.id")),
    Column("status", String(20), nullable=False),
    Column("why", String(20), nullable=False),
    Index(None, "story_id", "id"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("seq", Integer),
    Column("rev", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("headline", Text),
    Column("chapter", String(80)),
    Column("body", Text, nullable=False),
    Column("body_html", Text, nullable=False),
    Column("key", Boolean, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("topics", JSON, nullable=False),
    Column("dateline", Text),
    Column("occurred_at", Moment),
    Column("published_at", Moment),
    Column("edited_at", Moment),
    Column("corrected_at", Moment),
    Column("corrections", JSON, nullable=False, server_default="[]"),
    Column("credits", JSON, nullable=False),
    Column("sources", JSON, nullable=False),
    Column("verification", JSON(none_as_null=True)),
    Column("media", JSON, nullable=False, server_default="[]"),
    Column("embeds", JSON, nullable=False, server_default="[]"),
    Column("embargo_until", Moment),
    Column("returned_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("created_by", ForeignKey("users.id")),
    # With the id: who wrote in a story, and under which topics, is then counted without the entries themselves.
    Index("ix_entries_public", "story_id", "status", "published_at", "seq", "id"),
    Index(None, "story_id", "created_at", "id"),
    Index(None, "story_id", "corrected_at"),
    Index(None, "story_id", "key", "status", "published_at", "seq"),
    Index(None, "status", "published_at"),
    Index(
        "ix_entries_chapters",
        "story_id",
        "published_at",
        sqlite_where=text("chapter IS NOT NULL"),
        postgresql_where=text("chapter IS NOT NULL"),
    ),
    Index(
        "ix_entries_pinned",
        "story_id",
        sqlite_where=text("pinned"),
        postgresql_where=text("pinned"),
    ),
)

story_topics = Table(
    "story_topics",
    metadata,
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("topic", String(64), nullable=False),
    PrimaryKeyConstraint("story_id", "topic"),
    Index(None, "topic"),
)

audience = Table(
    "audience",
    metadata,
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("seconds", BigInteger, nullable=False),
    PrimaryKeyConstraint("story_id", "day"),
    Index(None, "day"),
)

# The sites that show a story's widget, by host name.
embed_hosts = Table(
    "embed_hosts",
    metadata,
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("host", String(253), nullable=False),
    Column("loads", BigInteger, nullable=False),
    Column("last_day", Date, nullable=False),
    PrimaryKeyConstraint("story_id", "host"),
)

entry_topics = Table(
    "entry_topics",
    metadata,
    Column("entry_id", ForeignKey("entries.id"), nullable=False),
    Column("topic", String(64), nullable=False),
    PrimaryKeyConstraint("entry_id", "topic"),
    Index(None, "topic"),
)

entry_authors = Table(
    "entry_authors",
    metadata,
    Column("entry_id", ForeignKey("entries.id"), nullable=False),
    # Folding the case of 200 letters may make them longer.
    Column("author", String(600), nullable=False),
    PrimaryKeyConstraint("entry_id", "author"),
    Index(None, "author"),
)

media = Table(
    "media",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("owner", ForeignKey("users.id")),
    Column("created_at", Moment, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("alt", Text),
    Column("credit", Text),
    Column("placeholder", Text),
    Column("files", JSON, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("ready", Boolean, nullable=False),
    Column("spare", Boolean, nullable=False, server_default=false()),
    Index(None, "ready", "created_at"),
)

entry_media = Table(
    "entry_media",
    metadata,
    Column("entry_id", ForeignKey("entries.id"), nullable=False),
    Column("medium_id", ForeignKey("media.id"), nullable=False),
    PrimaryKeyConstraint("entry_id", "medium_id"),
    Index(None, "medium_id"),
)

# Which picture is the cover of a story, so that its files are public and kept.
story_covers = Table(
    "story_covers",
    metadata,
    Column("story_id", ForeignKey("stories.id"), primary_key=True),
    Column("medium_id", ForeignKey("media.id"), nullable=False),
    Index(None, "medium_id"),
)

embeds = Table(
    "embeds",
    metadata,
    Column("url", String(1000), primary_key=True),
    Column("card", JSON(none_as_null=True)),
    Column("asked_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("tries", Integer, nullable=False),
    Index(None, "due_at"),
)

entry_embeds = Table(
    "entry_embeds",
    metadata,
    Column("entry_id", ForeignKey("entries.id"), nullable=False),
    Column("url", String(1000), nullable=False),
    PrimaryKeyConstraint("entry_id", "url"),
    Index(None, "url"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("entry_id", ForeignKey("entries.id"), nullable=False),
    Column("rev", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("user_id", ForeignKey("users.id")),
    Column("action", String(20), nullable=False),
    Column("note", Text),
    Column("entry", JSON, nullable=False),
    Column("report", JSON(none_as_null=True)),
    PrimaryKeyConstraint("entry_id", "rev"),
    Index(None, "user_id", "at"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entry_id", ForeignKey("entries.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("user_id", ForeignKey("users.id")),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "entry_id", "id"),
)

# Folding the case of a name may make it three times as long.
contributors = Table(
    "contributors",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(900), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("handle", String(100)),
    Column("role", String(20), nullable=False),
    Column("url", Text),
    Column("note", Text),
    Column("portrait", String(40)),  # the id of an upload
    Column("origin", String(32)),
    Column("used_at", Moment, nullable=False),
    Index(None, "used_at"),
    Index(None, "origin"),
    Index(None, "portrait"),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(950), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("name", String(300), nullable=False),
    Column("url", Text),
    Column("note", Text),
    Column("origin", String(32)),
    Column("used_at", Moment, nullable=False),
    Index(None, "used_at"),
    Index(None, "origin"),
)

events = Table(
    "events",
    metadata,
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("entry_id", String(32)),
    Column("rev", Integer),
    Column("at", Moment, nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("story_id", "seq"),
    Index(None, "entry_id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("user_id", Integer, nullable=False),
    Column("key", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("entry_id", String(32), nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("story_id", "user_id", "key"),
)

# Protections and withheld values have tables of their own, which no query for entries reads.
protections = Table(
    "protections",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("byline", String(200)),
    Column("handle", String(100)),
    Column("delay", Integer, nullable=False),
    Column("place", String(20), nullable=False),
    Column("region", String(200)),
    Column("place_delay", Integer),
)

withheld_places = Table(
    "withheld_places",
    metadata,
    Column("entry_id", ForeignKey("entries.id"), primary_key=True),
    Column("dateline", Text),
    Column("occurred_at", Moment),
    Column("decided", JSON, nullable=False, server_default="[]"),
    Column("show_at", Moment),
    Index(None, "show_at"),
)

inlets = Table(
    "inlets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("channel", String(100)),
    Column("salt", String(32), nullable=False),
    Column("anyone", Boolean, nullable=False),
    Column("senders", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("token", Text),
)

inbound = Table(
    "inbound",
    metadata,
    Column("inlet_id", ForeignKey("inlets.id"), nullable=False),
    Column("message", String(64), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("entry_id", String(32), nullable=False),
    Column("rev", Integer, nullable=False),
    Column("words", String(64), nullable=False, server_default=""),
    PrimaryKeyConstraint("inlet_id", "message"),
    Index(None, "entry_id"),
)

# Files of messages that are still to be fetched.
attachments = Table(
    "attachments",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("inlet_id", ForeignKey("inlets.id"), nullable=False),
    Column("entry_id", String(32), nullable=False),
    Column("file", String(255), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Index(None, "due_at"),
    Index(None, "entry_id"),
)

hooks = Table(
    "hooks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False, server_default="webhook"),
    Column("url", Text, nullable=False),
    Column("story_id", ForeignKey("stories.id")),
    Column("salt", String(32), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Moment),
    Column("failing_since", Moment),
    Column("disabled_at", Moment),
    Column("lease", String(32)),
    Column("leased_until", Moment),
)

hook_positions = Table(
    "hook_positions",
    metadata,
    Column("hook_id", ForeignKey("hooks.id"), nullable=False),
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    PrimaryKeyConstraint("hook_id", "story_id"),
)

# Topics that an event took from an entry, until a hub is told of their feeds.
withdrawn_topics = Table(
    "withdrawn_topics",
    metadata,
    Column("hook_id", ForeignKey("hooks.id"), nullable=False),
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("topic", String(64), nullable=False),
    PrimaryKeyConstraint("hook_id", "story_id", "seq", "topic"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hook_id", ForeignKey("hooks.id"), nullable=False),
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("status", Integer),
    Column("error", String(300)),
    Column("next_at", Moment),
    Index(None, "hook_id", "id"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("key", String(72), nullable=False),
    Column("entry_id", String(32)),
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("content", Text, nullable=False),
    PrimaryKeyConstraint("user_id", "story_id", "key"),
    Index(None, "entry_id"),
)
