"""Reads one stream to its end with whichever `tzafon` is installed, and prints what it took.

The same program runs under ours and under the vendor's client: the calls are the same.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from tzafon import AsyncLightcone, Lightcone


def read_sync(url: str) -> int:
    client = Lightcone(api_key="sk_bench", base_url=url)
    return sum(1 for _ in client.agent.tasks.start_stream(instruction="x"))


async def read_async(url: str) -> int:
    client = AsyncLightcone(api_key="sk_bench", base_url=url)
    count = 0
    async for _ in await client.agent.tasks.start_stream(instruction="x"):
        count += 1
    return count


def main() -> None:
    mode, url = sys.argv[1:]

    def read() -> int:
        return read_sync(url) if mode == "sync" else asyncio.run(read_async(url))

    read()  # what is loaded or made once does not count
    wall, cpu = time.perf_counter(), time.process_time()
    count = read()
    print(json.dumps({"events": count, "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))


if __name__ == "__main__":
    main()
