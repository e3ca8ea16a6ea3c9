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
"""A hundred calls at one time, and 20 connections to each host kept for 5 s. Unless limits are given, open streams do not count
among the hundred, so that any number of them can be open; as a client's `limits` this is a hundred of both."""
