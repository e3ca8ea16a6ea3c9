"""What the generated methods stand on: one operation in, one answer or stream out."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Mapping, Optional

from ._bridge import not_an_object, rebuilt, settled
from ._native import NativeError
from ._streaming import AsyncStream, Stream

if TYPE_CHECKING:
    from ._client import AsyncLightcone, Lightcone
    from ._types import Body, Headers, Query, TimeoutOption

_Params = Optional[Mapping[str, object]]


class SyncResource:
    """A part of the API, for `Lightcone`."""

    def __init__(self, client: Lightcone) -> None:
        self._client = client

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
        native, options, body = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
            operation, id, params, extra_headers, extra_query, extra_body, timeout
        )
        try:
            answer = native.call(operation, options, body)
        except NativeError as error:
            raise rebuilt(error) from None
        return _modelled(model, *answer)

    def _stream(
        self,
        operation: str,
        id: Optional[str],
        params: _Params,
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
    ) -> Stream[Any]:
        native, options, body = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
            operation, id, params, extra_headers, extra_query, extra_body, timeout
        )
        try:
            return Stream(native.open(operation, options, body))
        except NativeError as error:
            raise rebuilt(error) from None


class AsyncResource:
    """A part of the API, for `AsyncLightcone`."""

    def __init__(self, client: AsyncLightcone) -> None:
        self._client = client

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
        native, options, body = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
            operation, id, params, extra_headers, extra_query, extra_body, timeout
        )
        try:
            answer = await settled(partial(native.call_async, operation, options, body))
        except NativeError as error:
            raise rebuilt(error) from None
        return _modelled(model, *answer)

    async def _stream(
        self,
        operation: str,
        id: Optional[str],
        params: _Params,
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
    ) -> AsyncStream[Any]:
        native, options, body = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
            operation, id, params, extra_headers, extra_query, extra_body, timeout
        )
        try:
            return AsyncStream(await settled(partial(native.open_async, operation, options, body)))
        except NativeError as error:
            raise rebuilt(error) from None


def _modelled(model: str, head: bytes, body: bytes) -> Any:
    """The answer as an instance of the named model."""
    # Late, for the models bring pydantic with them.
    from ._generated import models

    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise not_an_object(head, body)
    return getattr(models, model).from_answer(members)
