"""The pictures that social networks show beside a shared link (content/share/card.py)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from liveblog.content.language import language, of_story
from liveblog.content.markup.directions import direction
from liveblog.content.share.card import BADGES, Share
from liveblog.errors import Unavailable
from liveblog.models.content import Entry, Medium, Story, StoryStatus
from liveblog.web.cache.share_pictures import Content
from liveblog.web.context import Parts, parts
from liveblog.web.http.client_network import network_of
from liveblog.web.http.headers import of_page
from liveblog.web.http.policy import policy
from liveblog.web.public.history import require_public
from liveblog.web.record import entry_title

TRIES = 3  # how often a picture is drawn if it changes meanwhile


async def of_a_story(request: Request) -> Response:
    """`GET /stories/{slug}/card.png`. Raises `NotFound`, `Crowded`, `Unavailable`."""
    here, slug = parts(request), request.path_params["slug"]

    async def read() -> Content:
        story = await here.store.stories.get(slug)
        return Content(share_of_story(here, story), story.cover)

    return await _picture(request, read)


async def of_an_entry(request: Request) -> Response:
    """`GET /stories/{slug}/entries/{id}/card.png`.

    Raises `NotFound`, `OutOfReach` for an entry that was taken down, `Crowded`, `Unavailable`.
    """
    here, slug, entry_id = parts(request), request.path_params["slug"], request.path_params["id"]

    async def read() -> Content:
        story, entry = await here.store.stories.entry(slug, entry_id)
        require_public(entry)
        return Content(share_of_entry(here, story, entry), _first_picture(entry) or story.cover)

    return await _picture(request, read)


async def _picture(request: Request, read: Callable[[], Awaitable[Content]]) -> Response:
    """The picture of a content. `read` gives the content as it is now, and raises if it is not public.

    It is read again after the picture was drawn: a picture that is out of date by then is not sent.
    """
    here, slug = parts(request), request.path_params["slug"]
    client = network_of(request.client.host if request.client else "")
    for _ in range(TRIES):
        feed = here.hub.feeds.get(slug) or await here.hub.open_for_page(slug)
        texts = feed.texts
        content = await read()
        headers = of_page(policy(request)) | {"ETag": content.etag}
        if content.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        file = here.share_pictures.held(feed, content)
        if file is not None:
            return Response(file, headers=headers)
        file = await here.share_pictures.draw(feed, texts, content, client)
        if await read() == content:
            return Response(file, headers=headers)
    raise Unavailable("the story changes faster than its picture is drawn; try again")


def share_of_story(here: Parts, story: Story) -> Share:
    """What the picture of a story says. Its time is that of the coverage's start, or of its end."""
    ended = story.status is StoryStatus.ENDED
    at = (story.coverage_end if ended else None) or story.coverage_start
    return Share(
        title=story.title,
        masthead=here.newsroom.site.name,
        status=here.templates.status_word(story),
        live=story.status is StoryStatus.LIVE,
        when=language(of_story(story.language)).full(at, story.timezone) if at else "",
        language=story.language,
        direction=story.direction,
        turned=direction(story.title) or story.direction,
    )


def share_of_entry(here: Parts, story: Story, entry: Entry) -> Share:
    """What the picture of a published entry says: also how sure it is."""
    assert entry.published_at is not None
    title, sure = entry_title(entry, story), here.templates.how_sure(entry, story)
    status = entry.verification.status.value if entry.verification else ""
    tone = status if status in BADGES else "corrected"
    return share_of_story(here, story)._replace(
        title=title,
        when=language(of_story(story.language)).full(entry.published_at, story.timezone),
        turned=direction(title) or story.direction,
        above=story.title if title != story.title else "",
        sure=sure,
        tone=tone if sure else "",
    )


def _first_picture(entry: Entry) -> Medium | None:
    return next((medium for medium in entry.media if medium.kind == "picture"), None)
