"""What goes over the wire for each call."""

from __future__ import annotations

import json
import platform
from typing import Any, Iterator

import pytest
from server import Server, answer, stream

import tzafon
from tzafon import AsyncLightcone, AsyncStream, Lightcone, Stream, Timeout, omit

KEY = "sent-by-the-test"


def calls(client: Any) -> dict[str, Any]:
    """Every operation: a call of it."""
    tasks = client.agent.tasks
    return {
        "POST /agent/tasks": lambda: tasks.start(instruction="x", idempotency_key=KEY),
        "POST /agent/tasks/stream": lambda: tasks.start_stream(instruction="x", idempotency_key=KEY),
        "GET /agent/tasks/t1": lambda: tasks.retrieve_status("t1"),
        "POST /agent/tasks/t1/messages": lambda: tasks.inject_message("t1", message="y"),
        "POST /agent/tasks/t1/pause": lambda: tasks.pause("t1"),
        "POST /agent/tasks/t1/resume": lambda: tasks.resume("t1"),
    }


OPERATIONS = list(calls(Lightcone(api_key="k")))


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_each_operation(operation: str, kind: str, server: Server, client: Lightcone, async_client: AsyncLightcone) -> None:
    server.script(stream() if "/stream" in operation else answer())
    if kind == "sync":
        called = calls(client)[operation]()
        if isinstance(called, Stream):
            called.close()
    else:
        called = await calls(async_client)[operation]()
        if isinstance(called, AsyncStream):
            await called.close()
    (request,) = server.requests
    assert f"{request.method} {request.target}" == operation
    assert request.header("authorization") == "Bearer sk_secret"
    assert request.header("accept") == ("text/event-stream" if "/stream" in operation else "application/json")
    assert request.header("content-type") == (None if request.method == "GET" else "application/json")
    name = "Lightcone" if kind == "sync" else "AsyncLightcone"
    assert request.header("user-agent") == f"{name}/Python {tzafon.__version__}"
    assert request.header("x-stainless-lang") == "python"
    assert request.header("x-stainless-package-version") == tzafon.__version__
    assert request.header("x-stainless-runtime") == platform.python_implementation()
    assert request.header("x-stainless-runtime-version") == platform.python_version()
    assert request.header("x-stainless-async") == ("false" if kind == "sync" else "async:asyncio")
    assert request.header("x-stainless-retry-count") == "0"
    assert request.header("x-stainless-read-timeout") == "60"
    assert request.header("x-stainless-os") and request.header("x-stainless-arch")
    assert not any("idempotency" in name.lower() for name, _ in request.headers)
    if "start" in operation or request.target in ("/agent/tasks", "/agent/tasks/stream"):
        assert request.body == b'{"instruction":"x","idempotency_key":"sent-by-the-test"}'
    elif "/messages" in operation:
        assert request.body == b'{"message":"y"}'
    else:
        assert request.body == b""
        assert request.header("content-length") == (None if request.method == "GET" else "0")


def test_a_body_has_what_was_given_in_the_declared_order(server: Server, client: Lightcone) -> None:
    client.agent.tasks.start(
        viewport_width=1,
        kind=None,
        temperature=0.5,
        metadata={"ä": "\u2028"},
        max_steps=omit,
        model=tzafon.NOT_GIVEN,  # type: ignore[arg-type]  # as older programs do
        instruction="é",
        agent_icon="🙂",
    )
    (request,) = server.requests
    head, key, rest = request.body.partition(b'"idempotency_key":')
    assert head.decode() == '{"instruction":"é","agent_icon":"🙂",'
    _, comma, tail = rest.partition(b",")
    assert tail.decode() == '"kind":null,"metadata":{"ä":"\u2028"},"temperature":0.5,"viewport_width":1}'


def test_every_parameter_is_sent_under_its_name(server: Server, client: Lightcone) -> None:
    given: dict[str, Any] = {
        "instruction": "x",
        "agent_icon": "a",
        "agent_type": "b",
        "computer_id": "c",
        "context": [{"role": "user", "content": "d"}],
        "environment_id": "e",
        "harness_version": "v2",
        "idempotency_key": "f",
        "keep_alive": True,
        "kind": "browser",
        "max_duration_seconds": 1,
        "max_steps": 2,
        "metadata": {"g": "h"},
        "model": "i",
        "on_missing_computer": "fail",
        "persistent": False,
        "save_session": False,
        "screenshot_mode": "base64",
        "start_url": "https://example.com",
        "stream_deltas": True,
        "stream_mode": "concise",
        "system_prompt": "j",
        "temperature": 0.25,
        "terminate_on_completion": False,
        "thread_id": "k",
        "viewport_height": 3,
        "viewport_width": 4,
    }
    client.agent.tasks.start(**given)
    server.script(stream())
    client.agent.tasks.start_stream(**dict(reversed(list(given.items())))).close()
    for request in server.requests:
        assert request.body == json.dumps(given, separators=(",", ":")).encode()


def test_context_may_be_any_iterable(server: Server, client: Lightcone) -> None:
    def lines() -> Iterator[Any]:
        yield {"role": "user", "content": "a"}
        yield {"role": "assistant", "content": "b"}

    server.script(answer({}, status=500, headers=[("retry-after-ms", "1")]), answer())
    client.agent.tasks.start(instruction="x", context=lines())
    first, again = server.requests
    assert first.json()["context"] == [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    assert again.body == first.body
    assert again.header("x-stainless-retry-count") == "1"


def test_a_key_is_made_where_none_is_given(server: Server, client: Lightcone) -> None:
    client.agent.tasks.start(instruction="x")
    client.agent.tasks.start(instruction="x")
    first, second = (request.json()["idempotency_key"] for request in server.requests)
    assert first and second and first != second


def test_extra_body_wins(server: Server, client: Lightcone) -> None:
    client.agent.tasks.inject_message("t1", message="x", extra_body={"new": [1], "message": "y"})
    assert server.requests[0].body == b'{"message":"y","new":[1]}'


@pytest.mark.parametrize(
    ("field", "arguments", "error"),
    [
        ("temperature", {"temperature": float("nan")}, ValueError),
        ("metadata", {"metadata": {"a": float("inf")}}, ValueError),
        ("instruction", {"instruction": "\ud800"}, ValueError),
        ("metadata", {"metadata": {"a": object()}}, TypeError),
        ("instruction", {"instruction": b"x"}, TypeError),
        ("more", {"extra_body": {"more": {1, 2}}}, TypeError),
        ("extra_body", {"extra_body": [1]}, TypeError),
        ("X-A", {"extra_headers": {"X-A": 1}}, TypeError),
        ("extra_headers", {"extra_headers": "X-A: 1"}, TypeError),
        ("X A", {"extra_headers": {"X A": "1"}}, ValueError),
        ("X-A", {"extra_headers": {"X-A": "1\r\nX-B: 2"}}, ValueError),
        ("a", {"extra_query": {"a": object()}}, TypeError),
        ("a", {"extra_query": {"a": [[1]]}}, ValueError),
        ("timeout", {"timeout": -1}, ValueError),
        ("timeout", {"timeout": float("nan")}, ValueError),
        ("timeout", {"timeout": "5"}, TypeError),
    ],
)
def test_what_cannot_be_sent_is_named(field: str, arguments: dict[str, Any], error: Any, server: Server, client: Lightcone) -> None:
    with pytest.raises(error, match=field):
        client.agent.tasks.start(**{"instruction": "x", **arguments})
    assert server.requests == []


def test_a_missing_instruction_or_message(client: Lightcone) -> None:
    with pytest.raises(TypeError, match="instruction"):
        client.agent.tasks.start()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="message"):
        client.agent.tasks.inject_message("t1")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        client.agent.tasks.start("x")  # type: ignore[misc]


@pytest.mark.parametrize("id", ["", None, ".", ".."])
def test_ids_that_name_no_task(id: Any, server: Server, client: Lightcone) -> None:
    for call in (client.agent.tasks.retrieve_status, client.agent.tasks.pause):
        with pytest.raises(ValueError, match="for `id` but received"):
            call(id)
    with pytest.raises(TypeError, match="task_id"):
        client.agent.tasks.pause(7)  # type: ignore[arg-type]
    assert server.requests == []


def test_ids_are_escaped(server: Server, client: Lightcone) -> None:
    client.agent.tasks.pause("a/b?c#d%e f:@ü")
    assert server.requests[0].target == "/agent/tasks/a%2Fb%3Fc%23d%25e%20f:@%C3%BC/pause"


def test_queries(server: Server) -> None:
    client = Lightcone(api_key="k", base_url=f"{server.url}/prefix/", default_query={"a": "default", "z": True})
    client.agent.tasks.retrieve_status("t1", extra_query={"a": [1, "b", None, False], "c": {"d": {"e": 1.5}}, "f": None, "g": omit})
    target = server.requests[0].target
    path, _, query = target.partition("?")
    assert path == "/prefix/agent/tasks/t1"
    assert sorted(query.split("&")) == ["a=1%2Cb%2Cfalse", "c%5Bd%5D%5Be%5D=1.5", "z=true"]


def test_headers_in_layers(server: Server) -> None:
    client = Lightcone(
        api_key="k",
        base_url=server.url,
        default_headers={"x-own": "client", "USER-AGENT": "mine", "X-Stainless-OS": omit, "x-call": "client"},
    )
    client.agent.tasks.pause("t1", extra_headers={"X-Call": "call", "x-stainless-arch": omit, "Authorization": omit})
    (request,) = server.requests
    assert request.header("x-own") == "client"
    assert request.header("user-agent") == "mine"
    assert request.header("x-call") == "call"
    for removed in ("x-stainless-os", "x-stainless-arch", "authorization"):
        assert request.header(removed) is None


@pytest.mark.parametrize(
    ("timeout", "told"),
    [(7, "7"), (0.5, "0.5"), (None, None), (Timeout(60, read=3), "3"), (Timeout(None, connect=1), None), (float("inf"), None)],
)
def test_the_server_is_told_how_long_the_client_waits(timeout: Any, told: str | None, server: Server, client: Lightcone) -> None:
    client.agent.tasks.pause("t1", timeout=timeout)
    client.with_options(timeout=timeout).agent.tasks.pause("t1")
    assert [request.header("x-stainless-read-timeout") for request in server.requests] == [told, told]


def test_connections_are_used_again(server: Server, client: Lightcone) -> None:
    for _ in range(3):
        client.agent.tasks.pause("t1")
    client.with_options(timeout=5, api_key="sk_other").agent.tasks.pause("t1")
    assert server.connections == 1
    assert server.requests[3].header("authorization") == "Bearer sk_other"


def test_extra_body_where_there_is_no_other(server: Server, client: Lightcone) -> None:
    client.agent.tasks.pause("t1", extra_body={"reason": "lunch"})
    (request,) = server.requests
    assert (request.body, request.header("content-type")) == (b'{"reason":"lunch"}', "application/json")
