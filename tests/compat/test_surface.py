"""What the vendor's package offers about agent tasks, ours offers too, parameter by parameter; what differs has its reason here."""

from __future__ import annotations

import sys
from typing import Any, Iterator

import pytest
from conftest import VENDOR, printed

HTTPX = "a class of httpx or for it; requests go through a native HTTP client"
OTHER = "another part of the service"
INSIDE = "how the vendor's client works inside"
UPLOADS = "bodies that are not JSON: agent tasks have none"

NOT_HERE = {
    **dict.fromkeys(("DefaultAioHttpClient", "DefaultAsyncHttpxClient", "DefaultHttpxClient", "ProxiesTypes", "Transport"), HTTPX),
    **dict.fromkeys(("ComputerResource", "ComputerSession", "chat", "computer", "computers", "create", "models", "responses"), OTHER),
    **dict.fromkeys(("auth_headers", "custom_auth", "get_api_list", "platform_headers", "qs", "request", "user_agent"), INSIDE),
    "file_from_path": UPLOADS,
    "http_response": HTTPX,
}
"""Names and members of the vendor's."""

NOT_TAKEN = {"content": UPLOADS, "files": UPLOADS, "_extra_kwargs": INSIDE}
"""Parameters of the vendor's."""


@pytest.fixture(scope="module")
def vendor() -> Any:
    return printed(VENDOR, "surface.py")


@pytest.fixture(scope="module")
def ours() -> Any:
    return printed(sys.executable, "surface.py")


def test_names(vendor: dict[str, Any], ours: dict[str, Any]) -> None:
    assert len(vendor["names"]) > 45
    assert {name for name in vendor["names"] if name not in ours["names"]} == set(vendor["names"]) & set(NOT_HERE)
    assert (ours["aliases"], ours["values"]) == (vendor["aliases"], vendor["values"])


def test_classes_of_the_parts(vendor: dict[str, Any], ours: dict[str, Any]) -> None:
    missing = set(vendor["resources"]) - set(ours["resources"])
    # What with_raw_response and with_streaming_response give is of other classes here, made for nobody to name.
    assert len(vendor["resources"]) == 12 and len(missing) == 8
    assert all(name.endswith(("WithRawResponse", "WithStreamingResponse")) for name in missing)


def test_options_of_a_request(vendor: dict[str, Any], ours: dict[str, Any]) -> None:
    missing = {
        "follow_redirects": "redirects are followed, and to no plain address from one with TLS",
        "idempotency_key": INSIDE + ": it sends none",
        "security": INSIDE,
    }
    assert set(vendor["options"]) == {*ours["options"], *missing}


def differences(vendor: dict[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    """Each member and parameter of the vendor's that is not here just so."""
    for where, members in vendor.items():
        for name, wanted in members.items():
            if name not in ours[where]:
                if name not in NOT_HERE:
                    yield f"{where}.{name} is missing"
                continue
            found = ours[where][name]
            if wanted == "value" or found == "value":
                if wanted != found:
                    yield f"{where}.{name}: {wanted} there, {found} here"
                continue
            for parameter, wants in wanted.items():
                if parameter not in NOT_TAKEN and found.get(parameter) != wants:
                    yield f"{where}.{name}({parameter}): {wants} there, {found.get(parameter)} here"
            for parameter, (kind, default) in found.items():
                if parameter not in wanted and (kind != "KEYWORD_ONLY" or default == "required"):
                    yield f"{where}.{name}({parameter}): only here, and in the way"


def test_members_and_parameters(vendor: dict[str, Any], ours: dict[str, Any]) -> None:
    for each in (vendor, ours):
        for name in ("Stream", "AsyncStream", "APIResponse", "AsyncAPIResponse"):
            # Nobody but the client makes these.
            each["members"][name].pop("__init__", None)
        for name, methods in (("Stream", ("__iter__", "__next__")), ("AsyncStream", ("__aiter__", "__anext__"))):
            # What a native method takes and awaits cannot be read off it; the answers' tests iterate.
            assert all(each["members"][name].pop(method, None) is not None for method in methods)
    assert list(differences(vendor["members"], ours["members"])) == []
    assert len(vendor["members"]["Lightcone.agent.tasks"]["start"]) == 31


def test_what_is_said_to_differ_does(vendor: dict[str, Any], ours: dict[str, Any]) -> None:
    names = {*vendor["names"], *(name for members in vendor["members"].values() for name in members)}
    assert set(NOT_HERE) <= names
    for where, members in vendor["members"].items():
        found = ours["members"][where]
        assert not set(NOT_HERE) & set(members) & set(found)
        assert not any(set(NOT_TAKEN) & set(each) for each in found.values() if each != "value")


def test_errors(vendor: dict[str, Any], ours: dict[str, Any]) -> None:
    assert len(vendor["errors"]) == 14
    for name, wanted in vendor["errors"].items():
        found = ours["errors"][name]
        assert (found["bases"], found["module"]) == (wanted["bases"], wanted["module"])
        assert set(wanted["attributes"]) <= set(found["attributes"])
        for parameter, wants in (wanted["parameters"] or {}).items():
            assert found["parameters"][parameter] == wants, f"{name}({parameter})"


def test_types(vendor: dict[str, Any], ours: dict[str, Any]) -> None:
    assert len(vendor["types"]) == 9
    for name, wanted in vendor["types"].items():
        found = ours["types"][name]
        assert wanted is None or {member: found[member] for member in wanted} == wanted, name
