"""The page: what was measured, in words, tables and pictures."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import criterion
import plots
import tables
from clients import ROOT
from measure import ROUNDS, Results
from tables import Table
from targets import BETWEEN, MET, UNDER, UNKNOWN, Target

README = ROOT / "benches" / "README.md"
TRIED = ROOT / "docs" / "performance-tried.md"

HEAD = """# Performance

<!-- Written by `make bench`. Do not edit: run it again. -->

How fast the clients of this project are, beside others that do the same work, in one run on one machine. A figure
is the median of {rounds}, with the lowest and the highest reading; a ratio is the median of the ratios round by
round. [The benchmarks' own page]({readme}) tells what each case is, and [what was tried]({tried}) what made
them as fast as they are. The run took {minutes:.1f} minutes.
"""

SECTIONS = (
    ("Streams", ("rate", "cpu"), "How many events a second a client reads from a server that is always ahead of it, and what each event costs. The reference is the vendor's client in Python and openai's `Stream` in Node."),
    ("Calls", ("calls",), "`retrieve_status`, with one caller and with many over one client."),
    ("Starting", ("start", "first"), "The wait that a person sees: with a client at hand, and from the start of a process."),
    ("Many streams at once", ("lag",), "Each stream brings an event every 100 ms. The lag is the time from the server's write to the program's loop."),
    ("Memory", (), "As Linux counts it, in the processes that read the streams above."),
    ("Growth", ("growth",), "What it costs as the work grows: the dotted line is linear growth. *Bare* is no client: Node makes values of bytes that it has already."),
)


def _rounds(results: Results) -> str:
    if results.rounds == ROUNDS:
        return f"{ROUNDS} rounds"
    return f"{results.rounds} of the {ROUNDS} rounds that there should be (there was no time for more)"


def _machine(found: dict[str, str]) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in found.items())
    return f"## The machine\n\n| | |\n|---|---|\n{rows}\n"


def _summary(targets: list[Target]) -> str:
    counts = Counter(target.verdict for target in targets)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in (MET, BETWEEN, UNDER, UNKNOWN) if counts[verdict])
    return (
        f"## What is to be reached\n\nOf {len(targets)} figures: {told}. "
        "*Between* is past the floor and short of the goal; *under* is short of the floor, or of the goal where there is no floor.\n"
    )


def _failures(results: Results) -> str:
    if not results.failures:
        return ""
    lines = [f"- {lane}, {client}, {case}: {', '.join(f'{why} ({count} times)' for why, count in Counter(whys).items())}" for (case, lane, client), whys in results.failures.items()]
    return "## What failed\n\n" + "\n".join(lines) + "\n"


def write(path: Path, pictures: Path, results: Results, targets: list[Target], machine: dict[str, str]) -> None:
    """The page, and its pictures in a folder beside it."""
    plots.draw(results, pictures)
    of_section: dict[str, list[Table]] = {
        "Streams": tables.streams(results),
        "Calls": tables.calls(results),
        "Starting": tables.starts(results),
        "Many streams at once": tables.many(results),
        "Memory": [tables.memory(results)],
        "Growth": tables.growth(results),
    }
    parts = [HEAD.format(rounds=_rounds(results), readme=os.path.relpath(README, path.parent), tried=os.path.relpath(TRIED, path.parent), minutes=results.seconds / 60), _machine(machine), _summary(targets)]
    parts += [table.markdown() for table in tables.targets(targets)]
    for title, names, text in SECTIONS:
        shown = [table for table in of_section[title] if table.rows]
        if shown:
            images = "".join(f"![{title}: {name}]({pictures.name}/{name}.svg)\n\n" for name in names)
            parts.append(f"## {title}\n\n{text}\n\n{images}" + "\n".join(table.markdown() for table in shown))
    core = criterion.table()
    if core is not None:
        parts.append(f"## The core alone\n\nBy `make bench-core`, before.\n\n{core.markdown()}")
    parts.append(_failures(results))
    path.write_text("\n".join(part for part in parts if part), encoding="utf-8")
