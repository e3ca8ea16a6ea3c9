"""Defaults."""

from __future__ import annotations

from ._network import Limits
from ._timeout import Timeout

__all__ = ["DEFAULT_BASE_URL", "DEFAULT_CONNECTION_LIMITS", "DEFAULT_MAX_RETRIES", "DEFAULT_TIMEOUT"]


DEFAULT_BASE_URL = "https://api.tzafon.ai"

DEFAULT_TIMEOUT = Timeout(60, connect=5.0)
"""A connection within 5 s; then 60 s of silence at most."""

DEFAULT_MAX_RETRIES = 2
"""How often a request is sent again at most."""

DEFAULT_CONNECTION_LIMITS = Limits(max_connections=100, max_keepalive_connections=20)
"""The limits that programs for other clients name. A client without `limits` has a hundred calls at one time and keeps as many
connections to each host for 5 s, and any number of streams can be open; with these, a hundred of both, and 20 are kept."""
