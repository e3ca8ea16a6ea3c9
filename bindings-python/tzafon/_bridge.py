"""Waits on the native module for asyncio, and makes its errors into the package's exceptions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable, Mapping, TypeVar, Union

from ._exceptions import APIConnectionError, APIError, APIStatusError, APITimeoutError, LightconeError, NotSupportedError, StreamInterruptedError, class_named
from ._generated.errors import CLASS_BY_KIND
from ._http import Headers, Request, Response
from ._http import headers as headers_of
from ._logging import passing_on
from ._native import NativeError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

    from ._native import Head, Work

_T = TypeVar("_T")

_NO_LOOP = (
    "There is no running event loop of asyncio here, and AsyncLightcone needs one (uvloop's is one, too). "
    "Under trio, use Lightcone in a thread: await trio.to_thread.run_sync(...)."
)


def settle_all(works: list[Work[Any]], loop: AbstractEventLoop) -> None:
    """Settles the futures of work that is done. The native module has it called, on the event loop."""
    # From the end, where taking one out moves no others.
    works.reverse()
    try:
        while works:
            work = works.pop()
            if work.future.done():
                # It came while it was cancelled: it is let go of here, for whoever keeps the cancelled task keeps the work as well.
                work.cancel()
            else:
                # An exception set on the future would be logged as never retrieved when its task is cancelled just now.
                work.future.set_result(work.outcome())
    finally:
        # After Ctrl-C, say: a loop that goes on afterwards has the others to wake.
        if works:
            loop.call_soon(settle_all, works[::-1], loop)


async def settled(start: Callable[[AbstractEventLoop, Future[Any]], Work[_T]]) -> _T:
    """Starts native work and awaits it. Cancelling the await ends the work and closes its connection at once.

    Raises:
        NativeError: As a result of the work.
        RuntimeError: There is no event loop of asyncio.
    """
    from asyncio import get_running_loop

    try:
        loop = get_running_loop()
    except RuntimeError:
        raise RuntimeError(_NO_LOOP) from None
    future: Future[Union[_T, Exception]] = loop.create_future()

    work = start(loop, future)
    logging = passing_on(loop)
    try:
        outcome = await future
    except BaseException:
        # What came at the moment of the cancel has nobody to close it.
        if future.done() and not future.cancelled():
            close = getattr(future.result(), "close", None)
            if close is not None:
                close()
        raise
    finally:
        work.cancel()
        if logging is not None:
            logging.cancel()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def rebuilt(error: NativeError) -> Exception:
    """The exception that a native error stands for."""
    record: Mapping[str, Any] = json.loads(error.args[0])
    message: str = record["message"]
    name = CLASS_BY_KIND.get(record["kind"], "LightconeError")
    if name == "ValueError":
        return ValueError(message)
    kind = class_named(name)
    if not issubclass(kind, APIError):
        return LightconeError(message)
    request = _request(record["request"])
    response = _response(record["response"], request)
    made = _api_error(kind, message, request, response)
    made.response = response
    made.task_id = record["task_id"]
    made.attempts = record["attempts"]
    if isinstance(made, StreamInterruptedError):
        made.last_event_id = record["last_event_id"]
    return made


def answered(head: Union[bytes, Head], body: bytes) -> Response:
    """A whole answer as errors carry it."""
    record = json.loads(bytes(head))
    request = Request(record["method"], record["request_url"], headers_of(record["request_headers"]))
    return Response(record["status"], headers_of(record["headers"]), request, body.decode(errors="replace"))


def not_an_object(head: Union[bytes, Head], body: bytes) -> APIError:
    """The error of an answer whose body is no JSON object."""
    response = answered(head, body)
    shown = response.text[:200] + ("..." if len(response.text) > 200 else "")
    message = f"The server should have answered with a JSON object, not with: {shown!r}"
    error = APIError(message, response.request, body=decoded(response.text))
    error.response = response
    return error


def decoded(text: str) -> object:
    """JSON decoded, and any other text as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _api_error(kind: type[APIError], message: str, request: Request, response: Union[Response, None]) -> APIError:
    if issubclass(kind, APIStatusError) and response is not None:
        text = response.text.strip()
        code = f"Error code: {response.status_code}"
        if issubclass(kind, NotSupportedError):
            # The server speaks of a route; which operation is not there the core says.
            return kind(f"{code} - {message}", response=response, body=decoded(text))
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            return kind(text or code, response=response, body=text)
        return kind(f"{code} - {body}", response=response, body=body)
    if issubclass(kind, APITimeoutError):
        return kind(request, message=message)
    if issubclass(kind, APIConnectionError):
        return kind(message=message, request=request)
    return APIError(message, request, body=None if response is None else decoded(response.text))


def _request(record: Union[Mapping[str, Any], None]) -> Request:
    if record is None:
        return Request("", "", Headers(()))
    return Request(record["method"], record["url"], headers_of(record["headers"]))


def _response(record: Union[Mapping[str, Any], None], request: Request) -> Union[Response, None]:
    if record is None:
        return None
    return Response(record["status"], headers_of(record["headers"]), request, record["body"])
