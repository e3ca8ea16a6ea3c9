"""The clients."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Optional

from ._process import cached_property
from ._requests import Requests
from ._requests_async import AsyncRequests

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._generated.raw import (
        AsyncTasksWithRawResponse,
        AsyncTasksWithStreamingResponse,
        TasksWithRawResponse,
        TasksWithStreamingResponse,
    )
    from ._raw import ClientWith
    from .resources.agent import Agent, AsyncAgent

__all__ = ["AsyncLightcone", "Lightcone"]


class Lightcone(Requests):
    """A client of the Agent Tasks API. Its methods wait for their answers.

    >>> client = Lightcone()
    >>> task = client.agent.tasks.start(instruction="Find the trending Python repositories on github.com", kind="browser")
    """

    @cached_property
    def agent(self) -> Agent:
        """Everything about agents."""
        from .resources.agent import Agent

        return Agent(self)

    @cached_property
    def with_raw_response(self) -> ClientWith[TasksWithRawResponse]:
        """The same operations; each gives its answer as it came, with its content in it."""
        from ._raw import ClientWith

        return ClientWith(self.agent.tasks.with_raw_response)

    @cached_property
    def with_streaming_response(self) -> ClientWith[TasksWithStreamingResponse]:
        """The same operations; each is a context manager of its answer, whose body is yet to be read."""
        from ._raw import ClientWith

        return ClientWith(self.agent.tasks.with_streaming_response)

    def close(self) -> None:
        """Closes the client, with its streams, and all clients that share its connections.

        Whoever waits for an answer or an event gets a LightconeError; tasks on the server go on. Harmless when it is closed."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: Optional[type[BaseException]], exc: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        self.close()


class AsyncLightcone(AsyncRequests):
    """A client of the Agent Tasks API for asyncio.

    >>> client = AsyncLightcone()
    >>> task = await client.agent.tasks.start(instruction="Find the trending Python repositories on github.com", kind="browser")
    """

    _async_library = "async:asyncio"

    @cached_property
    def agent(self) -> AsyncAgent:
        """Everything about agents."""
        from .resources.agent import AsyncAgent

        return AsyncAgent(self)

    @cached_property
    def with_raw_response(self) -> ClientWith[AsyncTasksWithRawResponse]:
        """The same operations; each gives its answer as it came, with its content in it."""
        from ._raw import ClientWith

        return ClientWith(self.agent.tasks.with_raw_response)

    @cached_property
    def with_streaming_response(self) -> ClientWith[AsyncTasksWithStreamingResponse]:
        """The same operations; each is a context manager of its answer, whose body is yet to be read."""
        from ._raw import ClientWith

        return ClientWith(self.agent.tasks.with_streaming_response)

    async def close(self) -> None:
        """Closes the client, with its streams, and all clients that share its connections.

        Whoever waits for an answer or an event gets a LightconeError; tasks on the server go on. Harmless when it is closed."""
        self._close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: Optional[type[BaseException]], exc: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        await self.close()
