"""httpx with httpx-sse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
from httpx_sse import aconnect_sse, connect_sse

HEADERS = {"authorization": "Bearer sk_bench"}


class Sync:
    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, headers=HEADERS, timeout=60)

    def events(self, instruction: str) -> Iterator[Any]:
        with connect_sse(self.client, "POST", "/agent/tasks/stream", json={"instruction": instruction}) as source:
            for event in source.iter_sse():
                yield event.json()

    def status(self) -> Any:
        return self.client.get("/agent/tasks/task_bench").raise_for_status().json()

    def close(self) -> None:
        self.client.close()


class Async:
    def __init__(self, url: str) -> None:
        self.client = httpx.AsyncClient(base_url=url, headers=HEADERS, timeout=60)

    async def events(self, instruction: str) -> AsyncIterator[Any]:
        return self._events(instruction)

    async def _events(self, instruction: str) -> AsyncIterator[Any]:
        async with aconnect_sse(self.client, "POST", "/agent/tasks/stream", json={"instruction": instruction}) as source:
            async for event in source.aiter_sse():
                yield event.json()

    async def status(self) -> Any:
        return (await self.client.get("/agent/tasks/task_bench")).raise_for_status().json()

    async def close(self) -> None:
        await self.client.aclose()
