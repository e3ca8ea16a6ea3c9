"""The example for pytest, as a person runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from server import DEADLINE

EXAMPLE = Path(__file__).parents[2] / "examples" / "pytest"


def test_examples_pytest() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pytest.ini", "--rootdir", ".", "."]
    done = subprocess.run(command, cwd=EXAMPLE, capture_output=True, text=True, timeout=6 * DEADLINE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout
