"""What `cargo bench -p lightcone-tasks` left behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Optional

from tables import NONE, Table, number


def _rate(throughput: Optional[dict[str, int]], seconds: float) -> str:
    if not throughput:
        return NONE
    (kind, amount), *_ = throughput.items()
    return f"{number(amount / seconds / 1e9)} GB/s" if kind.startswith("Bytes") else f"{number(amount / seconds / 1e6)} million events/s"


def table(folder: Path) -> Optional[Table]:
    """The benchmarks of the core; none if they were not run."""
    rows = []
    for found in sorted(folder.glob("**/new/benchmark.json")):
        told = json.loads(found.read_text())
        estimates = json.loads((found.parent / "estimates.json").read_text())
        seconds = estimates["median"]["point_estimate"] / 1e9
        rows.append([told["full_id"], f"{number(seconds * 1e6)} µs", _rate(told["throughput"], seconds)])
    return Table("Benchmarks of the core", ["", "time", "rate"], rows) if rows else None
