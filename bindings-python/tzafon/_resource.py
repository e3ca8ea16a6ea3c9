"""What the generated methods stand on: one operation in, one answer or stream out."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Mapping, Optional, cast

from ._bridge import not_an_object, rebuilt, settled
from ._native import NativeError
from ._pages import AsyncPage, Page
from ._streaming import AsyncStream, Stream

if TYPE_CHECKING:
    from ._client import AsyncLightcone, Lightcone
    from ._models import BaseModel
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
    ) -> Page[Any]:
        def fetch(after: object) -> Page[Any]:
            native, options, body = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
                operation, id, {**params, "after": after}, extra_headers, extra_query, extra_body, timeout
            )
            try:
                answer = native.call(operation, options, body)
            except NativeError as error:
                raise rebuilt(error) from None
            return Page(*_listed(model, *answer), after, fetch)

        return fetch(params.get("after"))

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
    ) -> AsyncPage[Any]:
        async def fetch(after: object) -> AsyncPage[Any]:
            native, options, body = self._client._prepare(  # pyright: ignore[reportPrivateUsage]
                operation, id, {**params, "after": after}, extra_headers, extra_query, extra_body, timeout
            )
            try:
                answer = await settled(partial(native.call_async, operation, options, body))
            except NativeError as error:
                raise rebuilt(error) from None
            return AsyncPage(*_listed(model, *answer), after, fetch)

        return await fetch(params.get("after"))

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
    return _model(model).from_answer(_members(head, body))


def _listed(model: str, head: bytes, body: bytes) -> tuple[list[Any], bool]:
    """The items of a page as instances of the named model, and whether there are more."""
    members = _members(head, body)
    items: list[Any] = members.get("data") or []
    if not all(isinstance(item, dict) for item in items):
        raise not_an_object(head, body)
    kind = _model(model)
    return [kind.from_answer(item) for item in items], bool(members.get("has_more"))


def _model(name: str) -> type[BaseModel]:
    # Late, for the models bring pydantic with them.
    from ._generated import models

    found: type[BaseModel] = getattr(models, name)
    return found


def _members(head: bytes, body: bytes) -> dict[str, Any]:
    try:
        members: object = json.loads(body)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise not_an_object(head, body)
    return cast("dict[str, Any]", members)
