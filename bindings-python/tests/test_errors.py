"""Exceptions: which, what they carry, and what they never carry."""

from __future__ import annotations

import copy
import json
import pickle
import socket
from typing import Any

import pytest
from server import Server, answer, hang, stream

import tzafon
from tzafon import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AsyncLightcone,
    Lightcone,
    LightconeError,
    StreamInterruptedError,
    Timeout,
)

BY_STATUS = {
    400: tzafon.BadRequestError,
    401: tzafon.AuthenticationError,
    403: tzafon.PermissionDeniedError,
    404: tzafon.NotFoundError,
    405: APIStatusError,
    408: APIStatusError,
    409: tzafon.ConflictError,
    413: APIStatusError,
    418: APIStatusError,
    422: tzafon.UnprocessableEntityError,
    429: tzafon.RateLimitError,
    500: tzafon.InternalServerError,
    503: tzafon.InternalServerError,
    599: tzafon.InternalServerError,
}


async def refused(client: Lightcone | AsyncLightcone, operation: str) -> APIError:
    """The error of that operation."""
    tasks: Any = client.agent.tasks
    with pytest.raises(APIError) as caught:
        answer = tasks.start_stream(instruction="x") if operation == "start_stream" else tasks.pause("t1")
        if isinstance(client, AsyncLightcone):
            await answer
    return caught.value


@pytest.mark.parametrize("status", BY_STATUS)
@pytest.mark.parametrize("operation", ["pause", "start_stream"])
async def test_each_status(status: int, operation: str, server: Server, client: Lightcone, async_client: AsyncLightcone) -> None:
    problem = {"title": "No", "status": status, "detail": "it's ünlikely", "n": None, "ok": True}
    server.script(answer(problem, status=status, headers=[("X-Request-Id", "r1"), ("x-should-retry", "false"), ("a", "1"), ("A", "2")]))
    for each in (client, async_client):
        error = await refused(each, operation)
        assert isinstance(error, APIStatusError)
        assert type(error) is BY_STATUS[status]
        assert error.status_code == error.response.status_code == status
        assert error.body == error.response.json() == problem
        assert str(error) == error.message == f"Error code: {status} - {problem}"
        assert error.response.text == json.dumps(problem) and error.response.read() == json.dumps(problem).encode()
        assert error.response.headers["x-request-id"] == error.response.headers["X-REQUEST-ID"] == "r1"
        assert error.response.headers["a"] == "1, 2" and error.response.headers.get_list("A") == ["1", "2"]
        assert "x-none" not in error.response.headers and error.response.headers.get("x-none") is None
        assert error.request is error.response.request
        assert error.request.method == "POST"
        assert error.request.url.startswith(server.url) and error.request.headers["user-agent"].endswith(tzafon.__version__)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("raw", "message", "body"),
    [
        (b"", "Error code: 404", ""),
        (b" down for\nrepair ", "down for\nrepair", "down for\nrepair"),
        (b'"text"', "Error code: 404 - text", "text"),
        (b"[1, null]", "Error code: 404 - [1, None]", [1, None]),
        (b"\xff", "\ufffd", "\ufffd"),
    ],
)
def test_bodies_of_other_kinds(raw: bytes, message: str, body: object, server: Server, client: Lightcone) -> None:
    server.script(answer(raw=raw, status=404))
    with pytest.raises(tzafon.NotFoundError) as caught:
        client.agent.tasks.pause("t1")
    assert (caught.value.message, caught.value.body) == (message, body)


def test_the_tree() -> None:
    for kind in set(BY_STATUS.values()):
        assert issubclass(kind, APIStatusError)
    assert issubclass(APIStatusError, APIError) and issubclass(APIError, LightconeError)
    assert issubclass(StreamInterruptedError, APIConnectionError) and issubclass(APIConnectionError, APIError)
    assert issubclass(APITimeoutError, APIConnectionError)
    for name in tzafon.__all__:
        value = getattr(tzafon, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert (value.__module__, value.__qualname__) == ("tzafon", name)


def test_they_can_be_pickled_and_copied(server: Server, client: Lightcone) -> None:
    server.script(answer({"title": "No"}, status=404), stream(b"data: {\n\n"))
    errors: list[APIError] = []
    for call in (lambda: client.agent.tasks.pause("t1"), lambda: list(client.agent.tasks.start_stream(instruction="x"))):
        with pytest.raises(APIError) as caught:
            call()
        errors.append(caught.value)
    for error in errors:
        for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
            assert type(again) is type(error)
            assert (str(again), again.args, again.body) == (str(error), error.args, error.body)
            assert again.request.url == error.request.url
            assert again.response.headers["content-type"] == error.response.headers["content-type"]


def test_they_can_be_made_by_hand() -> None:
    request = tzafon._http.Request("GET", "http://a", tzafon._http.Headers(()))  # type: ignore[attr-defined]
    assert str(APIConnectionError(request=request)) == "Connection error."
    assert str(APITimeoutError(request)) == "Request timed out."
    assert APIError("no", request, body=None).request is request


@pytest.mark.parametrize("operation", ["pause", "start_stream"])
async def test_no_server(operation: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    for client in (
        Lightcone(api_key="k", base_url=url, max_retries=0),
        AsyncLightcone(api_key="k", base_url=url, max_retries=0),
    ):
        error = await refused(client, operation)
        assert type(error) is APIConnectionError
        assert error.message.startswith("Connection error.") and f"127.0.0.1:{port}" in error.message and "refused" in error.message
        assert error.request.url.startswith(url)
        assert (error.response, error.body) == (None, None)


@pytest.mark.parametrize("operation", ["pause", "start_stream"])
async def test_silence(operation: str, server: Server) -> None:
    server.script(hang)
    for client in (
        Lightcone(api_key="k", base_url=server.url, max_retries=1, timeout=0.1),
        AsyncLightcone(api_key="k", base_url=server.url, max_retries=1, timeout=Timeout(60, read=0.1)),
    ):
        server.exchanges.clear()
        error = await refused(client, operation)
        assert type(error) is APITimeoutError
        assert error.message.startswith("Request timed out.")
        assert [request.header("x-stainless-retry-count") for request in server.requests] == ["0", "1"]


async def test_json_where_a_stream_was_due(server: Server, client: Lightcone, async_client: AsyncLightcone) -> None:
    server.script(answer({"status": "running"}))
    for each in (client, async_client):
        error = await refused(each, "start_stream")
        assert type(error) is APIError
        assert "application/json" in error.message and error.body == {"status": "running"}


def test_no_secret_is_in_any_text(server: Server) -> None:
    server.script(answer({}, status=401, headers=[("set-cookie", "secret=1")]))
    client = Lightcone(api_key="sk_secret", base_url=server.url, default_headers={"Cookie": "secret", "Proxy-Authorization": "secret"})
    with pytest.raises(tzafon.AuthenticationError) as caught:
        client.agent.tasks.pause("t1")
    error = caught.value
    shown = [repr(error), str(error), repr(error.request), repr(error.response), repr(error.request.headers), repr(error.response.headers)]
    assert not any("secret" in text for text in shown), shown
    assert "secret" not in str(error.request.headers.multi_items())
    assert b"sk_secret" not in pickle.dumps(error)
    assert error.response.headers["set-cookie"] == "secret=1"


def test_no_native_error_is_seen(server: Server, client: Lightcone) -> None:
    server.script(answer({}, status=404))
    with pytest.raises(tzafon.NotFoundError) as caught:
        client.agent.tasks.pause("t1")
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize("in_work", [False, True])
def test_a_fault_of_the_native_part_asks_to_be_reported(in_work: bool) -> None:
    from tzafon import _native
    from tzafon._bridge import rebuilt

    with pytest.raises(_native.NativeError) as caught:
        _native.panic_for_test(in_work)  # type: ignore[attr-defined]
    error = rebuilt(caught.value)
    assert type(error) is LightconeError
    assert "please report" in str(error) and tzafon.__version__ in str(error) and "for a test" in str(error)
