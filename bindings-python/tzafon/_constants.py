"""Defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from ._timeout import Timeout

__all__ = ["DEFAULT_BASE_URL", "DEFAULT_CONNECTION_LIMITS", "DEFAULT_MAX_RETRIES", "DEFAULT_TIMEOUT", "Limits"]


@dataclass(frozen=True)
class Limits:
    """How many connections a client keeps."""

    max_connections: Optional[int] = None
    """The most at one time."""
    max_keepalive_connections: Optional[int] = None
    """The most that are kept open while nothing uses them."""
    keepalive_expiry: Optional[float] = 5.0
    """Seconds after which an unused one is closed."""


DEFAULT_BASE_URL = "https://api.tzafon.ai"

DEFAULT_TIMEOUT = Timeout(60, connect=5.0)
"""A connection within 5 s; then 60 s of silence at most."""

DEFAULT_MAX_RETRIES = 2
"""How often a request is sent again at most."""

DEFAULT_CONNECTION_LIMITS = Limits(max_connections=100, max_keepalive_connections=20)
