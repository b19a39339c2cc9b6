"""How a story is delivered at this moment, for its desk: on all processes together."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from liveblog.errors import LiveblogError
from liveblog.models.content import Story
from liveblog.web.context import Parts, parts


class Figures(NamedTuple):
    """`p50` and `p95`: seconds from the commit of an event to its write to the last level reader of a
    process, of the last five minutes; None where nobody was reading. `missed`: events of that time that
    Redis did not bring, each healed from the log."""

    readers: int
    p50: float | None
    p95: float | None
    missed: int
    redis: str
    database: str

    def words(self) -> dict[str, str]:
        """As people read them."""
        return {
            "readers": f"{self.readers:,}",
            "p50": _milliseconds(self.p50),
            "p95": _milliseconds(self.p95),
            "missed": f"{self.missed:,}",
            "redis": self.redis,
            "database": self.database,
        }


async def figures(here: Parts, story: Story) -> Figures:
    """Never raises: that the database does not answer is one of the figures."""
    latency = here.listener.latency()
    try:
        await here.newsroom.store.queues.change_counts([story.slug])
        database = "up"
    except LiveblogError:
        database = "down"
    return Figures(
        readers=here.listener.readers(story.slug),
        p50=latency.within(0.5),
        p95=latency.within(0.95),
        missed=latency.missed,
        redis="up" if here.listener.hears else "down",
        database=database,
    )


async def answer(request: Request) -> Response:
    """JSON, for pages without a socket; for editors."""
    found = await parts(request).newsroom.store.stories.get(request.path_params["slug"])
    now = await figures(parts(request), found)
    return JSONResponse(now._asdict() | {"words": now.words()})


def _milliseconds(seconds: float | None) -> str:
    return "none yet" if seconds is None else f"{seconds * 1000:,.0f} ms"
