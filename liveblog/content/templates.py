"""The Jinja templates: an environment for each language, and one partial that renders an entry everywhere."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from liveblog.content import localtime
from liveblog.content.assets import EDITOR, THEME, Assets
from liveblog.content.language import ENGLISH, Language, known, language, of_story
from liveblog.content.markup.directions import Direction, directed, direction
from liveblog.content.markup.markdown import excerpt
from liveblog.content.page import body
from liveblog.content.page.caption import caption
from liveblog.content.page.headline import size
from liveblog.content.page.labels import label
from liveblog.content.providers import Providers
from liveblog.models.brief import Brief
from liveblog.models.content import Correction, Entry, Story
from liveblog.models.entry_fields import BY_NAME
from liveblog.resources import folder

# The cache of rendered entries: at most so many entries, and so many characters of their HTML and texts together.
# The least recently used one is dropped first.
FRAGMENTS = 2_000
FRAGMENT_CHARACTERS = 8 * 1024 * 1024


def iso(moment: datetime) -> str:
    """The time in UTC (RFC 3339), always with microseconds, so that the texts sort like the times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def initials(name: str) -> str:
    """The first letters of a name's first and last word: `FP` for Fin de Pencier, `F` for @fin."""
    words = [word.lstrip("@#(\"'“«") for word in name.split()]
    letters = [word[0] for word in words if word]
    return "".join(dict.fromkeys([*letters[:1], *letters[-1:]])).upper()


def begun(words: Markup) -> Markup:
    """A line that begins with a capital letter, unless it begins with markup."""
    return Markup(words[:1].upper()) + words[1:]  # noqa: S704 - of what is markup


class _Environment(Environment):
    """Jinja's, with one dictionary of globals for each template.

    Jinja makes a chain of two, of which each import in each rendering makes sets, at a tenth of an entry's cost.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


class Templates:
    """Renders pages and partials. `site` holds values about the site for every page.

    `spelt` gives the address of a link as its card has it.
    """

    def __init__(
        self,
        site: Mapping[str, object],
        stylesheet: Path | None = None,
        logo: Path | None = None,
        spelt: Callable[[str], str] | None = None,
    ) -> None:
        self._spelt = spelt or Providers().spelt
        self.assets = Assets(folder("static"), stylesheet, logo)
        self._site = {"masthead": (), "footer": (), "footer_text": ""} | dict(site)
        self._environments: dict[str, Environment] = {}
        self._fragments: OrderedDict[tuple[object, ...], tuple[Markup, int]] = OrderedDict()
        self._characters = 0

    def warm(self) -> None:
        """Compile the templates of a story's page and of an entry before the first request needs them."""
        for name in (
            "_entry.html",
            "_brief.html",
            "_key_event.html",
            "_pin.html",
            "_story_header.html",
            "story.html",
            "embed.html",
        ):
            self._environment(ENGLISH).get_template(name)

    def rename_site(self, name: str) -> None:
        """Use another name of the site in what is rendered from now on."""
        self._site["name"] = name

    def page(self, name: str, tag: str = ENGLISH, **context: object) -> str:
        """A page whose interface is in language `tag`, one of `language.TAGS`."""
        return self._environment(tag).get_template(name).render(context)

    def story_page(self, name: str, story: Story, **context: object) -> str:
        """A page of a story. Its interface is in the story's language, or in English if we do not have it."""
        return self.story_page_in(None, name, story, **context)

    def story_page_in(self, spoken: str | None, name: str, story: Story, **context: object) -> str:
        """`story_page()` with the interface in language `spoken`, one of `language.TAGS`; None for the story's."""
        return self._of(
            story, name, spoken, language=story.language, direction=story.direction, **context
        )

    def _of(self, story: Story, name: str, spoken: str | None = None, **context: object) -> str:
        """Render a template in the story's language.

        If the interface is in another language, `ours` and `theirs` are `lang` attributes: `ours` for the words
        of the interface, `theirs` for the words of the newsroom.
        """
        spoken = spoken or of_story(story.language)
        marks = {"ours": Markup(""), "theirs": Markup("")}
        if known(story.language) != spoken:
            marks = {
                "ours": Markup(' lang="{}"').format(spoken),
                "theirs": Markup(' lang="{}"').format(story.language),
            }
        return self.page(name, spoken, story=story, **marks, **context)

    def entry(self, entry: Entry, story: Story, *, pictures: bool = True) -> Markup:
        """The HTML of an entry, the same for every page, socket and feed.

        It depends only on the entry, the story, and whether pictures may be loaded.
        """
        return self._fragment("_entry.html", entry, story, pictures=pictures)

    @pass_context
    def _entry_on_page(self, context: Context, entry: Entry, story: Story) -> Markup:
        return self.entry(entry, story, pictures=bool(context["pictures"]))

    def key_event(self, entry: Entry, story: Story) -> Markup:
        """The entry's line in the summary of key events."""
        return self._fragment("_key_event.html", entry, story, pictures=True)

    def pin(self, entry: Entry, story: Story) -> Markup:
        """The pinned entry as it stands above the feed."""
        return self._fragment("_pin.html", entry, story, pictures=True)

    def _fragment(self, name: str, entry: Entry, story: Story, *, pictures: bool) -> Markup:
        """Render a partial, or take it from the cache: most of the fifty entries of a page are not new.

        The key is the whole entry, not its revision number: a revision may have been rendered in a transaction
        that was rolled back.
        """
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

    def feed_entry(self, entry: Entry, story: Story) -> Markup:
        """The HTML of an entry for feed readers, without classes, scripts and styles."""
        return self._fragment("_feed_entry.html", entry, story, pictures=True)

    def feed_correction(self, entry: Entry, story: Story, correction: Correction, url: str) -> str:
        """The HTML of a correction for feed readers. `url` is the address of the entry."""
        name = "_feed_correction.html"
        return self._of(story, name, entry=entry, correction=correction, url=url).strip()

    def how_sure(self, entry: Entry, story: Story) -> str:
        """How sure an entry is, in one or two words of the story's language; empty if there is nothing to say."""
        return self._fragment("_how_sure.html", entry, story, pictures=True).unescape()

    def status_word(self, story: Story) -> str:
        """The state of a story's coverage, in a word of its language."""
        return Markup(self._of(story, "_status_word.html").strip()).unescape()  # noqa: S704 - by a template that escapes

    def brief(self, story: Story, brief: Brief) -> str:
        """The HTML of a story's Brief, without the number of updates since."""
        return self._of(story, "_brief.html", brief=brief, brief_since=0).strip()

    def story_header(self, story: Story) -> str:
        """The HTML of a story's header."""
        return self._of(story, "_story_header.html").strip()

    def _body(self, entry: Entry, base: Direction, table: str) -> Markup:
        """The text of an entry within an element of direction `base`. `table` names its tables."""
        cards = [card.url for card in entry.embeds]
        text = body.shown(entry.body_html, base, cards, self._spelt, escape(table))
        return Markup(text)  # noqa: S704 - of markdown.py

    def _environment(self, tag: str) -> Environment:
        made = self._environments.get(tag)
        if made is None:
            made = self._environments[tag] = self._make_environment(language(tag))
        return made

    def _make_environment(self, spoken: Language) -> Environment:
        made = _Environment(
            loader=FileSystemLoader(folder("templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        words = spoken.translations
        made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]  # by the extension
        # Compact, and as it is: escapes for letters outside of ASCII would triple the text.
        made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
        made.globals.update(
            asset=self.assets.url,
            preloads=self.assets.preloads,
            theme=THEME if THEME in self.assets.files else None,
            editor=self.assets.url(EDITOR) if EDITOR in self.assets.files else None,
            site=self._site,
            plurals=spoken.plurals,
            counted=spoken.counted,
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
            pin_html=self.pin,
        )
        made.filters.update(
            iso=iso,
            fold=str.casefold,
            clock=spoken.clock,
            day=spoken.day,
            full=spoken.full,
            of_step=spoken.of_step,
            listed=spoken.listed,
            city=spoken.city,
            turns=localtime.turns,
            label=lambda text: label(text, spoken),
            caption=caption,
            initials=initials,
            begun=begun,
            body=self._body,
            field=lambda at, zone: localtime.field(at, zone)[0],
            field_offset=lambda at, zone: localtime.field(at, zone)[1],
            hour=localtime.hour,
            excerpt=lambda entry, length=90: excerpt(entry.body_html, length),
            size=size,
            direction=lambda text, base: direction(str(text)) or base,
            directed=lambda safe_html, base: Markup(directed(safe_html, base)),  # noqa: S704 - of markdown.py
        )
        return made
