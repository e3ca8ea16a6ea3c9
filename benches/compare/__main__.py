"""Measures our clients beside others in one run; `make bench` sets up what it needs.

    .venv-bench/bin/python benches/compare [--quick]

Prints tables; writes all readings to `target/bench/full.json` and the page to
`docs/performance.md` with its pictures in `docs/performance/`. With `--quick`, for a first look,
everything goes to `target/bench/`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import criterion
import machine
import page
import tables
from cases import groups
from clients import ROOT, Mock, raise_open_files
from measure import ROUNDS, Results, measure, prepare
from targets import Target, all_targets

# Seconds, with some left for what comes around the rounds; building and installing do not count.
LIMIT, QUICK_LIMIT = 580, 115


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _json(results: Results, targets: list[Target], found: dict[str, str]) -> str:
    readings = [{"case": case, "lane": lane, "client": client, "readings": all_of_it} for (case, lane, client), all_of_it in results.readings.items()]
    failures = [{"case": case, "lane": lane, "client": client, "failures": whys} for (case, lane, client), whys in results.failures.items()]
    judged = [{**asdict(target), "verdict": target.verdict} for target in targets]
    whole = {"machine": found, "rounds": results.rounds, "seconds": results.seconds, "targets": judged, "readings": readings, "failures": failures}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two minutes, ours and the reference alone")
    quick = parser.parse_args().quick
    if not sys.platform.startswith("linux"):
        raise SystemExit("The benchmark reads memory and processor from /proc, as Linux has it.")
    raise_open_files()
    found = machine.describe()
    planned = groups(quick)
    with Mock() as url:
        prepare(planned, url)
        results = measure(planned, url, ROUNDS, QUICK_LIMIT if quick else LIMIT, _say)
    targets = [*all_targets(results), *criterion.targets()]
    shown = [*tables.streams(results), *tables.calls(results), *tables.starts(results), *tables.many(results), tables.memory(results), *tables.growth(results)]
    print("\n".join(table.text() for table in [*shown, *tables.targets(targets)] if table.rows))

    build = ROOT / "target" / "bench"
    build.mkdir(parents=True, exist_ok=True)
    written = build / ("quick.json" if quick else "full.json")
    written.write_text(_json(results, targets, found), encoding="utf-8")
    folder: Path = build if quick else ROOT / "docs"
    page.write(folder / "performance.md", folder / "performance", results, targets, found)
    print(f"{results.rounds} rounds in {results.seconds:.0f} s; see {written.relative_to(ROOT)} and {(folder / 'performance.md').relative_to(ROOT)}")


if __name__ == "__main__":
    main()
