from __future__ import annotations

from typing import Any, AsyncIterator, Awaitable, Callable, Iterator

import pytest

pytest.register_assert_rewrite("programs", "server")

from server import Server  # noqa: E402

from tzafon import AsyncLightcone, Lightcone  # noqa: E402


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine's gets into a test."""
    for name in ("TZAFON_API_KEY", "LIGHTCONE_BASE_URL", "LIGHTCONE_CUSTOM_HEADERS", "LIGHTCONE_LOG", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def client(server: Server) -> Iterator[Lightcone]:
    with Lightcone(api_key="sk_secret", base_url=server.url) as client:
        yield client


@pytest.fixture
async def async_client(server: Server) -> AsyncIterator[AsyncLightcone]:
    async with AsyncLightcone(api_key="sk_secret", base_url=server.url) as client:
        yield client


class Followed:
    """What a stream gave: its events with their ids and names, and the error that ended it."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.ids: list[str | None] = []
        self.names: list[str | None] = []
        self.error: Exception | None = None

    def add(self, event: Any, stream: Any) -> None:
        self.events.append(event)
        self.ids.append(stream.last_event_id)
        self.names.append(stream.event_name)


Follow = Callable[[], Awaitable[Followed]]


@pytest.fixture(params=["sync", "async"])
def follow(request: pytest.FixtureRequest, client: Lightcone, async_client: AsyncLightcone) -> Follow:
    """Follows a stream to its end, with either client."""

    async def follow_sync() -> Followed:
        followed = Followed()
        with client.agent.tasks.start_stream(instruction="x") as stream:
            try:
                for event in stream:
                    followed.add(event, stream)
            except Exception as error:
                followed.error = error
        return followed

    async def follow_async() -> Followed:
        followed = Followed()
        async with await async_client.agent.tasks.start_stream(instruction="x") as stream:
            try:
                async for event in stream:
                    followed.add(event, stream)
            except Exception as error:
                followed.error = error
        return followed

    return follow_sync if request.param == "sync" else follow_async
