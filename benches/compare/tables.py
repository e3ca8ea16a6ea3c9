"""The results as tables, for the terminal and for the page."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Optional

from cases import GROWING_SIZES, GROWING_STREAMS, SIZES, UNARY
from clients import ASYNC, BARE, CLIENTS, IN_NODE, LANES, RUST, SYNC
from measure import Figure, Results, cpu, rate, seconds
from targets import Target, by_size, by_streams, total_cpu

NONE = "–"

STREAMS = [f"{size}{many}" for size in SIZES.values() for many in ("", ", many per chunk")]


@dataclass(frozen=True)
class Table:
    """Rows of text under a header; the first column is on the left, the others on the right."""

    title: str
    header: list[str]
    rows: list[list[str]]
    note: str = ""

    def text(self) -> str:
        widths = [max(len(row[column]) for row in [self.header, *self.rows]) for column in range(len(self.header))]
        lines = ["  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]) for row in [self.header, *self.rows]]
        return "\n".join([self.title, *lines, ""])

    def markdown(self) -> str:
        lines = [self.header, ["---", *("--:" for _ in self.header[1:])], *self.rows]
        note = f"{self.note}\n\n" if self.note else ""
        return f"### {self.title}\n\n{note}" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def number(value: float) -> str:
    """Three digits that count."""
    if value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{float(f'{value:.3g}'):g}"


def with_range(values: list[float], unit: float = 1) -> str:
    """The median, and from which reading to which."""
    if not values:
        return NONE
    return f"{number(statistics.median(values) / unit)} ({number(min(values) / unit)}–{number(max(values) / unit)})"


def figure(value: Optional[float], unit: str) -> str:
    if value is None:
        return NONE
    if unit == "s":
        return f"{number(value * 1000)} ms"
    return f"{number(value / 1000)} KB" if unit == "B" else f"{number(value)}{unit}"


def targets(found: list[Target]) -> list[Table]:
    """By topic: what was measured, what it should be, and where it stands."""
    tables = []
    for topic in dict.fromkeys(target.topic for target in found):
        rows = []
        for target in (target for target in found if target.topic == topic):
            sign = "≤ " if target.at_most else ""
            spread = NONE if target.spread is None else f"{figure(target.spread[0], target.unit)}–{figure(target.spread[1], target.unit)}"
            floor = NONE if target.floor is None else sign + figure(target.floor, target.unit)
            rows.append([target.name, figure(target.measured, target.unit), spread, floor, sign + figure(target.goal, target.unit), target.verdict])
        tables.append(Table(topic, ["", "measured", "range", "floor", "goal", "stands"], rows))
    return tables


def _by_client(results: Results, title: str, lane: str, cases: list[str], of: Figure, unit: float = 1, note: str = "") -> Table:
    rows = []
    for client in (client.name for client in CLIENTS if client.lane == lane):
        cells = [with_range(results.values(case, lane, client, of), unit) for case in cases]
        if any(cell != NONE for cell in cells):
            rows.append([client, *cells])
    return Table(title, ["", *cases], rows, note)


def streams(results: Results) -> list[Table]:
    cases = [*STREAMS, "10 MiB"]
    tables = []
    for lane in (*LANES, RUST):
        tables.append(_by_client(results, f"{lane}: events per second", lane, cases, rate))
        tables.append(_by_client(results, f"{lane}: CPU per event, µs", lane, cases, cpu, 1e-6))
    return tables


def calls(results: Results) -> list[Table]:
    cases = [f"unary, {text}" for text in UNARY]
    return [
        table
        for lane in LANES
        for table in (
            _by_client(results, f"{lane}: calls per second", lane, cases, rate),
            _by_client(results, f"{lane}: CPU per call, µs", lane, cases, cpu, 1e-6),
        )
    ]


def starts(results: Results) -> list[Table]:
    tables = [_by_client(results, f"{lane}: ms to the first event, and from nothing", lane, ["first event", "cold"], seconds, 1e-3) for lane in LANES]
    bare = [["a bare interpreter", with_range(results.values("import", SYNC, "bare", seconds), 1e-3)]]
    rows = [[client.name, with_range(results.values("import", SYNC, client.name, seconds), 1e-3)] for client in CLIENTS if client.lane == SYNC]
    return [*tables, Table("Python: ms for a process that imports the client and ends", ["", "import"], bare + [row for row in rows if row[1] != NONE])]


def many(results: Results) -> list[Table]:
    tables = []
    for count in ("200 streams", "1,000 streams"):
        rows = []
        for lane in (ASYNC, IN_NODE):
            for client in (client.name for client in CLIENTS if client.lane == lane):
                found = results.of(count, lane, client)
                failed = results.failures.get((count, lane, client), [])
                if not found and not failed:
                    continue
                of = lambda figure, unit=1.0: with_range(results.values(count, lane, client, figure), unit)  # noqa: E731
                failures = number(statistics.median([sum(reading["failures"].values()) for reading in found])) if found else failed[0]
                rows.append([
                    f"{lane}, {client}", failures, of(lambda reading: reading["wall"] / reading["ideal"]), of(lambda reading: reading["lag_p50"], 1e-3),
                    of(lambda reading: reading["lag_p99"], 1e-3), of(lambda reading: reading["cpu"] / reading["wall"], 0.01), of(lambda reading: reading["memory"], 1000),
                ])  # fmt: skip
        if rows:
            header = ["", "failed", "time, to the least", "lag p50, ms", "lag p99, ms", "CPU, % of a core", "memory per stream, KB"]
            tables.append(Table(f"{count} at once, an event each 100 ms", header, rows))
    return tables


def memory(results: Results) -> Table:
    rows = []
    for lane in LANES:
        for client in (client.name for client in CLIENTS if client.lane == lane):
            seen = results.memory.get((lane, client), [])
            peaks = results.values("100 KB, many per chunk", lane, client, lambda reading: float(reading["peak"]))
            if seen:
                columns = [with_range([float(reading[name]) for reading in seen], 1e6) for name in ("bare", "import", "first_call")]
                rows.append([f"{lane}, {client}", *columns, with_range(peaks, 1e6)])
    return Table("Memory of the process, MB", ["", "before", "after the import", "after the first call", "at most, with streams of 100 KB"], rows)


def growth(results: Results) -> list[Table]:
    tables = []
    for title, steps, of, names, unit in (
        ("CPU per event, ms, as events grow", by_size(), cpu, [f"{size:,} B" for size in GROWING_SIZES], 1e-3),
        ("CPU of all streams, ms, as there are more", by_streams(), total_cpu, [f"{count:,}" for count in GROWING_STREAMS], 1e-3),
    ):
        rows = []
        for client in (*CLIENTS, BARE):
            cells = [with_range(results.values(case, client.lane, client.name, of), unit) for case, _ in steps]
            if any(cell != NONE for cell in cells):
                rows.append([f"{client.lane}, {client.name}", *cells])
        if rows:
            tables.append(Table(title, ["", *names], rows))
    return tables
