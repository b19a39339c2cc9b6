"""The templates: one Jinja environment, and one partial that renders an entry everywhere."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from liveblog.content import localtime
from liveblog.content.assets import EDITOR, THEME, Assets
from liveblog.content.language import ENGLISH, Language, known, language, of_story
from liveblog.content.markup.directions import directed, direction
from liveblog.content.markup.markdown import excerpt
from liveblog.models.content import Entry, Story
from liveblog.models.entry_fields import BY_NAME
from liveblog.resources import folder

# How many rendered entries are kept, those that were asked for last, and how many characters they and their texts
# have together.
FRAGMENTS = 2_000
FRAGMENT_CHARACTERS = 8 * 1024 * 1024


def iso(moment: datetime) -> str:
    """UTC, always in microseconds, so that texts compare as the times do (RFC 3339)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Templates:
    """Renders pages and partials. `site` is what every page may say about the site."""

    def __init__(self, site: Mapping[str, str | bool], stylesheet: Path | None = None) -> None:
        self.assets = Assets(folder("static"), stylesheet)
        self._site = dict(site)
        self._environments: dict[str, Environment] = {}
        self._fragments: OrderedDict[tuple[object, ...], tuple[Markup, int]] = OrderedDict()
        self._characters = 0

    def warm(self) -> None:
        """Compiles what the first reader and the first entry need, before they wait for it."""
        for name in (
            "_entry.html",
            "_key_event.html",
            "_story_header.html",
            "story.html",
            "embed.html",
        ):
            self._environment(ENGLISH).get_template(name)

    def page(self, name: str, tag: str = ENGLISH, **context: object) -> str:
        """A page whose interface is in one of our languages."""
        return self._environment(tag).get_template(name).render(context)

    def story_page(self, name: str, story: Story, **context: object) -> str:
        """A page of a story, in the story's language."""
        return self._of(story, name, language=story.language, direction=story.direction, **context)

    def _of(self, story: Story, name: str, **context: object) -> str:
        """`ours` marks the words of the interface where we do not have the story's language, `theirs`
        the newsroom's words among them."""
        spoken = of_story(story.language)
        marks = {"ours": Markup(""), "theirs": Markup("")}
        if not known(story.language):
            marks = {
                "ours": Markup(' lang="{}"').format(spoken),
                "theirs": Markup(' lang="{}"').format(story.language),
            }
        return self.page(name, spoken, story=story, **marks, **context)

    def entry(self, entry: Entry, story: Story, *, pictures: bool = True) -> Markup:
        """The entry as every page, socket and feed shows it: it depends on nothing but the two, and
        on whether its pictures may be loaded."""
        return self._fragment("_entry.html", entry, story, pictures=pictures)

    @pass_context
    def _entry_on_page(self, context: Context, entry: Entry, story: Story) -> Markup:
        return self.entry(entry, story, pictures=bool(context["pictures"]))

    def key_event(self, entry: Entry, story: Story) -> Markup:
        """The entry's line in the summary of key events."""
        return self._fragment("_key_event.html", entry, story, pictures=True)

    def _fragment(self, name: str, entry: Entry, story: Story, *, pictures: bool) -> Markup:
        """Rendered once, for a page shows fifty entries of which one is new. Keyed by all that an entry is:
        a revision may have been rendered in a transaction that was not committed."""
        key = (name, entry, story.slug, story.timezone, story.language, pictures)
        held = self._fragments.get(key)
        if held is not None:
            self._fragments.move_to_end(key)
            return held[0]
        text = self._of(story, name, entry=entry, pictures=pictures).strip()
        made = Markup(text)  # noqa: S704 - by a template that escapes
        size = len(made) + len(entry.body) + len(entry.body_html)
        self._fragments[key] = (made, size)
        self._characters += size
        while len(self._fragments) > FRAGMENTS or (
            self._characters > FRAGMENT_CHARACTERS and len(self._fragments) > 1
        ):
            _, (_, gone) = self._fragments.popitem(last=False)
            self._characters -= gone
        return made

    def story_header(self, story: Story) -> str:
        return self._of(story, "_story_header.html").strip()

    def _environment(self, tag: str) -> Environment:
        made = self._environments.get(tag)
        if made is None:
            made = self._environments[tag] = self._make_environment(language(tag))
        return made

    def _make_environment(self, spoken: Language) -> Environment:
        made = Environment(
            loader=FileSystemLoader(folder("templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        words = spoken.translations
        made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]  # the extension's
        made.globals.update(
            asset=self.assets.url,
            preloads=self.assets.preloads,
            theme=THEME if THEME in self.assets.files else None,
            editor=self.assets.url(EDITOR) if EDITOR in self.assets.files else None,
            site=self._site,
            plurals=spoken.plurals,
            interface=spoken.tag,
            ours="",
            theirs="",
            comma=spoken.comma,
            language=spoken.tag,
            direction=spoken.direction,
            pictures=True,
            choices=localtime.choices,
            told_hour=localtime.told,
            entry_fields=BY_NAME,
            entry_html=self._entry_on_page,
            key_html=self.key_event,
        )
        made.filters.update(
            iso=iso,
            fold=str.casefold,
            clock=spoken.clock,
            day=spoken.day,
            full=spoken.full,
            field=lambda at, zone: localtime.field(at, zone)[0],
            field_offset=lambda at, zone: localtime.field(at, zone)[1],
            hour=localtime.hour,
            excerpt=lambda entry: excerpt(entry.body_html),
            direction=lambda text, base: direction(str(text)) or base,
            directed=lambda safe_html, base: Markup(directed(safe_html, base)),  # noqa: S704 - of markdown.py
        )
        return made
