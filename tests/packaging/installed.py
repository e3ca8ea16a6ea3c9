"""What the tests of the packages share: where the packages are, and programs run outside of the checkout."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
DIST = ROOT / os.environ.get("PACKAGES", "dist")
VERSION = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)[1]  # type: ignore[index]

# A server that is not there: the programs show that they load, and what error they get.
ENVIRONMENT = {**os.environ, "TZAFON_API_KEY": "sk_test", "LIGHTCONE_BASE_URL": "http://127.0.0.1:9"}


def run(command: list[str], folder: Path, environment: "dict[str, str] | None" = None, timeout: float = 600) -> str:
    """What a command prints; it must end well."""
    done = subprocess.run(command, cwd=folder, env=environment or ENVIRONMENT, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


def newest(pattern: str) -> Path:
    """The package that was built last."""
    found = sorted(DIST.glob(pattern), key=lambda path: path.stat().st_mtime)
    assert found, f"no {pattern} in dist: run `make wheel npm`"
    return found[-1]
