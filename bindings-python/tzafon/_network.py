"""Options of the way to the server: proxy, certificates, connections."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Protocol, Tuple, Union, cast

from ._timeout import checked

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

__all__ = ["ClientCertificate", "Limits", "LimitsLike", "Pem"]

Pem: TypeAlias = Union[str, "os.PathLike[str]", bytes]
"""The path of a PEM file, or PEM itself as bytes."""

ClientCertificate: TypeAlias = Union[Pem, Tuple[Pem, Pem]]
"""A certificate and its private key: in one PEM, or in one each."""


class LimitsLike(Protocol):
    """Anything with the three limits of `Limits`, such as `httpx.Limits`."""

    @property
    def max_connections(self) -> Optional[int]: ...
    @property
    def max_keepalive_connections(self) -> Optional[int]: ...
    @property
    def keepalive_expiry(self) -> Optional[float]: ...


class Limits(NamedTuple):
    """How many connections a client has; None is without limit."""

    max_connections: Optional[int] = None
    """The most calls and open streams at one time. Later ones wait in turn, as long as `Timeout.pool` says."""
    max_keepalive_connections: Optional[int] = None
    """The most that are kept open for each host while nothing uses them."""
    keepalive_expiry: Optional[float] = 5.0
    """Seconds after which an unused one is closed."""


def network(
    proxy: Optional[str], ca_bundle: Optional[Pem], client_certificate: Optional[ClientCertificate], limits: Optional[LimitsLike]
) -> dict[str, object]:
    """The options as the core takes them, which judges what is in them.

    Raises:
        TypeError: One is of a wrong type.
        ValueError: A limit is negative.
    """
    options: dict[str, object] = {}
    if proxy is not None:
        if not isinstance(proxy, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"proxy must be a string such as 'http://user:password@proxy.example:3128', not {type(proxy).__name__}")
        options["proxy"] = proxy
    if ca_bundle is not None:
        options["ca_bundle"] = _pem("ca_bundle", ca_bundle)
    if client_certificate is not None:
        pair = client_certificate if isinstance(client_certificate, tuple) else (client_certificate, None)
        if len(pair) != 2:
            raise TypeError(f"client_certificate must be a PEM file or a pair (certificate, key) of them, not a tuple of {len(pair)}")
        cert, key = pair
        options["client_certificate"] = {
            "cert": _pem("client_certificate", cert),
            "key": None if key is None else _pem("the key in client_certificate", key),
        }
    if limits is not None:
        options["limits"] = {
            "max_connections": _count("max_connections", limits),
            "max_idle_connections": _count("max_keepalive_connections", limits),
            "idle_timeout": checked("keepalive_expiry", getattr(limits, "keepalive_expiry", None)),
        }
    return options


def _pem(name: str, value: Any) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"text": value.decode(errors="replace")}
    if isinstance(value, (str, os.PathLike)):
        return {"path": os.fsdecode(cast("Union[str, os.PathLike[str]]", value))}
    raise TypeError(f"{name} must be the path of a PEM file, or PEM as bytes, not {type(value).__name__}")


def _count(name: str, limits: LimitsLike) -> Optional[int]:
    if not hasattr(limits, name):
        raise TypeError(f"limits must be a tzafon.Limits or have its attributes, such as {name}; it is a {type(limits).__name__}")
    value: object = getattr(limits, name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number, or None for no limit, not {value!r}")
    if value < 0:
        raise ValueError(f"{name} is {value}; it must be 0 or more, or None for no limit")
    return min(value, 2**32)
