"""Stream events per second: ours and the vendor's released Python client in one run.

Each reading is a fresh process, the clients take turns, and what counts is the
median of the rounds and the ratio within the run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BIN = "Scripts" if os.name == "nt" else "bin"
CLIENTS = {"ours": HERE.parent / ".venv" / BIN / "python", "vendor": HERE.parent / ".venv-vendor" / BIN / "python"}
# Events, bytes per event, events per HTTP chunk.
CASES = {
    "200 B": (20_000, 200, 1),
    "200 B, many per chunk": (20_000, 200, 50),
    "2 KB": (8_000, 2_000, 1),
    "100 KB": (400, 100_000, 1),
}


def reading(client: str, mode: str, url: str, events: int) -> dict[str, float]:
    command = [str(CLIENTS[client]), str(HERE / "read_stream.py"), mode, url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    result = json.loads(done.stdout)
    assert result["events"] == events + 1, result
    return {"rate": result["events"] / result["wall"], "cpu": result["cpu"] / result["events"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events, for a first look")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.rounds} rounds; events per second, medians (ranges)")
    print(f"{'case':28}{'ours':>26}{'vendor':>26}{'ratio':>8}{'CPU ratio':>11}")
    for name, (events, size, per_chunk) in CASES.items():
        events = events // 10 if options.quick else events
        command = [sys.executable, str(HERE / "mock_server.py"), "--events", str(events), "--size", str(size), "--per-chunk", str(per_chunk)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            for mode in ("sync", "async"):
                seen: dict[str, list[dict[str, float]]] = {client: [] for client in CLIENTS}
                for _ in range(options.rounds):
                    for client in CLIENTS:
                        seen[client].append(reading(client, mode, url, events))
                rates = {client: [r["rate"] for r in readings] for client, readings in seen.items()}
                median = {client: statistics.median(values) for client, values in rates.items()}
                cpu = {client: statistics.median(r["cpu"] for r in readings) for client, readings in seen.items()}
                cells = "".join(f"{median[c]:>12,.0f} ({min(rates[c]):,.0f}–{max(rates[c]):,.0f})".rjust(26) for c in CLIENTS)
                print(f"{name + ', ' + mode:28}{cells}{median['ours'] / median['vendor']:>7.1f}x{cpu['vendor'] / cpu['ours']:>10.1f}x", flush=True)
            assert server.stdin is not None
            server.stdin.close()


if __name__ == "__main__":
    main()
