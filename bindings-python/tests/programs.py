"""Runs programs in interpreters of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from typing import Any, Iterator

from server import DEADLINE


@contextmanager
def python(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """An interpreter of its own, which ends with the block at the latest."""
    environment = {**os.environ, "TZAFON_API_KEY": "sk_secret"}
    command = [sys.executable, "-W", "default", "-X", "faulthandler", *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def run(program: str, *arguments: str) -> str:
    """What a program printed; it must end well and complain of nothing."""
    with python("-c", textwrap.dedent(program), *arguments) as process:
        out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, err) == (0, "")
    return out
