"""Runs programs in interpreters of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from typing import Any, Iterator

import pytest
from server import DEADLINE


@contextmanager
def python(*arguments: str, warnings: str = "default", errors: Any = subprocess.PIPE, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """An interpreter of its own, which ends with the block at the latest."""
    environment = {**os.environ, "TZAFON_API_KEY": "sk_secret"}
    command = [sys.executable, "-W", warnings, "-X", "faulthandler", *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def run(program: str, *arguments: str, warnings: str = "default", deadline: float = DEADLINE) -> str:
    """What a program printed; it must end well and complain of nothing."""
    with python("-c", textwrap.dedent(program), *arguments, warnings=warnings) as process:
        out, err = process.communicate(timeout=deadline)
    assert (process.returncode, err) == (0, "")
    return out


SOAK = 10 if os.environ.get("LIGHTCONE_SOAK") else 1
"""How much more often the longest tests do what they do in `make soak`."""

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
