"""Requests of one's own: for routes that have no method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Optional, Type, TypeVar, Union, cast, get_args, get_origin, overload

from ._base_client import BaseClient
from ._sending import Form, sent

if TYPE_CHECKING:
    from ._streaming import Stream
    from ._types import RequestOptions

__all__ = ["Requests"]

_T = TypeVar("_T")


class Requests(BaseClient):
    """Sends requests of one's own."""

    @overload
    def get(
        self, path: str, *, cast_to: Type[_T], options: RequestOptions = {}, stream: Literal[False] = False
    ) -> _T: ...

    @overload
    def get(
        self, path: str, *, cast_to: Type[_T], options: RequestOptions = {}, stream: Literal[True], stream_cls: Optional[Type[Stream[Any]]] = None
    ) -> Stream[_T]: ...

    @overload
    def get(
        self, path: str, *, cast_to: Type[_T], options: RequestOptions = {}, stream: bool, stream_cls: Optional[Type[Stream[Any]]] = None
    ) -> Union[_T, Stream[_T]]: ...

    def get(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[Stream[Any]]] = None,
    ) -> Union[_T, Stream[_T]]:
        """Sends a GET of your own, for a route that has no method here.

        Args:
            path: Comes after the base URL's own path; it may have a query.
            cast_to: What the answer is made into: a `tzafon.BaseModel` of yours, `dict` or `list` (of models too), `str`, `bytes`,
                `int`, `float`, `bool`, `object` for whatever JSON it is, `NoneType`, `APIResponse` for the answer as it came, or
                `httpx.Response`. Of a stream: what each event is made into.
            options: Headers, params, timeout and so on of this request alone; see `RequestOptions`. Default: the client's.
            stream: Whether the answer is a stream of events; it is given as `Stream` then. Default: false.
            stream_cls: Accepted for older programs; a stream is a `Stream` in any case.

        Raises:
            ValueError: `path` is a whole address.
            TypeError, RuntimeError: An argument is of a wrong type; nothing can be made a `cast_to`.
            APIStatusError: The server says no; the subclass tells which HTTP status it said.
            APIConnectionError: The server could not be reached, the connection broke, or nothing came in time.
        """
        return self._own("GET", path, cast_to, None, options, stream)

    @overload
    def post(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: Literal[False] = False
    ) -> _T: ...

    @overload
    def post(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: Literal[True], stream_cls: Optional[Type[Stream[Any]]] = None
    ) -> Stream[_T]: ...

    @overload
    def post(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: bool, stream_cls: Optional[Type[Stream[Any]]] = None
    ) -> Union[_T, Stream[_T]]: ...

    def post(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[Stream[Any]]] = None,
    ) -> Union[_T, Stream[_T]]:
        """Sends a POST of your own with a body that is made JSON.

        It is not sent again when it may have arrived: nobody knows whether that is harmless.

        Args:
            path: Comes after the base URL's own path; it may have a query.
            cast_to: What the answer is made into; see `get`.
            body: Whatever JSON can be made of. Default: no body.
            options: Headers, params, timeout and so on of this request alone; see `RequestOptions`. Default: the client's.
            stream: Whether the answer is a stream of events; it is given as `Stream` then. Default: false.
            stream_cls: Accepted for older programs; a stream is a `Stream` in any case.

        Raises:
            APIError: As from `get`, and the other errors too.
        """
        return self._own("POST", path, cast_to, body, options, stream)

    @overload
    def patch(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: Literal[False] = False
    ) -> _T: ...

    @overload
    def patch(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: Literal[True], stream_cls: Optional[Type[Stream[Any]]] = None
    ) -> Stream[_T]: ...

    @overload
    def patch(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: bool, stream_cls: Optional[Type[Stream[Any]]] = None
    ) -> Union[_T, Stream[_T]]: ...

    def patch(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[Stream[Any]]] = None,
    ) -> Union[_T, Stream[_T]]:
        """Sends a PATCH of your own with a body that is made JSON.

        It is not sent again when it may have arrived: nobody knows whether that is harmless.

        Args:
            path: Comes after the base URL's own path; it may have a query.
            cast_to: What the answer is made into; see `get`.
            body: Whatever JSON can be made of. Default: no body.
            options: Headers, params, timeout and so on of this request alone; see `RequestOptions`. Default: the client's.
            stream: Whether the answer is a stream of events; it is given as `Stream` then. Default: false.
            stream_cls: Accepted for older programs; a stream is a `Stream` in any case.

        Raises:
            APIError: As from `get`, and the other errors too.
        """
        return self._own("PATCH", path, cast_to, body, options, stream)

    @overload
    def put(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: Literal[False] = False
    ) -> _T: ...

    @overload
    def put(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: Literal[True], stream_cls: Optional[Type[Stream[Any]]] = None
    ) -> Stream[_T]: ...

    @overload
    def put(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: bool, stream_cls: Optional[Type[Stream[Any]]] = None
    ) -> Union[_T, Stream[_T]]: ...

    def put(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[Stream[Any]]] = None,
    ) -> Union[_T, Stream[_T]]:
        """Sends a PUT of your own with a body that is made JSON.

        Args:
            path: Comes after the base URL's own path; it may have a query.
            cast_to: What the answer is made into; see `get`.
            body: Whatever JSON can be made of. Default: no body.
            options: Headers, params, timeout and so on of this request alone; see `RequestOptions`. Default: the client's.
            stream: Whether the answer is a stream of events; it is given as `Stream` then. Default: false.
            stream_cls: Accepted for older programs; a stream is a `Stream` in any case.

        Raises:
            APIError: As from `get`, and the other errors too.
        """
        return self._own("PUT", path, cast_to, body, options, stream)

    @overload
    def delete(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: Literal[False] = False
    ) -> _T: ...

    @overload
    def delete(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: Literal[True], stream_cls: Optional[Type[Stream[Any]]] = None
    ) -> Stream[_T]: ...

    @overload
    def delete(
        self, path: str, *, cast_to: Type[_T], body: Optional[object] = None, options: RequestOptions = {}, stream: bool, stream_cls: Optional[Type[Stream[Any]]] = None
    ) -> Union[_T, Stream[_T]]: ...

    def delete(
        self,
        path: str,
        *,
        cast_to: Type[_T],
        body: Optional[object] = None,
        options: RequestOptions = {},
        stream: bool = False,
        stream_cls: Optional[Type[Stream[Any]]] = None,
    ) -> Union[_T, Stream[_T]]:
        """Sends a DELETE of your own with a body that is made JSON.

        Args:
            path: Comes after the base URL's own path; it may have a query.
            cast_to: What the answer is made into; see `get`.
            body: Whatever JSON can be made of. Default: no body.
            options: Headers, params, timeout and so on of this request alone; see `RequestOptions`. Default: the client's.
            stream: Whether the answer is a stream of events; it is given as `Stream` then. Default: false.
            stream_cls: Accepted for older programs; a stream is a `Stream` in any case.

        Raises:
            APIError: As from `get`, and the other errors too.
        """
        return self._own("DELETE", path, cast_to, body, options, stream)

    def _own(
        self, method: str, path: str, cast_to: Type[_T], body: object, options: RequestOptions, stream: bool
    ) -> Union[_T, Stream[_T]]:
        from ._casting import event_maker, parser_of
        from ._response import APIResponse

        is_raw = (get_origin(cast_to) or cast_to) is APIResponse
        form: Form = "raw" if is_raw else "parsed"
        content: Any = (get_args(cast_to) or (object,))[0] if is_raw else cast_to
        parser = None if stream else parser_of(content)
        call = self._prepare_own(method, path, body, options, form)
        make = event_maker(content, call.strict) if parser is None else None
        return cast("_T", sent(call, parser, form, make))
