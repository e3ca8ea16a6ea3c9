"""The same calls send the same bytes as the vendor's client's, but for what is listed here."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from conftest import VENDOR, printed

OF_THE_TRANSPORT = ("host", "accept-encoding", "connection")
"""Headers about the connection, each client's own."""
KEY = re.compile(r',"idempotency_key":"[^"]{20,}"')
"""What a start carries beyond the vendor's: it is the same task however often it is sent."""


def requests(python: str, kind: str) -> dict[str, list[dict[str, Any]]]:
    found = printed(python, "wire.py", kind)
    for name, each in found["requests"].items():
        for request in each:
            headers = request["headers"]
            for header in OF_THE_TRANSPORT:
                headers.pop(header, None)
            headers.update({header: value.replace(found["version"], "<version>") for header, value in headers.items()})
            if name.startswith("start"):
                request["body"] = KEY.sub("", request["body"])
                headers.pop("content-length")
    requests_by_name: dict[str, list[dict[str, Any]]] = found["requests"]
    return requests_by_name


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_same_requests(kind: str) -> None:
    vendor, ours = requests(VENDOR, kind), requests(sys.executable, kind)
    assert len(vendor) > 20 and len(vendor["retries"]) == 2
    for name, wanted in vendor.items():
        assert ours[name] == wanted, name
