"""Answers as they came, their content made out of the body when it is asked for."""

from __future__ import annotations

import codecs
import io
import json
import re
from types import TracebackType
from typing import TYPE_CHECKING, Any, AsyncIterator, Awaitable, Callable, Generic, Iterator, List, Optional, Type, TypeVar, Union, cast, get_args, overload

from ._bridge import rebuilt, settled
from ._casting import Answer, Parser, event_maker, parser_of
from ._exceptions import StreamAlreadyConsumed
from ._http import Request, StreamResponse
from ._native import NativeError
from ._process import dropped
from ._streaming import AsyncStream, Stream

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

    from ._building import Builder
    from ._native import RawAnswer

__all__ = ["APIResponse", "AsyncAPIResponse", "AsyncResponseContextManager", "ResponseContextManager"]

_T = TypeVar("_T")
_P = TypeVar("_P")
_To = TypeVar("_To")


_Splitter: TypeAlias = Callable[[bytes, bool], List[_P]]
"""Makes pieces out of bytes as they come; told with the last ones that they are."""


class _Answer(StreamResponse, Generic[_T]):
    """What both answers have in common."""

    def __init__(
        self, head: bytes, body: Union[bytes, RawAnswer], parser: Optional[Parser], strict: bool, make: Optional[Builder]
    ) -> None:
        super().__init__(json.loads(head))
        self._head = head
        self._parser = parser
        self._strict = strict
        self._make = make
        self._parsed: dict[object, Any] = {}
        self._content: Optional[bytes] = body if isinstance(body, bytes) else None
        self._native: Optional[RawAnswer] = None if isinstance(body, bytes) else body
        self._taken = False

    def __getstate__(self) -> dict[str, Any]:
        if self._content is None:
            raise TypeError("An answer that was not read cannot be pickled or copied; call read() first.")
        return self.__dict__

    def __del__(self, _dropped: Callable[[object, str], None] = dropped) -> None:
        native = self.__dict__.get("_native")
        if native is not None and not self._taken and native.is_open:
            native.close()
            _dropped(self, "Read it, or call its close().")

    @property
    def method(self) -> str:
        """The HTTP method of the request."""
        return self.request.method

    @property
    def http_request(self) -> Request:
        """The request that this answers: `method`, `url`, `headers`."""
        return self.request

    @property
    def is_closed(self) -> bool:
        """Whether its connection is let go of: the body was read, or the answer closed."""
        return self._native is None

    @property
    def _encoding(self) -> str:
        named = re.search(r'charset="?([^\s;"]+)', self.headers.get("content-type", ""), re.IGNORECASE)
        try:
            return codecs.lookup(named[1]).name if named else "utf-8"
        except LookupError:
            return "utf-8"

    def _take(self) -> Optional[RawAnswer]:
        """What is to be read from now on; None where it was read and kept."""
        if self._content is not None:
            return None
        if self._taken or self._native is None:
            raise StreamAlreadyConsumed("The body of this answer was taken already, or closed; call read() first to keep it.")
        self._taken = True
        return self._native

    def _maker(self, to: Any) -> Optional[Builder]:
        """What each event is made into: what the operation says, or `X` of `Stream[X]`."""
        return event_maker(to, self._strict) if get_args(to) else self._make

    def _let_go(self) -> None:
        if self._native is not None:
            self._native.close()
            self._native = None

    def _splitter(self, chunk_size: Optional[int]) -> _Splitter[bytes]:
        return _Bytes(_checked(chunk_size))

    def _text_splitter(self, chunk_size: Optional[int]) -> _Splitter[str]:
        return _Text(self._encoding, _checked(chunk_size))


class APIResponse(_Answer[_T]):
    """An answer as it came.

    >>> response = client.agent.tasks.with_raw_response.retrieve_status(task_id)
    >>> response.headers["x-request-id"], response.parse().status
    """

    @overload
    def parse(self) -> _T: ...

    @overload
    def parse(self, *, to: Type[_To]) -> _To: ...

    def parse(self, *, to: Any = None) -> Any:
        """The content: of the operation's own type, or made into another.

        Args:
            to: A `tzafon.BaseModel` of yours, `dict`, `list`, `str`, `bytes` and so on, or `Stream`.

        Raises:
            APIError: The body is nothing that could become it.
            StreamAlreadyConsumed: The body was taken before and not kept.
        """
        if to not in self._parsed:
            parser = self._parser if to is None else parser_of(to)
            self._parsed[to] = self._events(to) if parser is None else parser(Answer(self._head, self.read(), self._strict))
        return self._parsed[to]

    def read(self) -> bytes:
        """All of the body, which is kept."""
        if self._content is None:
            self._content = b"".join(self.iter_bytes())
        return self._content

    def text(self) -> str:
        """The body as text, in the encoding that its type names, else UTF-8."""
        return self.read().decode(self._encoding, errors="replace")

    def json(self) -> Any:
        """The body decoded.

        Raises:
            json.JSONDecodeError: It is not JSON.
        """
        return json.loads(self.read())

    def iter_bytes(self, chunk_size: Optional[int] = None) -> Iterator[bytes]:
        """The body as it comes, or in pieces of this many bytes; once, unless it was read."""
        return self._pieces(self._splitter(chunk_size))

    def iter_text(self, chunk_size: Optional[int] = None) -> Iterator[str]:
        """The body as text as it comes, or in pieces of this many characters."""
        return self._pieces(self._text_splitter(chunk_size))

    def iter_lines(self) -> Iterator[str]:
        """The lines of the body, without their ends."""
        return self._pieces(_Lines(self._encoding))

    def close(self) -> None:
        """Closes the connection at once. Harmless when it is closed."""
        self._let_go()

    def _pieces(self, splitter: _Splitter[_P]) -> Iterator[_P]:
        native = self._take()
        try:
            if native is None:
                yield from splitter(self._content or b"", False)
            else:
                while data := native.next_bytes():
                    yield from splitter(data, False)
        except NativeError as error:
            raise rebuilt(error) from None
        finally:
            self._let_go()
        yield from splitter(b"", True)

    def _events(self, to: Any) -> Stream[Any]:
        native = self._take()
        if native is None:
            raise StreamAlreadyConsumed("The body of this answer was read; no events are left in it.")
        try:
            return Stream(native.events(), self._maker(to))
        except NativeError as error:
            raise rebuilt(error) from None


class AsyncAPIResponse(_Answer[_T]):
    """An answer as it came, for asyncio. See `APIResponse`."""

    @overload
    async def parse(self) -> _T: ...

    @overload
    async def parse(self, *, to: Type[_To]) -> _To: ...

    async def parse(self, *, to: Any = None) -> Any:
        """The content: of the operation's own type, or made into another.

        Args:
            to: A `tzafon.BaseModel` of yours, `dict`, `list`, `str`, `bytes` and so on, or `AsyncStream`.

        Raises:
            APIError: The body is nothing that could become it.
            StreamAlreadyConsumed: The body was taken before and not kept.
        """
        if to not in self._parsed:
            parser = self._parser if to is None else parser_of(to)
            self._parsed[to] = await self._events(to) if parser is None else parser(Answer(self._head, await self.read(), self._strict))
        return self._parsed[to]

    async def read(self) -> bytes:
        """All of the body, which is kept."""
        if self._content is None:
            self._content = b"".join([piece async for piece in self.iter_bytes()])
        return self._content

    async def text(self) -> str:
        """The body as text, in the encoding that its type names, else UTF-8."""
        return (await self.read()).decode(self._encoding, errors="replace")

    async def json(self) -> Any:
        """The body decoded.

        Raises:
            json.JSONDecodeError: It is not JSON.
        """
        return json.loads(await self.read())

    def iter_bytes(self, chunk_size: Optional[int] = None) -> AsyncIterator[bytes]:
        """The body as it comes, or in pieces of this many bytes; once, unless it was read."""
        return self._pieces(self._splitter(chunk_size))

    def iter_text(self, chunk_size: Optional[int] = None) -> AsyncIterator[str]:
        """The body as text as it comes, or in pieces of this many characters."""
        return self._pieces(self._text_splitter(chunk_size))

    def iter_lines(self) -> AsyncIterator[str]:
        """The lines of the body, without their ends."""
        return self._pieces(_Lines(self._encoding))

    async def close(self) -> None:
        """Closes the connection at once. Harmless when it is closed."""
        self._let_go()

    async def _pieces(self, splitter: _Splitter[_P]) -> AsyncIterator[_P]:
        native = self._take()
        try:
            if native is None:
                for piece in splitter(self._content or b"", False):
                    yield piece
            else:
                while data := await settled(native.next_bytes_async):
                    for piece in splitter(data, False):
                        yield piece
        except NativeError as error:
            raise rebuilt(error) from None
        finally:
            self._let_go()
        for piece in splitter(b"", True):
            yield piece

    async def _events(self, to: Any) -> AsyncStream[Any]:
        native = self._take()
        if native is None:
            raise StreamAlreadyConsumed("The body of this answer was read; no events are left in it.")
        try:
            return AsyncStream(await settled(native.events_async), self._maker(to))
        except NativeError as error:
            raise rebuilt(error) from None


class ResponseContextManager(Generic[_T]):
    """Sends the request when it is entered, and closes the answer when it is left."""

    def __init__(self, send: Callable[[], Any]) -> None:
        self._send = send
        self._response: Optional[APIResponse[_T]] = None

    def __enter__(self) -> APIResponse[_T]:
        self._response = cast("APIResponse[_T]", self._send())
        return self._response

    def __exit__(
        self, exc_type: Optional[type[BaseException]], exc: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        if self._response is not None:
            self._response.close()


class AsyncResponseContextManager(Generic[_T]):
    """Sends the request when it is entered, and closes the answer when it is left; for asyncio."""

    def __init__(self, send: Callable[[], Awaitable[Any]]) -> None:
        self._send = send
        self._response: Optional[AsyncAPIResponse[_T]] = None

    async def __aenter__(self) -> AsyncAPIResponse[_T]:
        self._response = cast("AsyncAPIResponse[_T]", await self._send())
        return self._response

    async def __aexit__(
        self, exc_type: Optional[type[BaseException]], exc: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        if self._response is not None:
            await self._response.close()


def _checked(chunk_size: Optional[int]) -> Optional[int]:
    if chunk_size is not None and chunk_size < 1:
        raise ValueError(f"chunk_size is {chunk_size}; it must be 1 or more, or None for pieces as they come")
    return chunk_size


class _Bytes:
    """As they come, or in pieces of one size, the last of which may be smaller."""

    def __init__(self, size: Optional[int]) -> None:
        self._size = size
        self._left = b""

    def __call__(self, data: bytes, final: bool) -> List[bytes]:
        if self._size is None:
            return [data] if data else []
        data = self._left + data
        whole = len(data) if final else len(data) - len(data) % self._size
        self._left = data[whole:]
        return [data[start : start + self._size] for start in range(0, whole, self._size)]


class _Text:
    """The same of characters."""

    def __init__(self, encoding: str, size: Optional[int]) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._size = size
        self._left = ""

    def __call__(self, data: bytes, final: bool) -> List[str]:
        text = self._decoder.decode(data, final)
        if self._size is None:
            return [text] if text else []
        text = self._left + text
        whole = len(text) if final else len(text) - len(text) % self._size
        self._left = text[whole:]
        return [text[start : start + self._size] for start in range(0, whole, self._size)]


class _Lines:
    """Lines that end with CR, LF or both, and the last without an end."""

    def __init__(self, encoding: str) -> None:
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._begun: List[str] = []

    def __call__(self, data: bytes, final: bool) -> List[str]:
        *ended, begun = self._decoder.decode(data, final).split("\n")
        if ended:
            ended[0] = "".join(self._begun) + ended[0]
            self._begun = []
        self._begun.append(begun)
        if final and (last := "".join(self._begun)):
            ended.append(last)
        return ended
