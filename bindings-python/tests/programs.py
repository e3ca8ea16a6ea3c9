"""Runs programs in interpreters of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import Any

from server import DEADLINE


def python(program: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Runs a program in an interpreter of its own."""
    environment = {**os.environ, "TZAFON_API_KEY": "sk_secret"}
    command = [sys.executable, "-W", "default", "-X", "faulthandler", "-c", textwrap.dedent(program), *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def run(program: str, *arguments: str) -> str:
    """What a program printed; it must end well and complain of nothing."""
    process = python(program, *arguments)
    out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, err) == (0, "")
    return out
