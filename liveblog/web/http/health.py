"""Health: whether the process is alive, and whether the database and Redis answer."""

from __future__ import annotations

import hmac
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from liveblog import metrics
from liveblog.errors import LiveblogError
from liveblog.net.signatures import derived
from liveblog.store.database import for_a_reader
from liveblog.web.context import parts
from liveblog.web.http.policy import policy

WORD_SECONDS = 60.0
ASKED = "Liveblog-Doctor"  # the header of a question that `liveblog doctor` asks


def doctors_word(secret_key: str, at: float) -> str:
    """What the header must hold at a time, in seconds since 1970: nobody has it without the SECRET_KEY."""
    return derived(secret_key, "doctor", str(int(at // WORD_SECONDS)))


async def livez(request: Request) -> Response:
    """200 while the process answers. It checks nothing else.

    `liveblog doctor` is told the scheme and the address of its request, as they arrive here.
    """
    kept = {"Cache-Control": policy(request).cache_control}
    if (word := request.headers.get(ASKED)) and _is_doctor(request, word):
        address = request.client.host if request.client else ""
        return JSONResponse({"scheme": request.url.scheme, "address": address}, headers=kept)
    return PlainTextResponse("ok\n", headers=kept)


def _is_doctor(request: Request, word: str) -> bool:
    key, now = parts(request).settings.secret_key, time.time()
    words = [doctors_word(key, now), doctors_word(key, now - WORD_SECONDS)]
    return any(hmac.compare_digest(word.encode(), one.encode()) for one in words)


async def metrics_page(request: Request) -> Response:
    """The metrics in Prometheus' text format."""
    text, content_type = metrics.exposition()
    kept = policy(request).cache_control
    return Response(text, headers={"Content-Type": content_type, "Cache-Control": kept})


async def readyz(request: Request) -> Response:
    """200 while the database answers, otherwise 503.

    Without Redis the server still delivers, but later. If nothing can be stored, it still serves readers. In both
    cases the answer is 200 with `"degraded": true`.
    """
    here = parts(request)
    for_a_reader.set(False)  # however many readers ask
    database, writable = "up", False
    try:
        await here.store.stories.recent(limit=1)
        writable = await here.store.database.writable()
    except LiveblogError:
        database = "down"
    files = here.files.writable()
    redis = "up" if here.listener.hears else "down"
    state = {
        "database": database,
        "redis": redis,
        "writable": writable and files,
        "degraded": "down" in {database, redis} or not writable or not files,
    }
    return JSONResponse(
        state,
        200 if database == "up" else 503,
        headers={"Cache-Control": policy(request).cache_control},
    )
