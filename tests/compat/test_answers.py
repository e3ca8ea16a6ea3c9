"""What a program sees of each answer is what it sees with the vendor's client: errors and their texts, models, streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

VENDOR = ROOT / ".venv-vendor" / ("Scripts" if os.name == "nt" else "bin") / "python"
PROGRAM = Path(__file__).parent / "programs" / "answers.py"

MORE_MEMBERS = {"retrieve_status": ("repr", "str", "dump")}
"""Our server tells more of a task, so that what shows every declared member shows more here."""


def seen(python: str, kind: str) -> dict[str, Any]:
    # A model with a value of another type warns when it is written.
    done = subprocess.run([python, "-W", "ignore", str(PROGRAM), kind], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    for name, members in MORE_MEMBERS.items():
        for member in members:
            assert found[name].pop(member)
    return found


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_same_is_seen(kind: str) -> None:
    vendor, ours = seen(str(VENDOR), kind), seen(sys.executable, kind)
    assert len(vendor) == len(ours) > 180
    for name, wanted in vendor.items():
        assert ours[name] == wanted, name
