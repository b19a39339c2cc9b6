"""The pages of an archive: the story in parts, each entry with its history, the corrections. They need no script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from markupsafe import Markup

from liveblog.archive.document import file_of, media_of
from liveblog.archive.links import CORRECTIONS, INDEX, Links, page_of
from liveblog.content.assets import PAGES, THEME
from liveblog.content.brief import brief_of
from liveblog.content.history import compared, history, pairs, rewritten
from liveblog.content.templates import Templates
from liveblog.models.content import Chapter, Entry
from liveblog.store import Corrected, WholeStory
from liveblog.web.public.metadata import of_entry
from liveblog.web.record import item

PART = 500  # entries of a file
COMPARED = 2_000  # revisions of a story that are compared word by word; more would take minutes
ASSETS = (PAGES, "archive.css", "icon.svg")
_DAY = re.compile(r'data-day="([^"]*)"')


class Pages:
    """Renders the pages of one story, at one moment. `saved_at` is the time of the archive."""

    def __init__(
        self,
        templates: Templates,
        site: str,
        whole: WholeStory,
        corrections: Sequence[Corrected],
        saved_at: datetime,
    ) -> None:
        self._templates = templates
        self._site = site
        self._whole = whole
        self._corrections = corrections
        self._saved_at = saved_at
        self._newest = list(reversed(whole.entries))
        self._by_id = {entry.id: entry for entry in whole.entries}
        found = {entry.id: _part(at // PART + 1) for at, entry in enumerate(self._newest)}
        files = {
            variant.url: file_of(variant.url)
            for medium in media_of(whole)
            for variant in medium.variants
        }
        files |= {templates.assets.url(name): f"assets/{name}" for name in (*ASSETS, THEME)}
        self._links = Links(whole.story.slug, site, found, files)
        self._left = COMPARED

    def all(self) -> Iterator[tuple[str, str]]:
        """`(file, HTML)` of every page."""
        count = max(1, -(-len(self._newest) // PART))
        for part in range(1, count + 1):
            yield self._story(part, count)
        for at, entry in enumerate(self._whole.entries):
            yield self._entry(at, entry)
        yield self._corrected()

    def assets(self) -> Iterator[tuple[str, bytes]]:
        """`(file, content)` of the styles and the icon."""
        files = self._templates.assets.files
        for name in (*ASSETS, THEME):
            if name in files:
                yield f"assets/{name}", files[name].content

    def _page(self, file: str, template: str, **context: object) -> tuple[str, str]:
        story = self._whole.story
        html = self._templates.story_page(template, story, saved_at=self._saved_at, **context)
        return file, self._links.in_page(html, file)

    def _story(self, part: int, count: int) -> tuple[str, str]:
        shown = self._newest[(part - 1) * PART : part * PART]
        basis = self._whole.basis
        return self._page(
            _part(part),
            "archive/story.html",
            part=part,
            rows=self._rows(shown),
            brief=brief_of(basis),
            brief_since=0,
            pinned=next((entry for entry in self._newest if entry.pinned), None),
            keys=[entry for entry in self._newest if entry.key],
            later=_part(part - 1) if part > 1 else None,
            earlier=_part(part + 1) if part < count else None,
        )

    def _rows(self, shown: Sequence[Entry]) -> list[Markup]:
        """The HTML of entries, with the headings of days and chapters, which a script writes on the live page."""
        rows: list[Markup] = []
        day: str | None = None
        chapter: Chapter | None = None
        for entry in shown:
            html = str(self._templates.entry(entry, self._whole.story))
            found = _DAY.search(html)
            opens = found[1] if found else day
            now = _chapter_at(self._whole.chapters, entry)
            if now is not None and now != chapter:
                title = Markup(' data-chapter="{}"').format(now.title)
                html = _DAY.sub(lambda one, title=title: f"{one[0]}{title}", html, count=1)  # type: ignore[misc]  # bound now
            if opens != day:
                html = html.replace(' tabindex="0"', ' data-opens tabindex="0"', 1)
            day, chapter = opens, now
            rows.append(Markup(html))  # noqa: S704 - by a template that escapes
        return rows

    def _entry(self, at: int, entry: Entry) -> tuple[str, str]:
        whole = self._whole
        public = whole.revisions[entry.id]
        asked = pairs(public)
        self._left -= len(asked)
        compare = compared if self._left >= 0 else rewritten
        changes = history(public, {rev: compare(*states) for rev, states in asked.items()})
        settling = {one.verification.settled_by for one in changes if one.verification}
        told = item(self._templates, self._site, whole.story, entry, html=False)
        return self._page(
            page_of(entry.id),
            "archive/entry.html",
            about=of_entry(told),
            structured=(),
            entry=entry,
            face=None,
            earlier=whole.entries[at - 1] if at else None,
            later=whole.entries[at + 1] if at + 1 < len(whole.entries) else None,
            changes=changes,
            settling={name: self._by_id[name] for name in settling if name in self._by_id},
        )

    def _corrected(self) -> tuple[str, str]:
        listed = []
        for one in self._corrections:
            public = one.entry.id in self._by_id
            self._left -= 1
            compare = compared if self._left >= 0 else rewritten
            listed.append((one, compare(one.before, one.after) if public else None))
        return self._page(CORRECTIONS, "archive/corrections.html", corrections=listed, older=None)


def _part(number: int) -> str:
    return INDEX if number == 1 else f"page-{number}.html"


def _chapter_at(chapters: Sequence[Chapter], entry: Entry) -> Chapter | None:
    """The chapter of an entry: the last that began with it or before it."""
    assert entry.published_at is not None
    place = (entry.published_at, entry.seq or 0)
    begun = [one for one in chapters if (one.at, one.seq) <= place]
    return begun[-1] if begun else None
