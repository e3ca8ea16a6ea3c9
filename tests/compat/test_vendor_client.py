"""The vendor's released client runs against our server: whoever has it can keep it.

It is installed into an environment of its own, because it has the same name as ours.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from conftest import VENDOR, Service


def test_all_six_operations(service: Service) -> None:
    program = Path(__file__).parent / "programs" / "vendor_client.py"
    assert Path(VENDOR).exists(), "run `make setup`, which installs the vendor's client into .venv-vendor"
    done = subprocess.run([VENDOR, str(program)], env=service.environment(), capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert done.stdout.splitlines()[-1] == "all six operations: ok"
