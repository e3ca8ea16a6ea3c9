"""How long to read, and what it took."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from memory import peak

# Long enough to estimate a rate from; short, for it is not what is measured.
ESTIMATE = 0.03
FIRST = 64
# About so many streams in the time that is measured.
STREAMS = 4


def instruction(job: dict[str, Any], events: int) -> str:
    return f"events={events} size={job['size']} per_chunk={job['per_chunk']}"


def check(job: dict[str, Any], asked: int, count: int, last: Any) -> int:
    """How many events there were between the first, `started`, and the last; a stream that is not whole has no rate."""
    assert asked + 2 <= count < asked + 2 + job["per_chunk"], f"{count} events in place of {asked} and two"
    assert last["type"] == "completed", last
    return count - 2


@dataclass
class Plan:
    """Finds how many events a stream should have, so that a few streams take as long as the job says.

    Clients differ thirtyfold: with one number of events for all, either the fast ones are over before
    anything can be measured, or the slow ones take a minute.
    """

    job: dict[str, Any]
    events: int = FIRST

    def __post_init__(self) -> None:
        self.events = min(self.events, self.job["most"])

    def enough(self, count: int, took: float) -> bool:
        """Whether a stream of `events` was long enough to tell; if so, `events` is what to measure with."""
        most = self.job["most"]
        if took < ESTIMATE and self.events < most:
            self.events = min(most, self.events * 4)
            return False
        self.events = max(1, min(most, int(count / took * self.job["seconds"] / STREAMS)))
        return True


class Stopwatch:
    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def elapsed(self) -> float:
        return time.perf_counter() - self.wall

    def read(self, **found: Any) -> dict[str, Any]:
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        return {**found, "wall": wall, "cpu": cpu, "peak": peak()}
