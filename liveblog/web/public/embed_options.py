"""The options of the widget: the only list. The widget's page, the element and the desk's codes read it.

The scripts of other sites' pages have the names once more, because they are files: `static/embed/embed.js` and
`static/embed/element.js`. `tests/unit/test_embed_options.py` compares them with this list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from enum import Flag, auto
from typing import NamedTuple

from starlette.datastructures import QueryParams

from liveblog.content.language import TAGS
from liveblog.store import EVERYTHING, Show, View
from liveblog.web.http.parameters import whole_number
from liveblog.web.public.pages import ORDERS, PAGE_ENTRIES, read_view

FEW = 8  # updates, where nobody names a number
MOST = PAGE_ENTRIES
LONGEST = 100  # characters of a topic or an author
LONGEST_TITLE = 200
SHOWN = tuple(show.value for show in Show)
THEMES = ("light", "dark", "auto")
HOST = "host"  # the font of the page around the widget


class At(Flag):
    """Where an option holds.

    - `SERVER`: a parameter of the widget's page, by which the server renders it.
    - `FRAME`: a parameter of the widget's page, which the script within the frame reads (static/embed/embed-frame.js).
    - `LOADER`: an attribute that the loader applies itself (static/embed/embed.js).
    - `ELEMENT`: an attribute of `<live-blog-embed>`.
    """

    SERVER = auto()
    FRAME = auto()
    LOADER = auto()
    ELEMENT = auto()


class Option(NamedTuple):
    """`accepted` says in words what `fits` accepts. `default` is what holds without the option."""

    name: str
    accepted: str
    fits: Callable[[str], bool]
    at: At
    default: str = ""


def _one_of(values: Collection[str]) -> tuple[str, Callable[[str], bool]]:
    return ", ".join(values), lambda value: value in values


def _text(longest: int) -> tuple[str, Callable[[str], bool]]:
    return f"at most {longest} characters", lambda value: 0 < len(value) <= longest


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value, re.ASCII) is not None


def _is_limit(value: str) -> bool:
    return whole_number(value, MOST) is not None


_IN_ALL = At.SERVER | At.ELEMENT
OPTIONS = (
    Option("limit", f"1 to {MOST}", _is_limit, _IN_ALL, str(FEW)),
    Option(
        "height",
        "a number of pixels, from 10",
        _like("[1-9][0-9]{1,4}"),
        At.LOADER | At.ELEMENT,
    ),
    Option("order", *_one_of(ORDERS), _IN_ALL, ORDERS[0]),
    Option("show", *_one_of(SHOWN), _IN_ALL),
    Option("topic", *_text(LONGEST), _IN_ALL),
    Option("author", *_text(LONGEST), _IN_ALL),
    Option("lang", *_one_of(TAGS), _IN_ALL),
    Option("theme", *_one_of(THEMES), At.FRAME | At.ELEMENT, THEMES[-1]),
    Option("compact", *_one_of(("0", "1")), _IN_ALL, "0"),
    Option("title", *_text(LONGEST_TITLE), At.FRAME | At.LOADER),
    Option("accent", "six hexadecimal digits", _like("#?[0-9A-Fa-f]{6}"), At.FRAME),
    Option(
        "font", f"{HOST}, or names of fonts", _like("[\\w\\s,\"'-]{1,200}"), At.FRAME | At.LOADER
    ),
)
SERVED = tuple(option for option in OPTIONS if At.SERVER in option.at)


class Options(NamedTuple):
    """What the address of the widget's page asks for. `language` is the interface's; None means the story's.
    `compact` is a ticker of headlines."""

    view: View = EVERYTHING
    limit: int = FEW
    language: str | None = None
    compact: bool = False


def read_options(query: QueryParams) -> tuple[Options, dict[str, str]]:
    """The options, and what was taken of each given parameter; empty where the default is used instead.

    A wrong value never breaks the page of a publisher.
    """
    taken = {
        option.name: query[option.name]
        for option in SERVED
        if option.name in query and option.fits(query[option.name])
    }
    options = Options(
        read_view(QueryParams(taken)),
        int(taken.get("limit", FEW)),
        taken.get("lang"),
        taken.get("compact") == "1",
    )
    return options, taken
