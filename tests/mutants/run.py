"""Breaks the core in one way after another, and plays the conformance cases with the Rust client each time.

    tests/mutants/run.py [NAME ...]

The breaks are in mutants.py. Each is made in a copy of the tree under target/mutants, which
shares one folder for what is built, so that it costs a build of the core and of the runner.
It is an error if a break can no longer be made, or if no case notices it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target/mutants"
TREE = WORK / "tree"
BUILT = WORK / "built"
# A client that hangs has been noticed when the cases take this much longer than usual.
PATIENCE = 2
# So few cases may have failed because the machine had much else to do.
CHANCE = 3


def copy_tree() -> None:
    """Brings the copy up to date; what is the same keeps its time, so that it is not built anew."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    files = {name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()}
    for path in list(TREE.rglob("*")):
        if path.is_file() and path.relative_to(TREE).as_posix() not in files:
            path.unlink()
    for name in files:
        source, copy = ROOT / name, TREE / name
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)


def build() -> "subprocess.CompletedProcess[str]":
    command = ["cargo", "build", "--quiet", "-p", "lightcone-conformance", "-p", "lightcone-conformance-rust"]
    # A break may trip over a lint, which is not what is to notice it.
    environment = {**os.environ, "CARGO_TARGET_DIR": str(BUILT), "RUSTFLAGS": "--cap-lints=warn"}
    return subprocess.run(command, cwd=TREE, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def play(limit: float, only: str = "") -> "str | None":
    """What the suite prints, or None if it came to no end; of all cases, or of those with this text in topic and name."""
    chosen = ["--only", only] if only else []
    command = [str(BUILT / "debug/fault-server"), "tests/conformance/cases", *chosen, str(BUILT / "debug/conformance-rust")]
    suite = subprocess.Popen(command, cwd=TREE, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        return suite.communicate(timeout=limit)[0]
    except subprocess.TimeoutExpired:
        # With its runner.
        os.killpg(suite.pid, signal.SIGKILL)
        suite.communicate()
        return None


def failed(output: str) -> int:
    """How many cases."""
    found = re.search(r"^all  .*", output, re.MULTILINE)
    if not found:
        raise SystemExit(f"The suite did not report:\n{output}")
    count = re.search(r"(\d+) failed", found.group(0))
    return int(count.group(1)) if count else 0


def what_fails(limit: float, topic: str = "") -> str:
    """What of all cases, or of those of a topic, fails, and not by chance; empty if nothing does."""
    output = play(limit, f"{topic} " if topic else "")
    if output is None:
        return f"      no end within {limit:.0f} s"
    count = failed(output)
    names = [" ".join(found) for found in re.findall(r"^FAILED rust · (.*?) · (.*)$", output, re.MULTILINE)]
    if count <= CHANCE:
        names = [name for name in dict.fromkeys(names) if (again := play(limit, name)) is None or failed(again)]
    return f"{count:>5} cases, such as {names[0]}" if names else ""


class CannotBeMade(Exception):
    pass


def try_out(mutant: Mutant, limit: float) -> str:
    """What notices the mutant; empty if nothing does."""
    path = TREE / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise CannotBeMade(f"{mutant.file} has the text to replace {text.count(mutant.old)} times instead of once:\n{mutant.old}")
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        built = build()
        if built.returncode != 0:
            raise CannotBeMade(f"it does not compile:\n{built.stdout[-2000:]}")
        return what_fails(limit, mutant.topic) or what_fails(limit)
    finally:
        path.write_text(text, encoding="utf-8")


def main() -> int:
    names = sys.argv[1:]
    unknown = set(names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        print(f"there is no mutant {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    begun = time.monotonic()
    TREE.mkdir(parents=True, exist_ok=True)
    copy_tree()
    built = build()
    if built.returncode != 0:
        print(built.stdout, file=sys.stderr)
        return 2
    built_in = time.monotonic() - begun
    fails = what_fails(1800)
    if fails:
        print(f"The cases must pass before anything is broken: {fails.strip()}", file=sys.stderr)
        return 2
    usual = time.monotonic() - begun - built_in
    print(f"Built in {built_in:.0f} s; the cases take {usual:.0f} s.\n", flush=True)
    width = max(len(mutant.name) for mutant in MUTANTS)
    survived, wrong, tried = [], [], 0
    for mutant in MUTANTS:
        if names and mutant.name not in names:
            continue
        tried += 1
        try:
            noticed = try_out(mutant, max(60.0, PATIENCE * usual))
        except CannotBeMade as why:
            wrong.append(mutant.name)
            print(f"{mutant.name:<{width}}  CANNOT BE MADE: {why}", flush=True)
            continue
        if not noticed:
            survived.append(mutant.name)
        print(f"{mutant.name:<{width}}  {noticed or f'SURVIVED: {mutant.breaks}'}", flush=True)
    caught = tried - len(survived) - len(wrong)
    print(f"\n{caught} of {tried} noticed, in {(time.monotonic() - begun) / 60:.1f} min.")
    for word, these in [("Survived", survived), ("Cannot be made", wrong)]:
        if these:
            print(f"{word}: {', '.join(these)}")
    return 1 if survived or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
