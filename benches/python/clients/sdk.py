"""Whichever `tzafon` is installed: ours and the vendor's have the same methods."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from tzafon import AsyncLightcone, Lightcone

KEY = "sk_bench"


class Sync:
    def __init__(self, url: str) -> None:
        self.client = Lightcone(api_key=KEY, base_url=url)

    def events(self, instruction: str) -> Iterator[Any]:
        return self.client.agent.tasks.start_stream(instruction=instruction)

    def status(self) -> Any:
        return self.client.agent.tasks.retrieve_status("task_bench")

    def close(self) -> None:
        self.client.close()


class Async:
    def __init__(self, url: str) -> None:
        self.client = AsyncLightcone(api_key=KEY, base_url=url)

    async def events(self, instruction: str) -> AsyncIterator[Any]:
        return await self.client.agent.tasks.start_stream(instruction=instruction)

    async def status(self) -> Any:
        return await self.client.agent.tasks.retrieve_status("task_bench")

    async def close(self) -> None:
        await self.client.close()
