"""How long to wait for what."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Optional, Protocol, Tuple, Union

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

__all__ = ["Timeout", "TimeoutLike"]


class TimeoutLike(Protocol):
    """Anything with the four limits of `Timeout`, such as `httpx.Timeout`."""

    connect: Optional[float]
    read: Optional[float]
    write: Optional[float]
    pool: Optional[float]


class _Unset:
    """Tells a limit that was left out from None, which is no limit."""


_UNSET = _Unset()

_Limit: TypeAlias = Union[float, None, _Unset]
_Four: TypeAlias = Tuple[Optional[float], Optional[float], Optional[float], Optional[float]]


class Timeout:
    """Limits in seconds; None is without limit.

    >>> Timeout(30)                  # 30 s for everything
    >>> Timeout(60, connect=5)       # 5 s for a connection, 60 s for the rest
    >>> Timeout(None)                # no limit at all

    Attributes:
        connect: For a connection to be there.
        read: For the answer to begin once the request has gone out, and then for each next byte of it.
        write: For each next piece of the request's body to be taken.
        pool: For one of the client's connections to be free.
    """

    __slots__ = ("connect", "pool", "read", "write")

    connect: Optional[float]
    read: Optional[float]
    write: Optional[float]
    pool: Optional[float]

    def __init__(
        self,
        timeout: Union[float, None, _Four, TimeoutLike, _Unset] = _UNSET,
        *,
        connect: _Limit = _UNSET,
        read: _Limit = _UNSET,
        write: _Limit = _UNSET,
        pool: _Limit = _UNSET,
    ) -> None:
        """
        Args:
            timeout: The limit of whatever is not named, or four limits: (connect, read, write, pool), or another timeout.
            connect: See the class, as for the other three.

        Raises:
            ValueError: A limit is negative or not a number, or some limit is left open.
            TypeError: A limit is no number, or `timeout` none of the things it may be.
        """
        named = {"connect": connect, "read": read, "write": write, "pool": pool}
        under: dict[str, object]
        if isinstance(timeout, tuple):
            under = dict(zip(named, timeout))
        elif timeout is None or isinstance(timeout, (int, float, _Unset)):
            under = {name: timeout for name in named}
        elif any(hasattr(timeout, name) for name in named):
            under = {name: getattr(timeout, name, _UNSET) for name in named}
        else:
            raise TypeError(f"A timeout must be a number of seconds, None or a Timeout, not {type(timeout).__name__}")
        limits: dict[str, object] = {name: under.get(name, _UNSET) if isinstance(limit, _Unset) else limit for name, limit in named.items()}
        missing = [name for name, limit in limits.items() if isinstance(limit, _Unset)]
        if missing:
            raise ValueError(f"Timeout has no limit for {', '.join(missing)}: give a default, as in Timeout(60, connect=5), or all four")
        self.connect = checked("The connect timeout", limits["connect"])
        self.read = checked("The read timeout", limits["read"])
        self.write = checked("The write timeout", limits["write"])
        self.pool = checked("The pool timeout", limits["pool"])

    def as_dict(self) -> dict[str, Optional[float]]:
        """The four limits by name."""
        return {"connect": self.connect, "read": self.read, "write": self.write, "pool": self.pool}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeout) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash(tuple(self.as_dict().values()))

    def __repr__(self) -> str:
        limits = self.as_dict()
        if len(set(limits.values())) == 1:
            return f"Timeout(timeout={self.read})"
        return f"Timeout({', '.join(f'{name}={limit}' for name, limit in limits.items())})"


def checked(what: str, limit: object) -> Optional[float]:
    """A limit as it may be; infinity is no limit."""
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, (int, float)):
        raise TypeError(f"{what} must be a number of seconds or None, not {type(limit).__name__}")
    if math.isnan(limit) or limit < 0:
        raise ValueError(f"{what} is {limit} s; it must be 0 or more seconds, or None for no limit")
    return None if math.isinf(limit) else limit
