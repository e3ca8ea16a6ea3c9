"""What `make bench-core` left behind."""

from __future__ import annotations

import json
from typing import Dict, Optional

from clients import ROOT
from tables import NONE, Table, number
from targets import Target

FOLDER = ROOT / "target" / "criterion"

DECODE, READ = 2, 5
END_TO_END = 1.3


def _found() -> Dict[str, tuple[float, Optional[dict[str, int]]]]:
    """Seconds, and what was done in them, by the name of the benchmark."""
    found = {}
    for path in sorted(FOLDER.glob("**/new/benchmark.json")):
        told = json.loads(path.read_text())
        estimates = json.loads((path.parent / "estimates.json").read_text())
        found[told["full_id"]] = (estimates["median"]["point_estimate"] / 1e9, told["throughput"])
    return found


def _rate(throughput: Optional[dict[str, int]], seconds: float) -> str:
    if not throughput:
        return NONE
    (kind, amount), *_ = throughput.items()
    return f"{number(amount / seconds / 1e9)} GB/s" if kind.startswith("Bytes") else f"{number(amount / seconds)} events/s"


def table() -> Optional[Table]:
    """The benchmarks of the core; none if they were not run."""
    rows = [[name, f"{number(seconds * 1e6)} µs", _rate(throughput, seconds)] for name, (seconds, throughput) in _found().items()]
    return Table("Benchmarks of the core", ["", "time", "rate"], rows) if rows else None


def targets() -> list[Target]:
    """The core alone: how fast it decodes, and what a stream takes beside reqwest reading the same bytes."""
    found = _found()

    def rate(name: str) -> Optional[float]:
        seconds, throughput = found.get(name, (0, None))
        return sum(throughput.values()) / seconds if throughput else None

    def scaled(name: str, unit: float) -> Optional[float]:
        value = rate(name)
        return None if value is None else value / unit

    def ratio(name: str) -> Optional[float]:
        ours, plain = found.get(f"end to end/{name}, ours"), found.get(f"end to end/{name}, reqwest")
        return ours[0] / plain[0] if ours and plain else None

    topic = "The core alone"
    return [
        *(Target(topic, f"decode, {name}", scaled(f"decode/{name}", 1e9), goal=DECODE, unit=" GB/s") for name in ("100 KB, one per chunk", "100 KB, in reads of 64 KiB")),
        *(Target(topic, f"decode, {name}", scaled(f"decode/{name}", 1e6), goal=READ, unit=" million/s") for name in ("200 B, one per chunk", "200 B, many per chunk")),
        *(
            Target(topic, f"a stream, time to a plain reqwest read, {name}", ratio(name), goal=END_TO_END, at_most=True)
            for name in ("200 B, one per chunk", "200 B, many per chunk", "100 KB")
        ),
    ]
