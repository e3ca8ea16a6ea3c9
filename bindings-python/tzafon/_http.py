"""Requests and answers as errors and streams tell of them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Iterable, Iterator, Mapping, Optional

__all__ = ["Headers", "Request", "Response", "ResponseHead"]

_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie", "x-api-key"})


class Headers(Mapping[str, str]):
    """Headers by name, whatever its case. A name that came more than once has its values joined by commas."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._pairs = [(name, value) for name, value in pairs]

    def __getitem__(self, name: str) -> str:
        values = self.get_list(name)
        if not values:
            raise KeyError(name)
        return ", ".join(values)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.lower() for name, _ in self._pairs))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get_list(self, name: str) -> list[str]:
        """Each value of the name, in the order they came."""
        return [value for given, value in self._pairs if given.lower() == name.lower()]

    def multi_items(self) -> list[tuple[str, str]]:
        """Every name and value, repeats included."""
        return list(self._pairs)

    def __repr__(self) -> str:
        shown = {name: "[secure]" if name in _SECRET else value for name, value in self.items()}
        return f"Headers({shown})"


class Request:
    """A request that was sent. Credentials are not in it."""

    method: str
    """The HTTP method."""

    url: str
    """The whole address."""

    headers: Headers
    """What was sent with it."""

    def __init__(self, method: str, url: str, headers: Headers) -> None:
        self.method = method
        self.url = url
        self.headers = headers

    def __repr__(self) -> str:
        return f"<Request({self.method!r}, {self.url!r})>"


class ResponseHead:
    """How an answer begins."""

    status_code: int
    """The HTTP status."""

    headers: Headers
    """The answer's headers; names in any case."""

    request: Request
    """The request that it answers."""

    url: str
    """The address that answered, after redirects."""

    def __init__(self, status_code: int, headers: Headers, request: Request, *, url: Optional[str] = None) -> None:
        self.status_code = status_code
        self.headers = headers
        self.request = request
        self.url = request.url if url is None else url

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{self.status_code}]>"


class StreamResponse(ResponseHead):
    """The answer that a stream is read from."""

    http_version: str
    """`HTTP/1.1` or `HTTP/2`."""

    elapsed: timedelta
    """From sending the request until what had come by the time this was given: the head of a stream, the whole of a short answer."""

    retries_taken: int
    """How often the request was sent again."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        request = Request(record["method"], record["request_url"], headers(record["request_headers"]))
        super().__init__(record["status"], headers(record["headers"]), request, url=record["url"])
        self.http_version = record["http_version"]
        self.elapsed = timedelta(seconds=record["elapsed"])
        self.retries_taken = record["retries"]


class Response(ResponseHead):
    """A whole answer."""

    text: str
    """The body; bytes that are not UTF-8 were replaced by U+FFFD."""

    def __init__(self, status_code: int, headers: Headers, request: Request, text: str) -> None:
        super().__init__(status_code, headers, request)
        self.text = text

    def read(self) -> bytes:
        """The body as UTF-8."""
        return self.text.encode()

    def json(self) -> Any:
        """The body decoded.

        Raises:
            json.JSONDecodeError: It is not JSON.
        """
        return json.loads(self.text)


def headers(pairs: Iterable[Iterable[str]]) -> Headers:
    """Headers as the core gives them."""
    return Headers((name, value) for name, value in pairs)
