"""The codes that put a story on another site, and the addresses of its feeds: pure text, for people to copy.

A code holds only options that differ from their default. What a way cannot do is named beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import urlencode

from liveblog.models.content import Story
from liveblog.web.public.embed_options import HOST, OPTIONS, At
from liveblog.web.record import story_url

HEIGHT = 600  # pixels of a frame without a loader, unless the options say another height
# A shortcode knows no escapes (https://developer.wordpress.org/apis/shortcode/, Limitations).
NOT_IN_SHORTCODES = re.compile(r"[\[\]<>\"&]")
# What an AMP page must allow: our scripts, our own origin (a list of sites admits it), and links.
AMP_SANDBOX = (
    "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)
AMP_SCRIPT = "https://cdn.ampproject.org/v0/amp-iframe-0.1.js"
# The parameters of the widget's page that its address has here. The name of a frame is in an attribute of the frame.
IN_ADDRESSES = frozenset(o.name for o in OPTIONS if o.at & (At.SERVER | At.FRAME)) - {"title"}
FEEDS = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}

Chosen = Mapping[str, str]
Attributes = Iterable[tuple[str, str | None]]


class Code(NamedTuple):
    """`name` is unique on the page. `without` are the names of chosen options that this way cannot carry."""

    name: str
    title: str
    text: str
    without: tuple[str, ...] = ()


def codes(site: str, story: Story, chosen: Chosen) -> list[Code]:
    """The codes of a story. `site` is the server's address for readers; `chosen` are options by their names, without
    those that have their default."""
    return [
        _script(site, story, chosen),
        _element(site, story, chosen),
        _iframe(site, story, chosen),
        _wordpress(site, story, chosen),
        _oembed(site, story, chosen),
        _amp(site, story, chosen),
    ]


def feeds(site: str, story: Story) -> list[Code]:
    """The addresses of the story's feeds."""
    page = story_url(site, story)
    found = [Code(f"feed-{end}", title, f"{page}/feed.{end}") for end, title in FEEDS.items()]
    return [*found, Code("corrections", "Corrections (Atom)", f"{page}/corrections.atom")]


def attributes(chosen: Chosen) -> list[tuple[str, str | None]]:
    """The options as attributes of the loader's element, without `data-`. None stands for an attribute without a
    value."""
    return [(name, None if name == "compact" else value) for name, value in chosen.items()]


def frame_address(page: str, chosen: Chosen) -> str:
    """The address of the widget's page. `page` is that of the story."""
    return _with_query(f"{page}/embed", _framed(chosen))


def _script(site: str, story: Story, chosen: Chosen) -> Code:
    box: list[tuple[str, str | None]] = [("data-liveblog", story.slug)]
    box += [(f"data-{name}", value) for name, value in attributes(chosen)]
    text = _tag("div", box, _link(site, story))
    text += "\n" + _tag("script", [("async", None), ("src", f"{site}/embed.js")])
    return Code("script", "Script", text)


def _element(site: str, story: Story, chosen: Chosen) -> Code:
    own = _of_element(chosen)
    named = [("src", story.slug), *attributes(own)]
    if style := _style(chosen):
        named.append(("style", style))
    text = _tag("live-blog-embed", named, _link(site, story))
    text += "\n" + _tag("script", [("type", "module"), ("src", f"{site}/element.js")])
    return Code("element", "Element", text, _left_out(chosen, own, "accent", "font"))


def _of_element(chosen: Chosen) -> Chosen:
    """The options as the element takes them. The font of the page around it is a theme there."""
    known = {o.name for o in OPTIONS if At.ELEMENT in o.at}
    own = {name: value for name, value in chosen.items() if name in known}
    return own | {"theme": HOST} if chosen.get("font") == HOST else own


def _left_out(chosen: Chosen, taken: Chosen, *otherwise: str) -> tuple[str, ...]:
    """The chosen options that a code does not hold as they were chosen; it has a way of its own for `otherwise`."""
    return tuple(
        name for name, value in chosen.items() if name not in otherwise and taken.get(name) != value
    )


def _style(chosen: Chosen) -> str:
    """The colour and the font as the properties of the element (docs/element.md)."""
    found = {}
    if accent := chosen.get("accent"):
        found = {"--liveblog-live": f"#{accent}", "--liveblog-on-live": text_on(accent)}
    font = chosen.get("font", HOST)
    if font != HOST:
        found |= {"--liveblog-serif": font, "--liveblog-sans": font}
    return "; ".join(f"{name}: {value}" for name, value in found.items())


def text_on(accent: str) -> str:
    """Black or white, whichever is easier to read on a colour of six hexadecimal digits."""
    red, green, blue = (int(accent[at : at + 2], 16) / 255 for at in (0, 2, 4))
    bright = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    return "#000" if bright > 0.18 else "#fff"


def _iframe(site: str, story: Story, chosen: Chosen) -> Code:
    frame = frame_address(story_url(site, story), chosen)
    named = [
        ("src", frame),
        ("title", chosen.get("title") or story.title),
        ("width", "100%"),
        ("height", chosen.get("height", str(HEIGHT))),
        ("frameborder", "0"),
        ("loading", "lazy"),
        ("allow", "fullscreen; clipboard-write"),
    ]
    return Code("iframe", "Iframe", _tag("iframe", named), _unframed(chosen))


def _wordpress(site: str, story: Story, chosen: Chosen) -> Code:
    own = dict(_of_element(chosen)) | {name: chosen[name] for name in ("title",) if name in chosen}
    fits = {name: value for name, value in own.items() if not NOT_IN_SHORTCODES.search(value)}
    named = [("story", story_url(site, story)), *fits.items()]
    text = "[liveblog " + " ".join(f'{name}="{value}"' for name, value in named) + "]"
    by_theme = ("font",) if chosen.get("font") == HOST else ()
    return Code("wordpress", "WordPress", text, _left_out(chosen, fits, *by_theme))


def _oembed(site: str, story: Story, chosen: Chosen) -> Code:
    text = _with_query(story_url(site, story), _framed(chosen))
    left = [name for name in chosen if name in {"height", "title"}]
    return Code("oembed", "oEmbed", text, (*left, *_unframed(chosen)))


def _amp(site: str, story: Story, chosen: Chosen) -> Code:
    page, height = story_url(site, story), chosen.get("height")
    named: list[tuple[str, str | None]] = [
        ("src", frame_address(page, chosen)),
        ("title", chosen.get("title") or story.title),
        ("layout", "fixed-height"),
        ("height", height or str(HEIGHT)),
        ("sandbox", AMP_SANDBOX),
        ("frameborder", "0"),
    ]
    # Without a placeholder AMP shows no frame near the top of a page.
    picture = [("layout", "fill"), ("src", f"{page}/card.png"), ("alt", ""), ("placeholder", None)]
    inner = _tag("amp-img", picture)
    if height is None:  # as tall as its content
        named.append(("resizable", None))
        inner += '<div overflow tabindex="0" role="button" aria-label="Show all">Show all</div>'
    needs = [("async", None), ("custom-element", "amp-iframe"), ("src", AMP_SCRIPT)]
    text = _tag("script", needs) + "\n" + _tag("amp-iframe", named, inner)
    return Code("amp", "AMP", text, _unframed(chosen))


def _framed(chosen: Chosen) -> Chosen:
    """The options that the address of a frame can carry. The font around a frame is not known in it."""
    return {
        name: value
        for name, value in chosen.items()
        if name in IN_ADDRESSES and (name, value) != ("font", HOST)
    }


def _unframed(chosen: Chosen) -> tuple[str, ...]:
    return ("font",) if chosen.get("font") == HOST else ()


def _with_query(address: str, asked: Chosen) -> str:
    return f"{address}?{urlencode(asked)}" if asked else address


def _link(site: str, story: Story) -> str:
    """What stands in the place of the story until it is there, and for readers without scripts."""
    return _tag("a", [("href", story_url(site, story))], escape(story.title, quote=False))


def _tag(name: str, named: Attributes, inner: str = "") -> str:
    """An element with these attributes and this markup inside. None stands for an attribute without a value."""
    shown = "".join(
        f" {key}" if value is None else f' {key}="{_attribute(value)}"' for key, value in named
    )
    return f"<{name}{shown}>{inner}</{name}>"


def _attribute(value: str) -> str:
    return escape(value, quote=False).replace('"', "&quot;")
