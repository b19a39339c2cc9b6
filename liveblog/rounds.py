"""Work that a process does again and again, as long as it lives."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from liveblog.errors import LiveblogError

log = structlog.get_logger()


async def every(
    seconds: float, work: Callable[[], Awaitable[None]], jitter: float = 0.2
) -> NoReturn:
    """Rests for the time, give or take the jitter, and works, until cancelled. A round that fails is logged
    and is never the last: what it should have done, the next one does."""
    task = asyncio.current_task()
    assert task is not None
    while True:
        # `asyncio.wait_for` of Python 3.11, which redis-py calls, loses a cancel that comes as it ends.
        if task.cancelling():
            raise asyncio.CancelledError
        await asyncio.sleep(seconds * random.uniform(1 - jitter, 1 + jitter))
        try:
            await work()
        except LiveblogError as error:
            log.warning("a round failed", work=work.__name__, reason=str(error))
        except Exception:
            log.exception("a round failed", work=work.__name__)
