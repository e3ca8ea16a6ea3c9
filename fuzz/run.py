"""Runs every fuzz target for a while, from the corpus that is kept, and says how much was tried.

    fuzz/run.py [--seconds N] [--keep]

What is new goes to target/fuzz/new; --keep adds to fuzz/corpus those few that reach most of what
the corpus does not. An input that breaks something ends the run and is named.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
TARGETS = ["stream", "retry", "door"]
# Much longer than any input needs to be, and short enough to be tried often.
LONGEST_INPUT = 4096
# A corpus that people look at stays small; a run of a minute finds the rest again.
MOST_KEPT = 60


def libfuzzer(target: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["cargo", "run", "--quiet", "--release", "--bin", target, "--", *arguments]
    return subprocess.run(command, cwd=FUZZ, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def keep_best(target: str, new: Path, kept: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        merged = Path(name)
        # By places reached alone, not by how often; each file is written after those that reach more.
        done = libfuzzer(target, "-set_cover_merge=1", "-use_counters=0", name, str(kept), str(new))
        if done.returncode != 0:
            raise SystemExit(f"{target}: the corpus could not be merged\n{done.stdout[-4000:]}")
        known = {path.read_bytes() for path in kept.iterdir()}
        found = sorted((path for path in merged.iterdir() if path.read_bytes() not in known), key=lambda path: path.stat().st_mtime_ns)
        for path in found[: max(0, MOST_KEPT - len(known))]:
            shutil.copyfile(path, kept / path.name)


def fuzz(target: str, seconds: int, keep: bool) -> bool:
    kept, work = FUZZ / "corpus" / target, FUZZ.parent / "target/fuzz"
    new = work / "new" / target
    new.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}", "-timeout=10", "-print_final_stats=1", f"-artifact_prefix={work}/{target}-"]
    done = libfuzzer(target, *options, str(new), str(kept))
    if done.returncode != 0:
        print(f"{target}: FAILED\n{done.stdout[-4000:]}")
        return False
    if keep:
        keep_best(target, new, kept)
    runs = re.findall(r"stat::number_of_executed_units:\s*(\d+)", done.stdout)[-1]
    reached = re.findall(r"cov: (\d+)", done.stdout)[-1]
    print(f"{target:<8}{int(runs):>12,} runs {seconds:>5} s {reached:>7} places reached {len(list(kept.iterdir())):>5} inputs kept", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--keep", action="store_true", help="add to the corpus what reaches more")
    options = parser.parse_args()
    subprocess.run(["cargo", "build", "--release"], cwd=FUZZ, check=True)
    return 0 if all([fuzz(target, options.seconds, options.keep) for target in TARGETS]) else 1


if __name__ == "__main__":
    sys.exit(main())
