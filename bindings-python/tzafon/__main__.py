"""The `lightcone` command, also as `python -m tzafon`."""

from __future__ import annotations

import signal
import sys

from ._native import run_cli


def main() -> int:
    """Runs the command with this process's arguments and gives its exit code."""
    # Python's own handler only leaves a note for the interpreter, which is not running while the command does.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_cli(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
