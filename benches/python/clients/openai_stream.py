"""The openai package's client and Stream, by its methods for other routes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from openai import AsyncOpenAI, AsyncStream, OpenAI, Stream

KEY = "sk_bench"


class Sync:
    def __init__(self, url: str) -> None:
        self.client = OpenAI(api_key=KEY, base_url=url)

    def events(self, instruction: str) -> Iterator[Any]:
        return self.client.post("/agent/tasks/stream", cast_to=object, body={"instruction": instruction}, stream=True, stream_cls=Stream[object])

    def status(self) -> Any:
        return self.client.get("/agent/tasks/task_bench", cast_to=object)

    def close(self) -> None:
        self.client.close()


class Async:
    def __init__(self, url: str) -> None:
        self.client = AsyncOpenAI(api_key=KEY, base_url=url)

    async def events(self, instruction: str) -> AsyncIterator[Any]:
        return await self.client.post("/agent/tasks/stream", cast_to=object, body={"instruction": instruction}, stream=True, stream_cls=AsyncStream[object])

    async def status(self) -> Any:
        return await self.client.get("/agent/tasks/task_bench", cast_to=object)

    async def close(self) -> None:
        await self.client.close()
