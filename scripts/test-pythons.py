"""Tests the Python package on every version it is for: all tests on the oldest and the newest, some on those between.

Each version has an environment of its own in .tools/pythons. Interpreters are looked for on the PATH, and where pyenv and uv keep
theirs; one that is not there is an error.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALL = ("3.9", "3.10", "3.11", "3.12", "3.13")
WHOLE = (ALL[0], ALL[-1])
SMOKE = ["test_streams.py", "test_asyncio.py", "test_errors.py", "process"]
"""What depends most on the interpreter."""


def interpreter(version: str) -> str:
    found = shutil.which(f"python{version}")
    if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
        return found
    home = Path.home()
    kept = [f"{os.environ.get('PYENV_ROOT', home / '.pyenv')}/versions/{version}.*", f"{home}/.local/share/uv/python/cpython-{version}.*"]
    for pattern in kept:
        for folder in sorted(glob.glob(pattern), reverse=True):
            candidate = Path(folder) / "bin" / "python3"
            if candidate.exists():
                return str(candidate)
    sys.exit(f"There is no Python {version}: put python{version} on the PATH, or install it with pyenv or uv.")


def test(version: str, python: str) -> bool:
    place = ROOT / ".tools" / "pythons" / version
    if not place.exists():
        subprocess.run([python, "-m", "venv", place], check=True)
    binaries = place / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(binaries / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "pip>=25.1"], check=True)
    subprocess.run([*pip, "--group", "dev"], check=True, cwd=ROOT)
    environment = {**os.environ, "VIRTUAL_ENV": str(place), "PIP_QUIET": "1"}
    environment["PATH"] = f"{binaries}{os.pathsep}{environment['PATH']}"
    subprocess.run([str(binaries / "maturin"), "develop", "--profile", "dev"], check=True, cwd=ROOT, env=environment)
    tests = ROOT / "bindings-python" / "tests"
    chosen = [tests] if version in WHOLE else [tests / name for name in SMOKE]
    print(f"\n==> Python {version}", flush=True)
    return subprocess.run([str(binaries / "python"), "-m", "pytest", "-q", *map(str, chosen)], cwd=ROOT, env=environment).returncode == 0


def main() -> None:
    versions = sys.argv[1:] or ALL
    pythons = {version: interpreter(version) for version in versions}
    failed = [version for version, python in pythons.items() if not test(version, python)]
    if failed:
        sys.exit(f"Tests failed on Python {', '.join(failed)}.")
    print(f"\nTests passed on Python {', '.join(versions)}.")


if __name__ == "__main__":
    main()
