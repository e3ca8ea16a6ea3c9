"""Fixtures for pytest, which finds them by itself where this package is installed.

Nothing is loaded and no server runs until a test asks for a fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

import pytest

if TYPE_CHECKING:
    from ._client import AsyncLightcone, Lightcone
    from .local import LocalServer

__all__ = ["async_lightcone", "lightcone", "lightcone_server"]


@pytest.fixture
def lightcone_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A `tzafon.local.LocalServer` of the test's own, whose agent does only what the test says with `script`.

    For the time of the test TZAFON_API_KEY and LIGHTCONE_BASE_URL name it, so that clients which the program makes meet it.
    A task that no script fits ends `failed`, with the error_code `no_script`.
    """
    from .local import LocalServer

    with LocalServer(scripts=[]) as server:
        monkeypatch.setenv("TZAFON_API_KEY", server.api_key)
        monkeypatch.setenv("LIGHTCONE_BASE_URL", server.url)
        # What is set there may be meant for another server, credentials included.
        monkeypatch.delenv("LIGHTCONE_CUSTOM_HEADERS", raising=False)
        yield server


@pytest.fixture
def lightcone(lightcone_server: LocalServer) -> Iterator[Lightcone]:
    """A `tzafon.Lightcone` on the test's own server."""
    with lightcone_server.client() as client:
        yield client


@pytest.fixture
def async_lightcone(lightcone_server: LocalServer) -> Iterator[AsyncLightcone]:
    """A `tzafon.AsyncLightcone` on the test's own server, for any event loop."""
    client = lightcone_server.async_client()
    yield client
    # There need not be a loop by now, and closing waits for nothing.
    client._close()  # pyright: ignore[reportPrivateUsage]
