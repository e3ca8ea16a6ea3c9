"""What is wrong is refused at the call, before anything is sent: with the vendor's exception where it has one that fits."""

from __future__ import annotations

import re
import sys

import pytest
from conftest import VENDOR, printed

NO_ANSWER = {None, "APIConnectionError", "APITimeoutError", "AssertionError", "AttributeError"}
"""Where the vendor's client sends it all the same, or mistakes the fault for one of the network, or fails by an oversight."""

DIFFERENT = {
    "extra_headers a string": "TypeError",
}
"""Where it has an exception that fits by chance only, and what ours is."""

SENT = {"extra_headers beyond latin"}
"""What is no fault here: a header is sent as UTF-8."""

SAYS = {
    "no instruction": "instruction",
    "instruction by position": "positional",
    "a wrong keyword": "instructions|task|apikey|time_out",
    "temperature": "temperature",
    "metadata": "metadata",
    "instruction": "instruction",
    "context": "context",
    "extra_body a": "extra_body",
    "extra_body with": "more",
    "extra_headers a": "extra_headers",
    "extra_headers with a number": "X-A",
    "extra_headers with a space": "X A",
    "extra_headers with a line": "X-A",
    "extra_query a": "extra_query",
    "extra_query with": r"extra_query\['a'\]",
    "timeout": "timeout",
    "id a dot": "`id`.*'.'",
    "id": "`id`",
    "no message": "message",
    "no id": "'id'",
    "no key": "api_key",
    "key a number": "api_key",
    "key with": "api_key",
    "base_url a": "base_url",
    "base_url": "base URL",
    "max_retries": "max_retries",
    "default_headers a": "default_headers",
    "default_headers with": "X-A",
    "default_query": "default_query",
    "http_client": "http_client.*proxy",
    "headers in": "default_headers.*set_default_headers",
    "query in": "default_query.*set_default_query",
    "set_default_headers": "set_default_headers",
    "no cast_to": "cast_to",
    "path": "path",
    "cast_to a model": "NotOurs.*tzafon.BaseModel",
    "cast_to a class": "Thread.*cast_to.*tzafon.BaseModel",
    "a wrong option": "parms",
    "body a list": "extra_json",
    "body": "`body`",
}
"""What the text names, by how a case begins; the longest counts."""


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_every_wrong_use(kind: str) -> None:
    ours, vendor = printed(sys.executable, "bad_input.py", kind), printed(VENDOR, "bad_input.py", kind)
    assert len(ours) > 120 and set(ours) == set(vendor)
    for case, found in ours.items():
        name = case.partition(": ")[2]
        if name in SENT:
            assert found["raises"] is None and found["sent"], case
            continue
        says = SAYS[max((each for each in SAYS if name.startswith(each)), key=len)]
        assert found["raises"] is not None and found["sent"] == [], f"{case}: {found}"
        assert re.search(says, found["says"]), f"{case}: {found['says']}"
        theirs = DIFFERENT.get(name, vendor[case]["raises"])
        if theirs in NO_ANSWER:
            assert found["raises"] in ("TypeError", "ValueError", "LightconeError"), case
        else:
            assert found["raises"] == theirs, f"{case}: {theirs} there, {found['raises']} here"
