"""What stays behind of many calls and streams: nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest
from programs import SOAK, python

CALLS = 10_000 * SOAK
STREAMS = 100 * SOAK
LONG = 240.0 * SOAK
"""Seconds."""

SPARE = 6 << 20
"""How much more memory there may be after them, in bytes: what the allocators of several threads keep, whatever the number of calls.

A leak of 64 bytes a call is that much in `make soak`, and one of 6 bytes an event."""

PROGRAM = """
import asyncio, gc, json, os, sys, threading
from collections import Counter
from tzafon import AsyncLightcone, Lightcone

url, way, calls, streams = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])

def in_use():
    gc.collect()
    kinds = Counter(type(each).__qualname__ for each in gc.get_objects())
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return {
        "resident": resident,
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": len(os.listdir("/proc/self/task")),
        "python threads": threading.active_count(),
        "kinds": kinds,
    }

def sync(calls, streams):
    for _ in range(calls):
        assert client.agent.tasks.retrieve_status("t1").status == "running"
    for _ in range(streams):
        with client.agent.tasks.start_stream(instruction="x") as events:
            assert sum(1 for _ in events) == 1000

async def call(count):
    for _ in range(count):
        assert (await client.agent.tasks.retrieve_status("t1")).status == "running"

async def follow():
    async with await client.agent.tasks.start_stream(instruction="x") as events:
        seen = 0
        async for _ in events:
            seen += 1
        assert seen == 1000

async def some(calls, streams):
    await asyncio.gather(*(call(calls // 10) for _ in range(10)))
    for _ in range(streams):
        await follow()

async def both(calls, streams):
    await some(calls // 10, streams // 10)
    before = in_use()
    await some(calls, streams)
    return before, in_use()

if way == "sync":
    client = Lightcone(base_url=url)
    sync(calls // 10, streams // 10)
    before = in_use()
    sync(calls, streams)
    after = in_use()
else:
    client = AsyncLightcone(base_url=url)
    before, after = asyncio.run(both(calls, streams))
more = {kind: count - before["kinds"][kind] for kind, count in after["kinds"].items() if count > before["kinds"][kind]}
del before["kinds"], after["kinds"]
print(json.dumps([before, after, more]))
"""

MORE = 60
"""How many objects of a kind may be new after them: of what fills up caches. Of a leak there are at least as many as streams."""


@pytest.fixture(scope="module")
def fast_server() -> Iterator[str]:
    command = [sys.executable, str(Path(__file__).parent / "load.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="what a process has is counted in /proc")
@pytest.mark.parametrize("way", ["sync", "async"])
def test_nothing_stays_behind(way: str, fast_server: str, capsys: pytest.CaptureFixture[str]) -> None:
    with python("-c", PROGRAM, fast_server, way, str(CALLS), str(STREAMS)) as process:
        out, err = process.communicate(timeout=LONG)
    assert (process.returncode, err) == (0, "")
    before, after, more = json.loads(out)
    with capsys.disabled():
        if SOAK > 1:
            print(f"\n{way}: {CALLS} calls and {STREAMS} streams of 1000 events; before {before}, after {after}, new objects {more}")
    assert after["resident"] - before["resident"] < SPARE
    # A connection may be on its way into the pool or out of it.
    assert abs(after["descriptors"] - before["descriptors"]) <= 10
    assert (after["threads"], after["python threads"]) == (before["threads"], before["python threads"])
    assert {kind: count for kind, count in more.items() if count > MORE} == {}
