"""Where and with what it was measured."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from pathlib import Path

from clients import NODE, ROOT, environment

PACKAGES = {".venv": ("tzafon",), ".venv-vendor": ("tzafon", "httpx"), ".venv-bench": ("httpx", "httpx-sse", "aiohttp", "openai")}


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=30, env=environment(), check=False)
    return done.stdout.strip()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> str:
    total = int(Path("/proc/meminfo").read_text().split()[1])
    return f"{total / 1024**2:.0f} GiB"


def describe() -> dict[str, str]:
    """By what a person would call it."""
    found = {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": _output("git", "describe", "--always", "--dirty"),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.2f} processes wanting to run, over the last minute",
        "Rust": _output("rustc", "--version").removeprefix("rustc ").split(" ")[0],
        "Python": platform.python_version(),
        "Node": _output("node", "--version").removeprefix("v"),
    }
    for folder, names in PACKAGES.items():
        code = f"from importlib.metadata import version\nprint(*('%s %s' % (name, version(name)) for name in {names!r}), sep=', ')"
        found[f"in {folder}"] = _output(str(ROOT / folder / "bin" / "python"), "-c", code)
    pinned = json.loads((NODE / "package.json").read_text())["dependencies"]
    found["in Node"] = ", ".join(f"{name} {version}" for name, version in pinned.items())
    return found
