"""What importing the client loads: a budget that does not depend on how fast a machine is."""

from __future__ import annotations

import sys

from programs import run

# Modules of ours, and what they need of Python's own: each costs every program that imports us some time.
OURS, PYTHONS = 25, 60


def test_importing_the_client_keeps_to_its_budget() -> None:
    program = """
        import sys
        before = set(sys.modules)
        from tzafon import AsyncLightcone, Lightcone
        print(*sorted(set(sys.modules) - before))
    """
    loaded = run(program).split()
    ours = [name for name in loaded if name.split(".")[0] == "tzafon"]
    others = [name for name in loaded if name not in ours]
    assert len(ours) <= OURS, ours
    assert len(others) <= PYTHONS, others
    # Loaded when the first call needs it, if at all.
    unwanted = {"asyncio", "concurrent.futures", "email", "http", "logging", "pathlib", "pydantic", "ssl", "subprocess", "urllib.parse", "uuid"}
    if sys.version_info < (3, 11):
        # Python's own platform has it there.
        unwanted.remove("subprocess")
    assert unwanted.isdisjoint(loaded)
