"""Rounds: in each, every client takes its turn at every case."""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Optional

from cases import Group
from clients import RUST, Client, of, run

ROUNDS = 5
# How it is said that a process, or a stream, was not done in its time.
LATE = "not done"
# Whoever was not done in time this often is not asked again.
PATIENCE = 2

IMPORT = {"sdk": "from tzafon import Lightcone", "httpx_sse_client": "import httpx, httpx_sse", "openai_stream": "from openai import OpenAI", "": "pass"}

Reading = Dict[str, Any]
# What is to be known of a reading; none where there is no such thing.
Figure = Callable[[Reading], Optional[float]]


@dataclass
class Results:
    """Readings by case, lane and client, one for each round; none where something failed, which has a text."""

    readings: dict[tuple[str, str, str], list[Optional[Reading]]] = field(default_factory=dict)
    failures: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    # Bytes of memory by lane and client.
    memory: dict[tuple[str, str], list[dict[str, int]]] = field(default_factory=dict)
    rounds: int = 0
    seconds: float = 0

    def of(self, case: str, lane: str, client: str) -> list[Reading]:
        return [reading for reading in self.readings.get((case, lane, client), []) if reading is not None]

    def values(self, case: str, lane: str, client: str, figure: Figure) -> list[float]:
        values = (figure(reading) for reading in self.of(case, lane, client))
        return [value for value in values if value is not None]

    def median(self, case: str, lane: str, client: str, figure: Figure) -> Optional[float]:
        values = self.values(case, lane, client, figure)
        return statistics.median(values) if values else None

    def ratio(self, case: str, lane: str, one: str, other: str, figure: Figure, other_lane: str = "") -> list[float]:
        """Round by round, as what a machine does meanwhile changes over a run."""
        pairs = zip(self.readings.get((case, lane, one), []), self.readings.get((case, other_lane or lane, other), []))
        values = [(figure(mine), figure(yours)) for mine, yours in pairs if mine is not None and yours is not None]
        return [mine / yours for mine, yours in values if mine is not None and yours]


def rate(reading: Reading) -> float:
    """Events or calls per second."""
    return (reading["events"] if "events" in reading else reading["calls"]) / reading["wall"]


def cpu(reading: Reading) -> float:
    """Seconds of CPU for an event or a call."""
    return reading["cpu"] / (reading["events"] if "events" in reading else reading["calls"])


def seconds(reading: Reading) -> float:
    return reading["seconds"]


def _read(group: Group, client: Client, url: str) -> tuple[Optional[dict[str, Any]], str]:
    """One process; its answer, or what went wrong."""
    if group.kind == "import":
        began = time.perf_counter()
        output, why = run([str(client.executable), "-c", IMPORT[client.module]], group.limit)
        took = time.perf_counter() - began
        return (None, why) if output is None else ({"results": [{"seconds": took}]}, "")
    if group.kind == "cold":
        began = time.time_ns()
        output, why = run(client.cold(url), group.limit)
        return (None, why) if output is None else ({"results": [{"seconds": (int(output) - began) / 1e9}]}, "")
    output, why = run(client.command(url, list(group.jobs_of(client).values())), group.limit)
    return (None, why) if output is None else (json.loads(output), "")


def measure(groups: list[Group], url: str, rounds: int, limit: float, say: Callable[[str], None]) -> Results:
    """So many rounds, or as many whole ones as fit into the limit in seconds, but one at least."""
    results = Results()
    overran: Counter[tuple[str, str, str]] = Counter()
    began = time.monotonic()
    for number in range(rounds):
        for group in groups:
            # Whoever comes first or after whom is not always the same.
            turn = number % len(group.clients)
            for client in group.clients[turn:] + group.clients[:turn]:
                names = list(group.jobs_of(client))
                keys = [(name, client.lane, client.name) for name in names]
                answer, why = (None, "not asked again") if overran[keys[0]] >= PATIENCE else _read(group, client, url)
                readings = answer["results"] if answer else [None] * len(keys)
                for key, reading in zip(keys, readings):
                    results.readings.setdefault(key, []).append(reading)
                overran[keys[0]] += why.startswith(LATE) or any(LATE in (reading or {}).get("failures", {}) for reading in readings)
                if answer is None:
                    for key in keys:
                        results.failures.setdefault(key, []).append(why)
                    say(f"{client.lane}, {client.name}, {names[0]}: {why}")
                elif "memory" in answer:
                    results.memory.setdefault((client.lane, client.name), []).append(answer["memory"])
        results.rounds, results.seconds = number + 1, time.monotonic() - began
        say(f"round {results.rounds} of {rounds} is over after {results.seconds:.0f} s")
        if results.seconds * (results.rounds + 1) / results.rounds > limit:
            break
    return results


def prepare(groups: list[Group], url: str) -> None:
    """Has the server render what it will write, and Python compile what it will load."""
    for group in groups:
        streams = {name: job for name, job in group.jobs.items() if job.get("kind") == "stream"}
        readers = of(RUST, "raw socket") if streams else group.clients if group.kind != "jobs" else []
        for client in readers:
            _, why = _read(Group(streams, [client], kind=group.kind), client, url)
            if why:
                raise SystemExit(f"{client.lane}, {client.name}: {why}")
