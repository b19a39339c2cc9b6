"""The templates: one Jinja environment, and one partial that renders an entry everywhere."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from liveblog.content.markdown import excerpt
from liveblog.models import Entry, Story
from liveblog.resources import folder

FRAGMENTS = 5_000
MONTHS = (
    "January February March April May June July August September October November December".split()
)


def iso(moment: datetime) -> str:
    """UTC, always in microseconds, so that texts compare as the times do (RFC 3339)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def clock(moment: datetime, zone: str) -> str:
    """`14:32 EET`: the time of day in a zone, and the zone."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M %Z")


def day(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def full(moment: datetime, zone: str) -> str:
    return f"{day(moment, zone)}, {clock(moment, zone)}"


class Assets:
    """Static files under a path that names their contents, so that they may be cached for ever.

    The version is one for all files: relative imports between modules stay within it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        digest = hashlib.sha256()
        for path in sorted(root.rglob("*")):
            if path.is_file():
                digest.update(
                    path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes()
                )
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        return f"/static/{self.version}/{name}"


class Templates:
    """Renders pages and partials. `site` is what every page may say about the site."""

    def __init__(self, site: Mapping[str, str]) -> None:
        self.assets = Assets(folder("static"))
        self._environment = Environment(
            loader=FileSystemLoader(folder("templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._fragments: OrderedDict[tuple[object, ...], Markup] = OrderedDict()
        self._environment.globals.update(
            asset=self.assets.url, site=dict(site), entry_html=self.entry, key_html=self.key_event
        )
        self._environment.filters.update(
            iso=iso,
            clock=clock,
            day=day,
            full=full,
            excerpt=lambda entry: excerpt(entry.body_html),
        )

    def warm(self) -> None:
        """Compiles what the first reader and the first entry need, before they wait for it."""
        for name in (
            "_entry.html",
            "_key_event.html",
            "_story_header.html",
            "story.html",
            "embed.html",
        ):
            self._environment.get_template(name)

    def page(self, name: str, **context: object) -> str:
        return self._environment.get_template(name).render(context)

    def entry(self, entry: Entry, story: Story) -> Markup:
        """The entry as every page, socket and feed shows it: it depends on nothing but the two."""
        return self._fragment("_entry.html", entry, story)

    def key_event(self, entry: Entry, story: Story) -> Markup:
        """The entry's line in the summary of key events."""
        return self._fragment("_key_event.html", entry, story)

    def _fragment(self, name: str, entry: Entry, story: Story) -> Markup:
        """Rendered once a revision, for a page shows fifty entries of which one is new."""
        key = (name, entry.id, entry.rev, entry.seq, story.slug, story.timezone)
        held = self._fragments.get(key)
        if held is None:
            text = self.page(name, entry=entry, story=story).strip()
            held = self._fragments[key] = Markup(text)  # noqa: S704 - by a template that escapes
            if len(self._fragments) > FRAGMENTS:
                self._fragments.popitem(last=False)
        return held

    def story_header(self, story: Story) -> str:
        return self.page("_story_header.html", story=story).strip()
