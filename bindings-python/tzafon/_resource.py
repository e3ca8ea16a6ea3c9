"""What the generated methods stand on: one operation in, one answer or stream out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Awaitable, Callable, Mapping, Optional, Union

from ._casting import items_named, model_named, task_event_maker, task_result
from ._options import callback
from ._pages import AsyncPage, Page
from ._sending import Form, sent, sent_async
from ._timeout import checked

if TYPE_CHECKING:
    from ._client import AsyncLightcone, Lightcone
    from ._generated.models import TaskResult
    from ._streaming import AsyncStream, Stream
    from ._types import Body, EventTimeoutOption, Headers, Query, TimeoutOption

_Params = Optional[Mapping[str, object]]


class SyncResource:
    """A part of the API, for `Lightcone`."""

    def __init__(self, client: Lightcone, form: Form = "parsed") -> None:
        self._client = client
        self._form: Form = form

    def _unary(
        self,
        operation: str,
        id: Optional[str],
        params: _Params,
        model: str,
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
    ) -> Any:
        call = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
            operation, id, params, extra_headers, extra_query, extra_body, timeout, self._form
        )
        return sent(call, model_named(model), self._form)

    def _wait(
        self,
        operation: str,
        id: Optional[str],
        limits: Mapping[str, object],
        model: str,
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
    ) -> Any:
        checks = {name: checked(name, limit) for name, limit in limits.items()}
        return self._unary(operation, id, checks, model, extra_headers, extra_query, extra_body, timeout)

    def _page(
        self,
        operation: str,
        id: Optional[str],
        params: Mapping[str, object],
        model: str,
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
    ) -> Any:
        items = items_named(model)

        def fetch(after: object, form: Form = "parsed") -> Any:
            call = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
                operation, id, {**params, "after": after}, extra_headers, extra_query, extra_body, timeout, form
            )
            return sent(call, lambda answer: Page(*items(answer), after, fetch), form)

        return fetch(params.get("after"), self._form)

    def _stream(
        self,
        operation: str,
        id: Optional[str],
        params: _Params,
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
        event_timeout: EventTimeoutOption,
    ) -> Any:
        call = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
            operation, id, params, extra_headers, extra_query, extra_body, timeout, self._form, event_timeout
        )
        return sent(call, None, self._form, task_event_maker(call.strict))

    def _run(
        self,
        operation: str,
        id: Optional[str],
        params: _Params,
        on_event: Optional[Callable[[Any], object]],
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
        event_timeout: EventTimeoutOption,
    ) -> TaskResult:
        callback("on_event", on_event, awaited=False)
        stream: Stream[Any] = self._stream(
            operation, id, params, extra_headers, extra_query, extra_body, timeout, event_timeout
        )
        with stream:
            # Read here only where somebody looks at them: the native module is faster.
            if on_event is not None or self._client._strict:  # pyright: ignore[reportPrivateUsage]
                for event in stream:
                    if on_event is not None:
                        on_event(event)
            outcome = stream._outcome()  # pyright: ignore[reportPrivateUsage]
        return task_result(outcome)


class AsyncResource:
    """A part of the API, for `AsyncLightcone`."""

    def __init__(self, client: AsyncLightcone, form: Form = "parsed") -> None:
        self._client = client
        self._form: Form = form

    async def _unary(
        self,
        operation: str,
        id: Optional[str],
        params: _Params,
        model: str,
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
    ) -> Any:
        call = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
            operation, id, params, extra_headers, extra_query, extra_body, timeout, self._form
        )
        return await sent_async(call, model_named(model), self._form)

    async def _wait(
        self,
        operation: str,
        id: Optional[str],
        limits: Mapping[str, object],
        model: str,
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
    ) -> Any:
        checks = {name: checked(name, limit) for name, limit in limits.items()}
        return await self._unary(operation, id, checks, model, extra_headers, extra_query, extra_body, timeout)

    async def _page(
        self,
        operation: str,
        id: Optional[str],
        params: Mapping[str, object],
        model: str,
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
    ) -> Any:
        items = items_named(model)

        async def fetch(after: object, form: Form = "parsed") -> Any:
            call = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
                operation, id, {**params, "after": after}, extra_headers, extra_query, extra_body, timeout, form
            )
            return await sent_async(call, lambda answer: AsyncPage(*items(answer), after, fetch), form)

        return await fetch(params.get("after"), self._form)

    async def _stream(
        self,
        operation: str,
        id: Optional[str],
        params: _Params,
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
        event_timeout: EventTimeoutOption,
    ) -> Any:
        call = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
            operation, id, params, extra_headers, extra_query, extra_body, timeout, self._form, event_timeout
        )
        return await sent_async(call, None, self._form, task_event_maker(call.strict))

    async def _run(
        self,
        operation: str,
        id: Optional[str],
        params: _Params,
        on_event: Optional[Callable[[Any], Union[Awaitable[object], object]]],
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
        event_timeout: EventTimeoutOption,
    ) -> TaskResult:
        callback("on_event", on_event, awaited=True)
        stream: AsyncStream[Any] = await self._stream(
            operation, id, params, extra_headers, extra_query, extra_body, timeout, event_timeout
        )
        async with stream:
            if on_event is not None or self._client._strict:  # pyright: ignore[reportPrivateUsage]
                async for event in stream:
                    done = None if on_event is None else on_event(event)
                    if isinstance(done, Awaitable):
                        await done
            outcome = await stream._outcome()  # pyright: ignore[reportPrivateUsage]
        return task_result(outcome)
