"""What is to be reached: of each figure a floor, a goal, and where it stands."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Optional

from cases import GROWING_SIZES, GROWING_STREAMS, SIZES
from clients import ASYNC, BARE, CLIENTS, IN_NODE, LANES, OURS, REFERENCE, RUST, SYNC
from measure import Figure, Reading, Results, cpu, rate, seconds

MET, BETWEEN, UNDER, UNKNOWN = "met", "between", "under", "not measured"

# Ratios of rates to the reference: floor and goal.
STREAMS = {
    SYNC: {"200 B": (15, 33), "200 B, many per chunk": (9, 16), "2 KB": (4, 9), "100 KB": (5, 9)},
    ASYNC: {"200 B": (15, 30), "200 B, many per chunk": (7, 11), "2 KB": (4.5, 9), "100 KB": (5, 10)},
    IN_NODE: {"200 B": (6, 12), "200 B, many per chunk": (6, 9), "2 KB": (3.5, 5), "100 KB": (7, 10)},
}
UNARY = {
    (SYNC, "unary, 1 caller"): 2.5,
    (ASYNC, "unary, 1 caller"): 2.5,
    (SYNC, "unary, 8 threads"): 10,
    (ASYNC, "unary, 64 at once"): 10,
    (IN_NODE, "unary, 1 caller"): 2,
    (IN_NODE, "unary, 64 at once"): 10,
}
# Shares of the rate of the client in Rust with reqwest and sonic-rs.
LIMIT = {"200 B": 0.5, "2 KB": 0.3, "100 KB": 0.5}
IMPORT, COLD = 0.060, {SYNC: 0.120, IN_NODE: 0.080}
WALL, LAG, PER_STREAM = 1.1, 0.050, 30_000
# Work that grows tenfold may take ten times as long, and what a cache that is too small adds to it.
EXPONENT = 1.25


@dataclass(frozen=True)
class Target:
    """One figure and what it should be; the smaller the better where `at_most`."""

    topic: str
    name: str
    measured: Optional[float]
    goal: float
    floor: Optional[float] = None
    at_most: bool = False
    unit: str = "×"
    # The lowest and the highest of the rounds.
    spread: Optional[tuple[float, float]] = None

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return UNKNOWN
        reached = (lambda limit: self.measured <= limit) if self.at_most else (lambda limit: self.measured >= limit)
        if reached(self.goal):
            return MET
        return BETWEEN if self.floor is not None and reached(self.floor) else UNDER


def _of(topic: str, name: str, ratios: list[float], **rest: float) -> Target:
    spread = (min(ratios), max(ratios)) if ratios else None
    return Target(topic, name, statistics.median(ratios) if ratios else None, spread=spread, **rest)


def streams(results: Results) -> list[Target]:
    found = []
    for lane, cases in STREAMS.items():
        for case, (floor, goal) in cases.items():
            ratios = results.ratio(case, lane, OURS, REFERENCE[lane], rate)
            found.append(_of(f"Rate of events, to {REFERENCE[lane]}", f"{lane}, {case}", ratios, floor=floor, goal=goal))
    return found


def ahead(results: Results) -> list[Target]:
    """In each stream case, of the best other client."""
    found = []
    for topic, figure, better in (("Rate of events, to the best other", rate, max), ("CPU per event, of the best other", cpu, min)):
        for lane in LANES:
            others = [client.name for client in CLIENTS if client.lane == lane and client.name != OURS]
            for size in SIZES.values():
                for case in (size, f"{size}, many per chunk"):
                    medians = {other: results.median(case, lane, other, figure) for other in others}
                    known = {other: value for other, value in medians.items() if value is not None}
                    if known:
                        best = better(known, key=lambda other: known[other])
                        ratios = results.ratio(case, lane, OURS, best, figure)
                        found.append(_of(topic, f"{lane}, {case} ({best})", ratios, goal=1, at_most=figure is cpu))
    return found


def limits(results: Results) -> list[Target]:
    return [
        _of("Rate of events, to reqwest and sonic-rs", f"{SYNC}, {case}", results.ratio(case, SYNC, OURS, "reqwest", rate, other_lane=RUST), goal=share)
        for case, share in LIMIT.items()
    ]


def calls(results: Results) -> list[Target]:
    return [
        _of(f"Rate of calls, to {REFERENCE[lane]}", f"{lane}, {case.removeprefix('unary, ')}", results.ratio(case, lane, OURS, REFERENCE[lane], rate), goal=goal)
        for (lane, case), goal in UNARY.items()
    ]


def starts(results: Results) -> list[Target]:
    found = [
        _of("Time to the first event", f"{lane}, to {REFERENCE[lane]}", results.ratio("first event", lane, OURS, REFERENCE[lane], seconds), goal=1, at_most=True)
        for lane in LANES
    ]
    bare = results.median("import", SYNC, "bare", seconds)
    over = [value - bare for value in results.values("import", SYNC, OURS, seconds)] if bare is not None else []
    found.append(_of("From nothing", "Python, import, over a bare interpreter", over, goal=IMPORT, at_most=True, unit="s"))
    for lane, goal in COLD.items():
        language = "Node" if lane == IN_NODE else "Python"
        found.append(_of("From nothing", f"{language}, a script to its first event", results.values("cold", lane, OURS, seconds), goal=goal, at_most=True, unit="s"))
    return found


def many(results: Results) -> list[Target]:
    """1,000 streams, with the settings that a client has by itself."""
    found = []
    for lane in (ASYNC, IN_NODE):
        for name, figure, goal, unit in (
            ("streams that failed", lambda reading: float(sum(reading["failures"].values())), 0, ""),
            ("time, to the least that there could be", lambda reading: reading["wall"] / reading["ideal"], WALL, "×"),
            ("lag, p99", lambda reading: reading["lag_p99"], LAG, "s"),
            ("memory per stream", lambda reading: reading["memory"], PER_STREAM, "B"),
        ):
            values = results.values("1,000 streams", lane, OURS, figure)
            found.append(_of("1,000 paced streams at once", f"{lane}, {name}", values, goal=goal, at_most=True, unit=unit))
    return found


def exponents(amounts: list[float], costs: list[Optional[float]]) -> list[Optional[float]]:
    """Of each step from one amount of work to the next: 1 is linear growth, 2 quadratic; none where a cost is not known."""
    steps = zip(zip(amounts, amounts[1:]), zip(costs, costs[1:]))
    return [math.log(late / early) / math.log(more / less) if early and late else None for (less, more), (early, late) in steps]


def on_top_of_bare(amounts: list[float], costs: list[Optional[float]], bare: list[Optional[float]]) -> list[Optional[float]]:
    """The same; but a step in which bare itself is steeper than may be is judged by what comes on top of it.

    V8 has the system give it new memory for each text of more than 128 KB, which no client can change.
    """
    rest = [cost - least if cost and least and cost > least else None for cost, least in zip(costs, bare)]
    steps = zip(*(exponents(amounts, values) for values in (costs, bare, rest)))
    return [of_rest if of_bare and of_bare > EXPONENT else of_all for of_all, of_bare, of_rest in steps]


def by_size() -> list[tuple[str, float]]:
    return [(f"growth, {size:,} B", size) for size in GROWING_SIZES]


def by_streams() -> list[tuple[str, float]]:
    return [(f"growth, {count:,} streams", count) for count in GROWING_STREAMS]


def total_cpu(reading: Reading) -> Optional[float]:
    """None where not all of the streams were followed to their end."""
    return None if reading["failures"] else reading["cpu"]


def growth(results: Results) -> list[Target]:
    """No step may be worse than linear."""
    found = []
    for lane, steps, figure, what in (
        (SYNC, by_size(), cpu, "CPU by size of an event"),
        (IN_NODE, by_size(), cpu, "CPU by size of an event; on top of bare, where bare exceeds the goal"),
        (ASYNC, by_streams(), total_cpu, "CPU by number of streams"),
        (IN_NODE, by_streams(), total_cpu, "CPU by number of streams"),
    ):
        amounts = [amount for _, amount in steps]
        costs, bare = ([results.median(case, lane, client, figure) for case, _ in steps] for client in (OURS, BARE.name))
        found_steps = [exponent for exponent in on_top_of_bare(amounts, costs, bare) if exponent is not None]
        steepest = max(found_steps) if len(found_steps) == len(steps) - 1 else None
        found.append(Target("Growth: the steepest exponent, 1 being linear", f"{lane}, {what}", steepest, goal=EXPONENT, at_most=True, unit=""))
    return found


def all_targets(results: Results) -> list[Target]:
    parts = (streams, ahead, limits, calls, starts, many, growth)
    return [target for part in parts for target in part(results)]
