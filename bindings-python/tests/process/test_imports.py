"""What an import brings with it, and that nothing runs before the first call."""

from __future__ import annotations

import os
import sys

import pytest
from programs import run

PROGRAM = """
import os, sys
before = set(sys.modules)
{statements}
print(*sorted(set(sys.modules) - before))
print(len(os.listdir("/proc/self/task")) if os.path.exists("/proc/self/task") else 1)
"""

# Each costs about a millisecond. A name is added here knowingly: the whole stays within 60 ms over a bare interpreter.
# `inspect`, for one, which comes with dataclasses and typing_extensions, costs as much as the package itself.
CHEAP = {
    "__future__",
    "atexit",
    "collections",
    "contextlib",
    "copyreg",
    "datetime",
    "enum",
    "functools",
    "heapq",
    "importlib",
    "itertools",
    "json",
    "keyword",
    "math",
    "operator",
    "platform",
    "re",
    "reprlib",
    "sre_compile",
    "sre_constants",
    "sre_parse",
    "time",
    "types",
    "typing",
    "tzafon",
    "warnings",
    "weakref",
}

if sys.version_info < (3, 11):
    # What platform loads there.
    CHEAP |= {"errno", "fcntl", "grp", "pwd", "select", "selectors", "signal", "subprocess", "threading"}

LATE = ("_models", "_generated.models", "_generated.params", "_generated.events", "_pages", "_raw", "_response", "local")
"""Parts of the package that few programs need, or that bring pydantic."""


def loaded(statements: str) -> tuple[set[str], int]:
    """The modules that statements load, and how many threads there are then."""
    modules, threads = run(PROGRAM.format(statements=statements)).splitlines()
    return set(modules.split()), int(threads)


def test_importing_the_package_loads_next_to_nothing() -> None:
    assert loaded("import tzafon") == ({"tzafon"}, 1)


def test_a_client_loads_what_is_cheap_and_starts_no_thread() -> None:
    modules, threads = loaded("from tzafon import AsyncLightcone, Lightcone; Lightcone(); AsyncLightcone()")
    assert threads == 1
    private = {name for name in modules if name.startswith("_") and name != "__future__"}
    assert {name.partition(".")[0] for name in modules - private} - CHEAP == set()
    assert modules & {f"tzafon.{name}" for name in LATE} == set()
    ours = {name for name in modules if name.partition(".")[0] == "tzafon"}
    assert len(ours) <= 25, ours
    assert len(modules - ours) <= 60, modules - ours


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="threads cannot be counted here")
def test_the_first_call_starts_threads() -> None:
    """So that the test above counts what it should."""
    call = "Lightcone(base_url='http://127.0.0.1:9', max_retries=0).agent.tasks.pause('t1')"
    _, threads = loaded(f"from tzafon import APIError, Lightcone\ntry: {call}\nexcept APIError: pass")
    assert threads > 1
