"""aiohttp with a loop written by hand, as one would who cares for speed and knows the server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

HEADERS = {"authorization": "Bearer sk_bench"}


class Async:
    def __init__(self, url: str) -> None:
        self.url = url
        # Its default, 100 connections, is for short requests; streams wait for their turn with it.
        connector = aiohttp.TCPConnector(limit=0)
        self.session = aiohttp.ClientSession(connector=connector, headers=HEADERS, timeout=aiohttp.ClientTimeout(total=None, sock_read=60))

    async def events(self, instruction: str) -> AsyncIterator[Any]:
        return self._events(instruction)

    async def _events(self, instruction: str) -> AsyncIterator[Any]:
        async with self.session.post(f"{self.url}/agent/tasks/stream", json={"instruction": instruction}) as answer:
            answer.raise_for_status()
            # Frames end with a blank line, and the server writes line feeds only.
            rest = bytearray()
            async for piece in answer.content.iter_any():
                searched = max(0, len(rest) - 1)
                rest += piece
                begin = 0
                while (end := rest.find(b"\n\n", searched)) >= 0:
                    for line in rest[begin:end].split(b"\n"):
                        if line.startswith(b"data: "):
                            yield json.loads(line[6:])
                    begin = searched = end + 2
                del rest[:begin]

    async def status(self) -> Any:
        async with self.session.get(f"{self.url}/agent/tasks/task_bench") as answer:
            answer.raise_for_status()
            return await answer.json()

    async def close(self) -> None:
        await self.session.close()
