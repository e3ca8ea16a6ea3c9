"""The clients."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, Type, TypeVar, cast, get_origin

from ._base_client import BaseClient
from ._process import cached_property
from ._sending import Form, sent, sent_async

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._generated.raw import (
        AsyncTasksWithRawResponse,
        AsyncTasksWithStreamingResponse,
        TasksWithRawResponse,
        TasksWithStreamingResponse,
    )
    from ._raw import ClientWith
    from ._streaming import AsyncStream, Stream
    from ._types import RequestOptions
    from .resources.agent import Agent, AsyncAgent

__all__ = ["AsyncLightcone", "Lightcone"]

_T = TypeVar("_T")


class Lightcone(BaseClient):
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

    def get(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[Stream[Any]]] = None,
    ) -> _T:
        """Sends a GET of your own, for a route that has no method here.

        Args:
            path: Comes after the base URL's own path; it may have a query.
            cast_to: What the answer is made into: a `tzafon.BaseModel` of yours, `dict`, `list`, `str`, `bytes`, `object`
                for whatever JSON it is, `NoneType`, or `APIResponse` for the answer as it came.
            options: Headers, params, timeout and so on of this request.
            stream: Whether the answer is a stream of events; it is given as `Stream` then.
            stream_cls: Accepted for older programs; events are what JSON has in any case.

        Raises:
            ValueError: `path` is a whole address.
            APIStatusError: The server says no; the subclass tells which HTTP status it said.
            APIConnectionError: The server could not be reached, the connection broke, or nothing came in time.
        """
        return self._own("GET", path, cast_to, None, options, stream)

    def post(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[Stream[Any]]] = None,
    ) -> _T:
        """Sends a POST of your own with a body that is made JSON. See `get`.

        It is not sent again when it may have arrived, nor is a PATCH: nobody knows whether that is harmless."""
        return self._own("POST", path, cast_to, body, options, stream)

    def patch(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[Stream[Any]]] = None,
    ) -> _T:
        """Sends a PATCH of your own with a body that is made JSON. See `get`."""
        return self._own("PATCH", path, cast_to, body, options, stream)

    def put(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[Stream[Any]]] = None,
    ) -> _T:
        """Sends a PUT of your own with a body that is made JSON. See `get`."""
        return self._own("PUT", path, cast_to, body, options, stream)

    def delete(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[Stream[Any]]] = None,
    ) -> _T:
        """Sends a DELETE of your own with a body that is made JSON. See `get`."""
        return self._own("DELETE", path, cast_to, body, options, stream)

    def _own(self, method: str, path: str, cast_to: Type[_T], body: object, options: RequestOptions, stream: bool) -> _T:
        from ._casting import parser_of
        from ._response import APIResponse

        is_raw = (get_origin(cast_to) or cast_to) is APIResponse
        form: Form = "raw" if is_raw else "parsed"
        parser = None if stream else parser_of(object if is_raw else cast_to)
        return cast("_T", sent(self._prepare_own(method, path, body, options, form), parser, form))

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


class AsyncLightcone(BaseClient):
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

    async def get(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[AsyncStream[Any]]] = None,
    ) -> _T:
        """Sends a GET of your own, for a route that has no method here.

        Args:
            path: Comes after the base URL's own path; it may have a query.
            cast_to: What the answer is made into: a `tzafon.BaseModel` of yours, `dict`, `list`, `str`, `bytes`, `object`
                for whatever JSON it is, `NoneType`, or `AsyncAPIResponse` for the answer as it came.
            options: Headers, params, timeout and so on of this request.
            stream: Whether the answer is a stream of events; it is given as `AsyncStream` then.
            stream_cls: Accepted for older programs; events are what JSON has in any case.

        Raises:
            ValueError: `path` is a whole address.
            APIStatusError: The server says no; the subclass tells which HTTP status it said.
            APIConnectionError: The server could not be reached, the connection broke, or nothing came in time.
        """
        return await self._own("GET", path, cast_to, None, options, stream)

    async def post(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[AsyncStream[Any]]] = None,
    ) -> _T:
        """Sends a POST of your own with a body that is made JSON. See `get`.

        It is not sent again when it may have arrived, nor is a PATCH: nobody knows whether that is harmless."""
        return await self._own("POST", path, cast_to, body, options, stream)

    async def patch(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[AsyncStream[Any]]] = None,
    ) -> _T:
        """Sends a PATCH of your own with a body that is made JSON. See `get`."""
        return await self._own("PATCH", path, cast_to, body, options, stream)

    async def put(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[AsyncStream[Any]]] = None,
    ) -> _T:
        """Sends a PUT of your own with a body that is made JSON. See `get`."""
        return await self._own("PUT", path, cast_to, body, options, stream)

    async def delete(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[AsyncStream[Any]]] = None,
    ) -> _T:
        """Sends a DELETE of your own with a body that is made JSON. See `get`."""
        return await self._own("DELETE", path, cast_to, body, options, stream)

    async def _own(self, method: str, path: str, cast_to: Type[_T], body: object, options: RequestOptions, stream: bool) -> _T:
        from ._casting import parser_of
        from ._response import AsyncAPIResponse

        is_raw = (get_origin(cast_to) or cast_to) is AsyncAPIResponse
        form: Form = "raw" if is_raw else "parsed"
        parser = None if stream else parser_of(object if is_raw else cast_to)
        return cast("_T", await sent_async(self._prepare_own(method, path, body, options, form), parser, form))

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
