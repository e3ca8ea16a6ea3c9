"""The same operations with answers as they came."""

from __future__ import annotations

from functools import partial, wraps
from typing import Any, Awaitable, Callable, Generic, TypeVar, cast

from typing_extensions import ParamSpec

from ._elsewhere import WithoutOtherParts
from ._response import APIResponse, AsyncAPIResponse, AsyncResponseContextManager, ResponseContextManager

__all__ = ["AgentWith", "ClientWith", "raw", "raw_async", "streamed", "streamed_async"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


class AgentWith(Generic[_T]):
    """Everything about agents, with tasks whose methods give answers as they came."""

    def __init__(self, tasks: _T) -> None:
        self.tasks = tasks


class ClientWith(WithoutOtherParts, Generic[_T]):
    """The same, seen from the client."""

    def __init__(self, tasks: _T) -> None:
        self.agent = AgentWith(tasks)


def raw(method: Callable[_P, _T]) -> Callable[_P, APIResponse[_T]]:
    """The method of a resource of the form `raw`, as type checkers should see it."""
    return cast("Callable[_P, APIResponse[_T]]", method)


def raw_async(method: Callable[_P, Awaitable[_T]]) -> Callable[_P, Awaitable[AsyncAPIResponse[_T]]]:
    """The same for asyncio."""
    return cast("Callable[_P, Awaitable[AsyncAPIResponse[_T]]]", method)


def streamed(method: Callable[_P, _T]) -> Callable[_P, ResponseContextManager[_T]]:
    """The method of a resource of the form `stream`, called when the `with` block is entered."""

    @wraps(method)
    def prepared(*args: _P.args, **kwargs: _P.kwargs) -> ResponseContextManager[_T]:
        return ResponseContextManager(cast("Callable[[], Any]", partial(method, *args, **kwargs)))

    return prepared


def streamed_async(method: Callable[_P, Awaitable[_T]]) -> Callable[_P, AsyncResponseContextManager[_T]]:
    """The same for asyncio."""

    @wraps(method)
    def prepared(*args: _P.args, **kwargs: _P.kwargs) -> AsyncResponseContextManager[_T]:
        return AsyncResponseContextManager(cast("Callable[[], Awaitable[Any]]", partial(method, *args, **kwargs)))

    return prepared
