"""The page "Put it on your site" of a story: the widget's options with a preview, the codes, and the feeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from babel import Locale
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from liveblog.content.language import ENGLISH, TAGS
from liveblog.models.content import Story
from liveblog.models.members import User
from liveblog.newsroom.permissions import Right, may
from liveblog.web.auth.sign_in import signed_in
from liveblog.web.context import base_url, parts
from liveblog.web.desk.codes import attributes, codes, feeds, frame_address
from liveblog.web.public.embed_options import FEW, HOST, MOST, OPTIONS

Choices = tuple[tuple[str, str], ...]
_NAMES = Locale(ENGLISH).languages
# How wide the preview is; no option of the widget.
WIDTHS: Choices = (("", "A column"), ("phone", "A phone"), ("wide", "As wide as there is room"))


class Field(NamedTuple):
    """How an option is asked for. Without `choices` it is typed. `further` ones are seldom wanted."""

    label: str
    choices: Choices = ()
    hint: str = ""
    kind: str = "text"
    further: bool = True


# In the order of the form; the keys are those of `embed_options.OPTIONS`.
FIELDS: dict[str, Field] = {
    "show": Field(
        "Show",
        (("", "All updates"), ("key", "Key events"), ("confirmed", "Confirmed updates")),
        further=False,
    ),
    "limit": Field(
        "Updates at first",
        hint=f"1 to {MOST}; {FEW} if you leave it empty",
        kind="number",
        further=False,
    ),
    "order": Field("Order", (("", "Newest first"), ("oldest", "Oldest first")), further=False),
    "compact": Field(
        "Form", (("", "Whole updates"), ("1", "A ticker of headlines")), further=False
    ),
    "theme": Field(
        "Colours", (("", "By the device"), ("light", "Light"), ("dark", "Dark")), further=False
    ),
    "topic": Field("Only a hashtag"),
    "author": Field("Only an author", hint="A name or @handle"),
    "lang": Field(
        "Language of its buttons",
        (("", "That of the story"), *((tag, _NAMES[tag]) for tag in TAGS)),
    ),
    "font": Field(
        "Font",
        (
            ("", "That of the newsroom"),
            (HOST, "That of the page around it"),
            ("Georgia, serif", "Serif (Georgia)"),
            ("Arial, sans-serif", "Sans serif (Arial)"),
        ),
    ),
    "accent": Field(
        "Accent", hint="Of the badge and the counter: six hexadecimal digits, such as c2132f"
    ),
    "height": Field(
        "Height in pixels",
        hint="It scrolls within. Empty: as tall as its content",
        kind="number",
    ),
    "title": Field("Name for screen readers", hint="“Live coverage” if you leave it empty"),
}


class Form(NamedTuple):
    """What the form holds: `values` as typed, `errors` by field, and the valid options that differ from their
    default."""

    values: dict[str, str]
    errors: dict[str, str]
    chosen: dict[str, str]


def read(query: QueryParams) -> Form:
    """The form in the query of the page. A wrong option has an error and is in no code."""
    values = {
        option.name: " ".join(given.split())
        for option in OPTIONS
        if (given := query.get(option.name))
    }
    errors, chosen = {}, {}
    for option in OPTIONS:
        value = values.get(option.name)
        if not value:
            continue
        if not option.fits(value):
            label = FIELDS[option.name].label
            errors[option.name] = f"{label}: accepted: {option.accepted}"
        elif value != option.default:
            chosen[option.name] = value
    if "accent" in chosen:
        chosen["accent"] = chosen["accent"].removeprefix("#").lower()
    return Form(values, errors, chosen)


@signed_in
async def embed_page(request: Request, user: User) -> Response:
    """`GET /desk/stories/{slug}/embed`, for everybody who sees the story's desk: all that it shows is public, except
    where the story is embedded, which is for editors.

    Without scripts the form sends itself to this address again.
    """
    here = parts(request)
    story = await here.newsroom.store.stories.get(request.path_params["slug"])
    form = read(request.query_params)
    page = here.newsroom.templates.page(
        "desk/embed.html",
        user=user,
        story=story,
        fields=FIELDS,
        form=form,
        further=any(FIELDS[name].further for name in form.values),
        widths=WIDTHS,
        width=request.query_params.get("width", ""),
        suggested=await _suggested(request, story),
        **_shown(request, story, form.chosen),
        hosts=await _hosts(request, story, user),
        edits=may(user, Right.PUBLISH),
    )
    return HTMLResponse(page)


def _shown(request: Request, story: Story, chosen: Mapping[str, str]) -> dict[str, Any]:
    """The codes, the feeds and the preview, with the limits of the addresses in them."""
    here, site = parts(request), base_url(request)
    return {
        "codes": codes(site, story, chosen),
        "feeds": feeds(site, story),
        "labels": {name: field.label for name, field in FIELDS.items()},
        "site_address": site,
        "lasting": bool(here.settings.base_url),
        "preview": attributes(chosen),
        "frame": frame_address(f"/stories/{story.slug}", chosen),
        "listed": here.embedding.listed(story.embed_origins),
    }


async def _suggested(request: Request, story: Story) -> dict[str, Choices]:
    """The hashtags and authors that the story has most, for the options of these names."""
    page = await parts(request).store.stories.page(story.slug, 1)
    authors = tuple((one.value, one.name) for one in page.authors)
    return {"topic": tuple((name, f"#{name}") for name in page.topics), "author": authors}


async def _hosts(request: Request, story: Story, user: User) -> int | None:
    """On how many sites the story was loaded; None for those who may not know."""
    if not may(user, Right.PUBLISH):
        return None
    return len(await parts(request).store.embed_hosts.of(story))
