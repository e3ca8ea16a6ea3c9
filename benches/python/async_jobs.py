"""The jobs of a client for asyncio."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from typing import Any

from memory import peak, resident
from timing import Plan, Stopwatch, check, instruction


async def read(client: Any, job: dict[str, Any], events: int) -> int:
    count, event = 0, None
    async for event in await client.events(instruction(job, events)):
        count += 1
    return check(job, events, count, event)


async def stream(client: Any, job: dict[str, Any]) -> dict[str, Any]:
    plan = Plan(job)
    while True:
        began = time.perf_counter()
        count = await read(client, job, plan.events)
        if plan.enough(count, time.perf_counter() - began):
            break
    watch, count = Stopwatch(), 0
    while watch.elapsed() < job["seconds"]:
        count += await read(client, job, plan.events)
    return watch.read(events=count)


async def call_until(client: Any, until: float) -> int:
    count = 0
    while count == 0 or time.perf_counter() < until:
        await client.status()
        count += 1
    return count


async def unary(client: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Calls by so many tasks at a time."""

    async def call(seconds: float) -> int:
        until = time.perf_counter() + seconds
        return sum(await asyncio.gather(*(call_until(client, until) for _ in range(job["callers"]))))

    # So that each has its connection.
    await call(job["seconds"] / 5)
    watch = Stopwatch()
    return watch.read(calls=await call(job["seconds"]))


async def first(client: Any, job: dict[str, Any]) -> dict[str, Any]:
    """The time from the call to the first event, while the stream goes on."""
    times = []
    for _ in range(job["times"]):
        began = time.perf_counter()
        events = await client.events("events=2 pace_ms=3")
        await events.__aiter__().__anext__()
        times.append(time.perf_counter() - began)
        async for _ in events:
            pass
    return {"seconds": statistics.median(times)}


async def paced(client: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Many streams at once, each event with the time at which the server sent it."""
    lags: list[float] = []
    failures: Counter[str] = Counter()
    text = f"events={job['events']} size=200 pace_ms={job['pace_ms']}"

    async def follow() -> None:
        last = None
        try:
            async for last in await client.events(text):
                if "sent_us" in last:
                    lags.append(time.time_ns() / 1e9 - last["sent_us"] / 1e6)
            assert last is not None and last["type"] == "completed", "the stream is not whole"
        except Exception as error:
            failures[type(error).__name__] += 1

    before = resident()
    watch = Stopwatch()
    _, late = await asyncio.wait([asyncio.ensure_future(follow()) for _ in range(job["streams"])], timeout=job["limit"])
    if late:
        failures["not done"] = len(late)
    result = watch.read(failures=failures)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    lags.sort()
    return {
        **result,
        "ideal": (job["events"] - 1) * job["pace_ms"] / 1000,
        "lag_p50": lags[len(lags) // 2] if lags else None,
        "lag_p99": lags[len(lags) * 99 // 100] if lags else None,
        "memory": max(0, peak() - before) / job["streams"],
    }


JOBS = {"stream": stream, "unary": unary, "first": first, "paced": paced}


async def run(make: Any, url: str, jobs: list[dict[str, Any]]) -> tuple[int, list[dict[str, Any]]]:
    client = make(url)
    await client.status()
    first_call = resident()
    results = [await JOBS[job["kind"]](client, job) for job in jobs]
    await client.close()
    return first_call, results
