"""Counts the turns that others have on an event loop."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import AsyncIterator, Callable


@asynccontextmanager
async def counted_turns() -> AsyncIterator[Callable[[], int]]:
    """What tells how many there were since the block began."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.ensure_future(count())
    try:
        yield lambda: turns
    finally:
        counting.cancel()
