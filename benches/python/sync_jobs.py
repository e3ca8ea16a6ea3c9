"""The jobs of a client whose calls block."""

from __future__ import annotations

import statistics
import threading
import time
from typing import Any

from memory import resident
from timing import Plan, Stopwatch, check, instruction


def read(client: Any, job: dict[str, Any], events: int) -> int:
    count, event = 0, None
    for event in client.events(instruction(job, events)):
        count += 1
    return check(job, events, count, event)


def stream(client: Any, job: dict[str, Any]) -> dict[str, Any]:
    plan = Plan(job)
    while True:
        began = time.perf_counter()
        count = read(client, job, plan.events)
        if plan.enough(count, time.perf_counter() - began):
            break
    watch, count = Stopwatch(), 0
    while watch.elapsed() < job["seconds"]:
        count += read(client, job, plan.events)
    return watch.read(events=count)


def call_until(client: Any, until: float) -> int:
    count = 0
    while count == 0 or time.perf_counter() < until:
        client.status()
        count += 1
    return count


def unary(client: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Calls by so many threads at a time."""
    counts: list[int] = []

    def call(seconds: float) -> None:
        until = time.perf_counter() + seconds
        threads = [threading.Thread(target=lambda: counts.append(call_until(client, until))) for _ in range(job["callers"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(counts) == job["callers"], "a caller failed"

    if job["callers"] == 1:
        call_until(client, time.perf_counter() + job["seconds"] / 5)
        watch = Stopwatch()
        return watch.read(calls=call_until(client, time.perf_counter() + job["seconds"]))
    # So that each has its connection.
    call(job["seconds"] / 5)
    counts.clear()
    watch = Stopwatch()
    call(job["seconds"])
    return watch.read(calls=sum(counts))


def first(client: Any, job: dict[str, Any]) -> dict[str, Any]:
    """The time from the call to the first event, while the stream goes on."""
    times = []
    for _ in range(job["times"]):
        began = time.perf_counter()
        events = client.events("events=2 pace_ms=3")
        next(iter(events))
        times.append(time.perf_counter() - began)
        for _ in events:
            pass
    return {"seconds": statistics.median(times)}


JOBS = {"stream": stream, "unary": unary, "first": first}


def run(client: Any, jobs: list[dict[str, Any]]) -> tuple[int, list[dict[str, Any]]]:
    client.status()
    first_call = resident()
    results = [JOBS[job["kind"]](client, job) for job in jobs]
    client.close()
    return first_call, results
