"""What older programs use and this package does not have, and what to use instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

__all__ = ["WithoutOtherParts", "reason_for_name"]

_OPTIONS = "timeout, limits, proxy, ca_bundle, client_certificate, default_headers, default_query"
_HTTPX_CLIENT = f"requests go through a native HTTP client, and what is set on one of httpx is set on Lightcone and AsyncLightcone: {_OPTIONS}"
_COMPUTER = "this package is for agent tasks and drives no computers by hand; other routes are reached with client.post"

_NAMES = {
    "ComputerResource": _COMPUTER,
    "ComputerSession": _COMPUTER,
    "DefaultAioHttpClient": _HTTPX_CLIENT,
    "DefaultAsyncHttpxClient": _HTTPX_CLIENT,
    "DefaultHttpxClient": _HTTPX_CLIENT,
    "ProxiesTypes": "a proxy is given as its address, a str: Lightcone(proxy='http://proxy.example:3128')",
    "Transport": _HTTPX_CLIENT,
    "file_from_path": "nothing about agent tasks is uploaded, so that there is nothing to give a file to",
}

_POST_COMPUTERS = 'client.post("/computers", cast_to=object, body={...})'
_PARTS = {
    "chat": 'client.post("/v1/chat/completions", cast_to=object, body={...})',
    "computer": _POST_COMPUTERS,
    "computers": _POST_COMPUTERS,
    "create": _POST_COMPUTERS,
    "models": 'client.get("/v1/models", cast_to=object), and client.post where something is sent',
    "responses": 'client.post("/v1/responses", cast_to=object, body={...})',
}
"""Parts of other clients of the same service, and how to reach their routes."""


def reason_for_name(name: str) -> Optional[str]:
    """Why the package has no such name and what to use; None for a name that nobody could expect."""
    reason = _NAMES.get(name)
    return None if reason is None else f"tzafon has no {name!r}: {reason}"


class WithoutOtherParts:
    """A client, or one's view of it, of agent tasks alone: says so where another part is looked for."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            kind = type(self).__name__
            if name not in _PARTS:
                raise AttributeError(f"{kind!r} object has no attribute {name!r}")
            raise AttributeError(
                f"{kind!r} object has no attribute {name!r}: this package is for client.agent.tasks; "
                f"other routes of the service are reached with {_PARTS[name]}"
            )
