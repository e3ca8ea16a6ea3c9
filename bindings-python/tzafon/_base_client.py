"""What both clients have in common."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Mapping, Optional, Union, cast

from . import _logging, _options
from ._bridge import rebuilt
from ._constants import DEFAULT_BASE_URL, DEFAULT_MAX_RETRIES, DEFAULT_TIMEOUT
from ._elsewhere import WithoutOtherParts
from ._exceptions import LightconeError
from ._generated.operations import METHODS
from ._native import VERSION, NativeError
from ._native import Client as NativeClient
from ._network import ClientCertificate, LimitsLike, Pem, network
from ._process import Bound
from ._sending import Call, Form
from ._timeout import checked
from ._types import Body, EventTimeoutOption, Headers, NotGiven, Omit, Query, TimeoutOption, not_given

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["BaseClient"]

_logging.from_environment()


class _Lifetime:
    """Whether a client is closed; one for all that share its connections."""

    closed = False


class BaseClient(WithoutOtherParts, Bound):
    """Settings, and how a call is written down for the native module."""

    _in_its_place = "Make a client in each process; a client's own copy() shares its connections within the process."
    _async_library = "false"

    def __init__(
        self,
        *,
        api_key: Optional[str] = None,
        base_url: Optional[str] = None,
        timeout: TimeoutOption = not_given,
        event_timeout: Optional[float] = None,
        max_retries: int = DEFAULT_MAX_RETRIES,
        default_headers: Optional[Headers] = None,
        default_query: Optional[Query] = None,
        proxy: Optional[str] = None,
        ca_bundle: Optional[Pem] = None,
        client_certificate: Optional[ClientCertificate] = None,
        limits: Optional[LimitsLike] = None,
        http_client: None = None,
        _strict_response_validation: bool = False,
    ) -> None:
        """Makes a client; nothing is sent yet.

        Args:
            api_key: The key. Default: the environment's TZAFON_API_KEY.
            base_url: The service's address; a path in it leads every request's path.
                Default: the environment's LIGHTCONE_BASE_URL, else the hosted service.
            timeout: How long to wait, in seconds or as a `Timeout`; None waits for ever.
                Default: 5 s for a connection, then 60 s of silence.
            event_timeout: How long to wait for each next event of a stream although the server shows that it is there, in
                seconds. Default: no limit.
            max_retries: How often a request is sent again at most.
            default_headers: Headers of every request; a value of `omit` removes one that is sent otherwise. They win
                over those of the environment's LIGHTCONE_CUSTOM_HEADERS, which has one `Name: value` per line.
            default_query: Query parameters of every request.
            proxy: The HTTP or HTTPS proxy for everything, such as `http://user:password@proxy.example:3128`. Default: those of
                the environment's HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, except to this machine and to what NO_PROXY names.
            ca_bundle: Certificates to trust too, as the path of a PEM file or PEM as bytes, next to those that the platform
                trusts, or that the environment's SSL_CERT_FILE and SSL_CERT_DIR name in their place.
            client_certificate: The certificate and private key to show to servers that ask for one: one PEM with both, or
                a pair (certificate, key), each the path of a PEM file or PEM as bytes.
            limits: How many connections there are. Default: `DEFAULT_CONNECTION_LIMITS`.
            http_client: Cannot be given; it is there to say what replaces it.
            _strict_response_validation: Whether answers and events are checked against their types, and one that is not what
                its type says is an APIResponseValidationError. Default: false; they are taken as they come.

        Raises:
            LightconeError: There is no key, the address is not one, or a proxy or certificate cannot be used.
            TypeError, ValueError: An argument is of a wrong type, or out of range.
        """
        _options.no_http_client(http_client)
        self._api_key = _options.api_key(api_key)
        self._base_url = _options.base_url(base_url, DEFAULT_BASE_URL)
        self._timeout = DEFAULT_TIMEOUT if isinstance(timeout, NotGiven) else timeout
        self._event_timeout = checked("event_timeout", event_timeout)
        self._max_retries = _options.max_retries(max_retries)
        self._custom_headers = _options.default_headers(default_headers)
        self._custom_query = _options.mapping("default_query", default_query)
        self._network = network(proxy, ca_bundle, client_certificate, limits)
        self._strict = _options.flag("_strict_response_validation", _strict_response_validation)
        self._lifetime = _Lifetime()
        self._native: Optional[NativeClient] = self._connect(None)

    def _connect(self, over: Optional[NativeClient]) -> NativeClient:
        """The native client for these settings, with connections of its own or over another's."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"{type(self).__name__}/Python {VERSION}",
            **_options.platform_headers(),
            "X-Stainless-Async": self._async_library,
            **_options.read_timeout_header(self._timeout),
            **_options.header_changes(self._custom_headers),
        }
        config = {
            "api_key": self._api_key,
            "base_url": self._base_url,
            "timeout": _options.limits(self._timeout),
            "event_timeout": self._event_timeout,
            "max_retries": self._max_retries,
            "headers": headers,
            "query": _options.query("default_query", self._custom_query),
            **self._network,
        }
        text = json.dumps(config).encode()
        try:
            return NativeClient(text) if over is None else over.sharing(text)
        except NativeError as error:
            raise rebuilt(error) from None

    def _open_native(self) -> NativeClient:
        if self._native is None or self._lifetime.closed:
            raise LightconeError("The client is closed; make a new one.")
        _logging.refresh()
        return self._native

    def _prepare(
        self,
        operation: str,
        id: Optional[str],
        params: Optional[Mapping[str, object]],
        extra_headers: Optional[Headers],
        extra_query: Optional[Query],
        extra_body: Optional[Body],
        timeout: TimeoutOption,
        form: Form,
        event_timeout: EventTimeoutOption = not_given,
    ) -> Call:
        """An operation as the native module takes it."""
        headers = _options.own_headers(METHODS[operation], form)
        options: dict[str, object] = {"headers": headers}
        if id is not None:
            if not isinstance(id, str):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"`id` must be a string such as task.task_id, not {type(id).__name__}")
            options["id"] = id
        if not isinstance(timeout, NotGiven):
            options["timeout"] = _options.limits(timeout)
            headers.update(_options.read_timeout_header(timeout))
        if not isinstance(event_timeout, NotGiven):
            options["event_timeout"] = checked("event_timeout", event_timeout)
        headers.update(_options.header_changes(_options.mapping("extra_headers", extra_headers)))
        if extra_query is not None:
            options["query"] = _options.query("extra_query", extra_query)
        body = None if params is None and extra_body is None else _options.body(params or {}, extra_body)
        return Call(self._open_native(), operation, json.dumps(options).encode(), body, self._strict)

    def _prepare_own(self, method: str, path: str, body: object, given: Mapping[str, Any], form: Form) -> Call:
        """A request of the caller's own as the native module takes it."""
        if not isinstance(path, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"path must be a string such as '/agent/tasks', not {type(path).__name__}")
        options = {"method": method, "path": path, **_options.request_options(given, _options.own_headers(method, form))}
        extra = _options.mapping("extra_json", given.get("extra_json"))
        if extra:
            if body is not None and not isinstance(body, Mapping):
                raise RuntimeError(f"extra_json adds members to a body that is a mapping; this one is a {type(body).__name__}")
            body = {**cast("Mapping[str, object]", body or {}), **extra}
        content = None if body is None else _options.encode("body", body).encode()
        return Call(self._open_native(), "request", json.dumps(options).encode(), content, self._strict)

    @property
    def api_key(self) -> str:
        """The key that requests carry. Like the other settings that can be set, it counts from the next call on."""
        return self._api_key

    @api_key.setter
    def api_key(self, value: str) -> None:
        self._become(self.copy(api_key=_options.api_key(value)))

    @property
    def base_url(self) -> str:
        """The service's address."""
        return self._base_url

    @base_url.setter
    def base_url(self, value: str) -> None:
        self._become(self.copy(base_url=_options.base_url(value, DEFAULT_BASE_URL)))

    @property
    def timeout(self) -> TimeoutOption:
        """How long a request waits."""
        return self._timeout

    @timeout.setter
    def timeout(self, value: TimeoutOption) -> None:
        self._become(self.copy(timeout=value))

    @property
    def event_timeout(self) -> Optional[float]:
        """How long a stream waits for each next event; None is without limit."""
        return self._event_timeout

    @event_timeout.setter
    def event_timeout(self, value: Optional[float]) -> None:
        self._become(self.copy(event_timeout=value))

    @property
    def max_retries(self) -> int:
        """How often a request is sent again at most."""
        return self._max_retries

    @max_retries.setter
    def max_retries(self, value: int) -> None:
        self._become(self.copy(max_retries=value))

    def _become(self, other: Self) -> None:
        """Takes over the settings of a copy, all of them good, at one stroke."""
        vars(self).update(vars(other))

    @property
    def default_headers(self) -> Mapping[str, Union[str, Omit]]:
        """What this client was given to send with every request, over what is sent anyway."""
        return dict(self._custom_headers)

    @property
    def default_query(self) -> Mapping[str, object]:
        """The query parameters of every request."""
        return dict(self._custom_query)

    def is_closed(self) -> bool:
        """Whether `close` was called on this client or on one that shares its connections."""
        return self._lifetime.closed

    def _close(self) -> None:
        self._lifetime.closed = True
        if self._native is not None:
            self._native.close()
            self._native = None

    def copy(
        self,
        *,
        api_key: Optional[str] = None,
        base_url: Optional[str] = None,
        timeout: TimeoutOption = not_given,
        event_timeout: EventTimeoutOption = not_given,
        max_retries: Union[int, NotGiven] = not_given,
        default_headers: Optional[Headers] = None,
        set_default_headers: Optional[Headers] = None,
        default_query: Optional[Query] = None,
        set_default_query: Optional[Query] = None,
        http_client: None = None,
    ) -> Self:
        """Another client over the same connections, with these settings instead.

        Args:
            api_key: See the class, as for `base_url`, `timeout`, `event_timeout`, `max_retries` and `http_client`.
            default_headers: Headers on top of this client's own.
            set_default_headers: Headers instead of this client's own.
            default_query: Query parameters on top of this client's own.
            set_default_query: Query parameters instead of this client's own.

        Raises:
            ValueError: Headers or query parameters are given in both ways.
            LightconeError: The client is closed.
        """
        _options.no_http_client(http_client)
        if default_headers is not None and set_default_headers is not None:
            raise ValueError("Give default_headers to add headers or set_default_headers to replace them all, not both")
        if default_query is not None and set_default_query is not None:
            raise ValueError("Give default_query to add parameters or set_default_query to replace them all, not both")
        native = self._open_native()
        other = self.__class__.__new__(self.__class__)
        other._api_key = self._api_key if api_key is None else _options.api_key(api_key)
        other._base_url = self._base_url if base_url is None else _options.address("base_url", base_url)
        other._timeout = self._timeout if isinstance(timeout, NotGiven) else timeout
        other._event_timeout = self._event_timeout if isinstance(event_timeout, NotGiven) else checked("event_timeout", event_timeout)
        other._max_retries = self._max_retries if isinstance(max_retries, NotGiven) else _options.max_retries(max_retries)
        other._custom_headers = {**self._custom_headers, **_options.mapping("default_headers", default_headers)}
        if set_default_headers is not None:
            other._custom_headers = _options.mapping("set_default_headers", set_default_headers)
        other._custom_query = {**self._custom_query, **_options.mapping("default_query", default_query)}
        if set_default_query is not None:
            other._custom_query = _options.mapping("set_default_query", set_default_query)
        other._network = self._network
        other._strict = self._strict
        other._lifetime = self._lifetime
        other._native = other._connect(native)
        return other

    with_options = copy

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._base_url}>"
