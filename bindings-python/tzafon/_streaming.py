"""The events of a task as they happen."""

from __future__ import annotations

import json
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Generic, Mapping, Optional, TypeVar, cast

from ._bridge import rebuilt, settled
from ._exceptions import APIResponseValidationError
from ._http import Response, StreamResponse
from ._native import AsyncIteration, Iteration, NativeError
from ._process import Bound, cached_property, dropped

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._building import Builder
    from ._native import EventStream

__all__ = ["AsyncStream", "Stream"]

_T = TypeVar("_T")


class _Pending:
    """Stands for an event that is not there yet; None is one that is."""


_PENDING = _Pending()


class _Head(Bound, Generic[_T]):
    """What both streams tell besides their events."""

    _events: EventStream
    _make: Optional[Builder]

    _in_its_place = "Give its events or its task_id to the other process."
    _advice = "Read it to its end, leave it through a `with` block, or call its close()."

    def __del__(self, _dropped: Callable[[object, str], None] = dropped) -> None:
        if self._events.is_open:
            self._events.close()
            _dropped(self, self._advice)

    @cached_property
    def response(self) -> StreamResponse:
        """The answer that the events are read from."""
        return StreamResponse(json.loads(self._events.head))

    @property
    def last_event_id(self) -> Optional[str]:
        """The id of the last event yielded; None before the first."""
        return self._events.last_event_id

    @property
    def event_name(self) -> Optional[str]:
        """What the last event yielded was called beside its data; None where the server names it in the data only."""
        return self._events.event_name

    @property
    def task_id(self) -> Optional[str]:
        """The task; None until the server has named it, which it does before the first event or with it."""
        return self._events.task_id

    @property
    def computer_id(self) -> Optional[str]:
        """The computer that the task runs on; None until the server has named it."""
        return self._events.computer_id

    @property
    def terminal_event(self) -> Optional[_T]:
        """The event with which the task ended, once it was yielded; None before, and where the stream ended without one."""
        event: Optional[_T] = self._events.terminal_event
        return event

    def _made(self, event: Any, make: Builder) -> _T:
        """The event as it is wanted; one that is not what it should be ends the stream."""
        try:
            made: _T = make(event)
        except ValueError as error:
            self._events.close()
            head = self.response
            answered = Response(head.status_code, head.headers, head.request, json.dumps(event))
            message = f"An event is not what its type says: {error}"
            invalid = APIResponseValidationError(answered, event, message=message)
            invalid.task_id = self.task_id
            raise invalid from error.__cause__
        return made

    def _result(self) -> Optional[str]:
        """The result that the event has with which the task ended."""
        event: object = self.terminal_event
        result: object = cast("dict[str, object]", event).get("result") if isinstance(event, dict) else None
        return result if isinstance(result, str) else None


class Stream(_Head[_T], Iteration[_T]):
    """A task's events, one `dict` each.

    A later `for` goes on with the next event. Leaving a loop early does not close the connection: `close()`, leaving a
    `with` block, or dropping the stream does. The task itself goes on.

    After the event that ended the task the stream ends: when the server ends it, or after a second. What comes in that
    second is yielded too.

    Iterating raises:
        LightconeError: The stream was closed.
        APIError: An event is not JSON, or not what its type says if the client checks that.
        APITimeoutError: Nothing came for as long as the timeout allows.
        StreamInterruptedError: The connection broke.

    >>> with client.agent.tasks.start_stream(instruction="...") as stream:
    ...     for event in stream:
    ...         print(event)
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: Optional[type[BaseException]], exc: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        self.close()

    def result(self) -> Optional[str]:
        """Reads on to the end and gives the task's result, a failure's too; None where there is none.

        Raises:
            APIError: As from iterating.
        """
        for _ in self:
            pass
        return self._result()

    def _outcome(self) -> Mapping[str, Any]:
        """Reads on to the end and waits until it is known how the task ended: the members of a `TaskResult`."""
        try:
            outcome = self._events.outcome()
        except NativeError as error:
            raise rebuilt(error) from None
        members: Mapping[str, Any] = json.loads(outcome)
        return members

    def close(self) -> None:
        """Closes the connection at once. Harmless when it is closed."""
        self._events.close()


class AsyncStream(_Head[_T], AsyncIteration[_T]):
    """A task's events, one `dict` each, for asyncio.

    A later `async for` goes on with the next event. Leaving a loop early does not close the connection: `close()`,
    leaving an `async with` block, dropping the stream, or cancelling the asyncio task that waits for an event does.
    The agent's task goes on.

    After the event that ended the task the stream ends: when the server ends it, or after a second. What comes in that
    second is yielded too.

    Iterating raises:
        LightconeError: The stream was closed.
        APIError: An event is not JSON, or not what its type says if the client checks that.
        APITimeoutError: Nothing came for as long as the timeout allows.
        StreamInterruptedError: The connection broke.

    >>> async with await client.agent.tasks.start_stream(instruction="...") as stream:
    ...     async for event in stream:
    ...         print(event)
    """

    _advice = "Read it to its end, leave it through an `async with` block, or await its close()."

    async def _waited(self) -> _T:
        """The next event, which is not there yet."""
        from asyncio import sleep

        events = self._events
        try:
            while isinstance(event := events.take_ready(_PENDING), _Pending):
                if events.refill():
                    # However fast they come: others have their turn at each batch.
                    await sleep(0)
                else:
                    await settled(events.wait_ready)
        except NativeError as error:
            raise rebuilt(error) from None
        except Exception:
            raise
        except BaseException:
            # Cancelled while waiting.
            events.close()
            raise
        result: _T = event if self._make is None else self._made(event, self._make)
        return result

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: Optional[type[BaseException]], exc: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        await self.close()

    async def result(self) -> Optional[str]:
        """Reads on to the end and gives the task's result, a failure's too; None where there is none.

        Raises:
            APIError: As from iterating.
        """
        async for _ in self:
            pass
        return self._result()

    async def _outcome(self) -> Mapping[str, Any]:
        """Reads on to the end and waits until it is known how the task ended: the members of a `TaskResult`."""
        try:
            outcome = await settled(self._events.outcome_async)
        except NativeError as error:
            raise rebuilt(error) from None
        members: Mapping[str, Any] = json.loads(outcome)
        return members

    async def close(self) -> None:
        """Closes the connection at once. Harmless when it is closed."""
        self._events.close()
