"""What a program sees of each answer is what it sees with the vendor's client: errors and their texts, models, streams."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from conftest import VENDOR, printed

MORE_MEMBERS = {"retrieve_status": ("repr", "str", "dump")}
"""Our server tells more of a task, so that what shows every declared member shows more here."""


def seen(python: str, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = printed(python, "answers.py", kind)
    for name, members in MORE_MEMBERS.items():
        for member in members:
            assert found[name].pop(member)
    return found


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_same_is_seen(kind: str) -> None:
    vendor, ours = seen(VENDOR, kind), seen(sys.executable, kind)
    assert len(vendor) == len(ours) > 180
    for name, wanted in vendor.items():
        assert ours[name] == wanted, name
