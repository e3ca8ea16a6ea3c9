"""What this process holds in memory, in bytes, as Linux counts it."""

from __future__ import annotations


def _member(name: str) -> int:
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(name))
    return int(line.split()[1]) * 1024


def resident() -> int:
    """Now."""
    return _member("VmRSS:")


def peak() -> int:
    """At most so far."""
    return _member("VmHWM:")
