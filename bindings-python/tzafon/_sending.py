"""One call sent, its answer in the form that is wanted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Optional

from ._bridge import rebuilt, settled
from ._casting import Answer
from ._native import NativeError
from ._streaming import AsyncStream, Stream

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

    from ._building import Builder
    from ._casting import Parser
    from ._native import Client

__all__ = ["Call", "Form", "sent", "sent_async"]

Form: TypeAlias = Literal["parsed", "raw", "stream"]
"""An answer's content; the answer with its content in it; the answer with its body yet to be read."""


class Call(NamedTuple):
    """A call as the native module takes it."""

    native: Client
    operation: str
    options: bytes
    body: Optional[bytes]
    strict: bool
    """Whether what comes back is checked against its type."""


def sent(call: Call, parser: Optional[Parser], form: Form = "parsed", make: Optional[Builder] = None) -> Any:
    """Sends it and waits; without a parser its answer is a stream of events, each as `make` makes it."""
    native, operation, options, body, strict = call
    try:
        if form == "stream" or (form == "raw" and parser is None):
            from ._response import APIResponse

            raw = native.open_raw(operation, options, body)
            return APIResponse[Any](raw.head, raw, parser, strict, make)
        if parser is None:
            return Stream[Any](native.open(operation, options, body), make)
        head, content = native.call(operation, options, body)
    except NativeError as error:
        raise rebuilt(error) from None
    if form == "parsed":
        return parser(Answer(head, content, strict))
    from ._response import APIResponse

    return APIResponse[Any](bytes(head), content, parser, strict, make)


async def sent_async(call: Call, parser: Optional[Parser], form: Form = "parsed", make: Optional[Builder] = None) -> Any:
    """The same for asyncio."""
    native, operation, options, body, strict = call
    try:
        if form == "stream" or (form == "raw" and parser is None):
            from ._response import AsyncAPIResponse

            raw = await settled(partial(native.open_raw_async, operation, options, body))
            return AsyncAPIResponse[Any](raw.head, raw, parser, strict, make)
        if parser is None:
            return AsyncStream[Any](await settled(partial(native.open_async, operation, options, body)), make)
        head, content = await settled(partial(native.call_async, operation, options, body))
    except NativeError as error:
        raise rebuilt(error) from None
    if form == "parsed":
        return parser(Answer(head, content, strict))
    from ._response import AsyncAPIResponse

    return AsyncAPIResponse[Any](bytes(head), content, parser, strict, make)
