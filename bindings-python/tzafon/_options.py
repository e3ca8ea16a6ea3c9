"""Checks what a client and its calls are given, and writes it down for the native module."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Optional, cast

from ._exceptions import LightconeError
from ._timeout import Timeout, checked
from ._types import Headers, NotGiven, Omit, Query, RequestOptions, TimeoutOption, given, not_given

if TYPE_CHECKING:
    from ._sending import Form

READ_TIMEOUT_HEADER = "x-stainless-read-timeout"


def api_key(given_key: Optional[str]) -> str:
    """The key given, else the environment's."""
    if given_key is not None and not isinstance(given_key, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"api_key must be a string, not {type(given_key).__name__}")
    key = os.environ.get("TZAFON_API_KEY") if given_key is None else given_key
    if key is None or not key.strip():
        raise LightconeError("There is no API key: pass api_key to the client or set the environment variable TZAFON_API_KEY.")
    if not key.strip().isprintable():
        raise ValueError("api_key has a line break or another control character inside, which no key has")
    return key


def base_url(given_url: Optional[str], default: str) -> str:
    """The address given, else the environment's, else the default."""
    if given_url is not None:
        return address("base_url", given_url)
    return os.environ.get("LIGHTCONE_BASE_URL", "").strip() or default


def address(name: str, value: object) -> str:
    """An address: a string, or an object that stands for one, such as `httpx.URL`."""
    if not isinstance(value, str) and not (hasattr(value, "scheme") and hasattr(value, "host")):
        raise TypeError(f"{name} must be a string such as 'https://api.tzafon.ai', not {type(value).__name__}")
    return str(value)


def default_headers(given_headers: Optional[Mapping[str, Any]]) -> dict[str, Any]:
    """The environment's LIGHTCONE_CUSTOM_HEADERS, under the headers given."""
    headers: dict[str, Any] = {}
    for number, line in enumerate(os.environ.get("LIGHTCONE_CUSTOM_HEADERS", "").split("\n"), start=1):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip()] = value.strip()
        elif line.strip():
            # The line itself may hold a secret.
            raise LightconeError(f"Line {number} of LIGHTCONE_CUSTOM_HEADERS has no colon; each line must be `Name: value`.")
    return {**headers, **mapping("default_headers", given_headers)}


def mapping(name: str, value: Optional[Mapping[str, Any]]) -> dict[str, Any]:
    """A copy of a mapping, or nothing."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} must be a mapping of names to values, not {type(value).__name__}")
    return dict(value)


def no_http_client(value: object) -> None:
    """Says what replaces a client of httpx."""
    if value is not None:
        raise TypeError(
            "http_client cannot be used, because requests go through a native HTTP client. What is set on it is set on this client: "
            "timeout, limits, proxy, ca_bundle, client_certificate, default_headers, default_query."
        )


def flag(name: str, value: object) -> bool:
    """Yes or no, and nothing that only looks like it."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return value


def callback(name: str, value: object, *, awaited: bool) -> None:
    """Something to call, seen before a task is started that it could not follow."""
    if value is None:
        return
    if not callable(value):
        raise TypeError(f"{name} must be a function of one event, not {type(value).__name__}")
    if not awaited:
        from inspect import iscoroutinefunction

        if iscoroutinefunction(value):
            raise TypeError(f"{name} is a coroutine function, which only the methods of AsyncLightcone can await; here it must be a plain one")


def max_retries(value: object) -> int:
    """A number of retries as it may be."""
    if value == math.inf:
        return 0xFFFF_FFFF
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"max_retries must be a whole number (0 turns retries off), not {value!r}")
    if value < 0:
        raise ValueError(f"max_retries is {value}; it must be 0 or more")
    return min(value, 0xFFFF_FFFF)


def limits(timeout: TimeoutOption) -> dict[str, Optional[float]]:
    """The four limits of a timeout."""
    if timeout is None or isinstance(timeout, (int, float)):
        return dict.fromkeys(("connect", "read", "write", "pool"), checked("The request timeout", timeout))
    return {} if isinstance(timeout, NotGiven) else Timeout(timeout).as_dict()


def read_timeout_header(timeout: TimeoutOption) -> dict[str, Optional[str]]:
    """Tells the server how long the client will wait."""
    read = timeout if timeout is None or isinstance(timeout, (int, float)) else getattr(timeout, "read", None)
    return {READ_TIMEOUT_HEADER: None if read is None or math.isinf(read) else str(read)}


def own_headers(method: str, form: Form) -> dict[str, Optional[str]]:
    """What a request says of itself, before what it is given."""
    headers: dict[str, Optional[str]] = {}
    if method == "GET":
        headers["Content-Type"] = None
    if form != "parsed":
        headers["X-Stainless-Raw-Response"] = form
    return headers


def request_options(options: Mapping[str, Any], headers: dict[str, Optional[str]]) -> dict[str, object]:
    """The options of a request of the caller's own, over headers that it has anyway."""
    known = RequestOptions.__annotations__
    for name in mapping("options", options):
        if name not in known:
            raise TypeError(f"There is no option {name!r} of a request; there are {', '.join(known)}")
    made: dict[str, object] = {"headers": headers}
    timeout = options.get("timeout", not_given)
    if not isinstance(timeout, NotGiven):
        made["timeout"] = limits(timeout)
        headers.update(read_timeout_header(timeout))
    headers.update(header_changes(mapping("headers", options.get("headers"))))
    if options.get("params") is not None:
        made["query"] = query("params", options["params"])
    if options.get("max_retries") is not None:
        made["max_retries"] = max_retries(options["max_retries"])
    return made


def header_changes(headers: Headers) -> dict[str, Optional[str]]:
    """Headers to set, and None for those to remove."""
    changes: dict[str, Optional[str]] = {}
    for name, value in headers.items():
        if isinstance(value, Omit):
            changes[name] = None
        elif isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            changes[name] = value
        else:
            raise TypeError(f"The header {name!r} must be a string, or omit to remove it, not {type(value).__name__}")
    return changes


def query(name: str, members: Query) -> dict[str, object]:
    """Query parameters as the core takes them."""
    return {key: plain(f"{name}[{key!r}]", value) for key, value in given(mapping(name, members)).items()}


def body(params: Mapping[str, object], extra: Optional[Mapping[str, object]]) -> bytes:
    """Parameters as compact UTF-8 JSON: those given, in their own order; `extra` wins.

    Raises:
        TypeError: A value has no form in JSON.
        ValueError: A number is NaN or infinite, or a text has a lone surrogate (UnicodeEncodeError).
    """
    members = given({**params, **mapping("extra_body", extra)})
    text = ",".join(f"{encode('a name', name)}:{encode(name, value)}" for name, value in members.items())
    return f"{{{text}}}".encode()


def encode(field: str, value: object) -> str:
    """A value as JSON; errors name the field."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_without_json_form)
        text.encode()
    except UnicodeEncodeError as error:
        reason = f"`{field}` has a lone surrogate in it, which is no character and cannot be sent"
        raise UnicodeEncodeError(error.encoding, error.object, error.start, error.end, reason) from None
    except RecursionError:
        raise ValueError(f"`{field}` is nested too deeply to be sent as JSON") from None
    except ValueError as error:
        raise ValueError(f"`{field}` cannot be sent as JSON: {_reason(error)}") from None
    except TypeError as error:
        raise TypeError(f"`{field}` cannot be sent as JSON: {error}") from None
    return text


def plain(field: str, value: object) -> object:
    """A value made of what JSON has."""
    return json.loads(encode(field, value))


def _reason(error: ValueError) -> str:
    if "Out of range" in str(error):
        return "it has NaN or an infinite number in it, which JSON does not have"
    return str(error)


_NO_LIST: tuple[type[Any], ...] = (bytes, bytearray, memoryview, set, frozenset)
"""Iterables that are no list of values, or one in no order."""


def _without_json_form(value: Any) -> object:
    """Mappings, models and iterables of other kinds than json knows: a `context` may be a generator."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, Mapping):
        return dict(cast("Mapping[object, object]", value))
    if isinstance(value, Iterable) and not isinstance(value, _NO_LIST):
        return list(cast("Iterable[object]", value))
    raise TypeError(f"{type(cast(object, value)).__name__} has no form in JSON")


@lru_cache(maxsize=None)
def platform_headers() -> Mapping[str, str]:
    """What the hosted service is told of the place a program runs in."""
    from ._native import VERSION

    return {
        "X-Stainless-Lang": "python",
        "X-Stainless-Package-Version": VERSION,
        "X-Stainless-OS": _operating_system(),
        "X-Stainless-Arch": _architecture(),
        "X-Stainless-Runtime": platform.python_implementation(),
        "X-Stainless-Runtime-Version": platform.python_version(),
    }


def _operating_system() -> str:
    names = {"darwin": "MacOS", "ios": "iOS", "win32": "Windows", "android": "Android", "linux": "Linux"}
    for prefix, name in {**names, "freebsd": "FreeBSD", "openbsd": "OpenBSD"}.items():
        if sys.platform.startswith(prefix):
            return name
    return f"Other:{sys.platform}"


def _architecture() -> str:
    machine = platform.machine().lower()
    known = {"arm64": "arm64", "aarch64": "arm64", "arm": "arm", "x86_64": "x64", "amd64": "x64"}
    if machine in known:
        return known[machine]
    return f"other:{machine}" if machine else "unknown"
