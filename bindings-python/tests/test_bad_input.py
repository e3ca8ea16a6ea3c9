"""Wrong values of what goes beyond older clients, values that the server judges, and use after the end.

What older clients take too is compared with the released one in tests/compat.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any, Callable, Union

import pytest
from server import Server, stream

from tzafon import AsyncLightcone, Lightcone, LightconeError, UnprocessableEntityError
from tzafon.local import LocalServer
from tzafon.types.agent import TaskStartParams

Either = Union[Lightcone, AsyncLightcone]
NAN = float("nan")


async def outcome(made: Any) -> Any:
    return await made if inspect.isawaitable(made) else made


@pytest.fixture(params=["sync", "async"])
def either(request: pytest.FixtureRequest, client: Lightcone, async_client: AsyncLightcone) -> Either:
    return client if request.param == "sync" else async_client


WRONG: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (lambda tasks: tasks.start_stream(instruction="x", event_timeout="5"), TypeError, "event_timeout"),
    (lambda tasks: tasks.start_stream(instruction="x", event_timeout=-1), ValueError, "event_timeout"),
    (lambda tasks: tasks.run(instruction="x", event_timeout=NAN), ValueError, "event_timeout"),
    (lambda tasks: tasks.run(instruction="x", on_event=5), TypeError, "on_event.*function.*int"),
    (lambda tasks: tasks.run(), TypeError, "instruction"),
    (lambda tasks: tasks.run(instruction="x", on_events=print), TypeError, "on_events"),
    (lambda tasks: tasks.events("t1", event_timeout=-1), ValueError, "event_timeout"),
    (lambda tasks: tasks.events("t1", last_event_id=[4]), ValueError, "last_event_id"),
    (lambda tasks: tasks.events("", last_event_id="4"), ValueError, "`id`"),
    (lambda tasks: tasks.events("t1", "4"), TypeError, "positional"),
    (lambda tasks: tasks.wait("t1", timeout="5"), TypeError, "timeout"),
    (lambda tasks: tasks.wait("t1", timeout=-1), ValueError, "timeout"),
    (lambda tasks: tasks.wait("t1", timeout=NAN), ValueError, "timeout"),
    (lambda tasks: tasks.wait("t1", poll_interval="5"), TypeError, "poll_interval"),
    (lambda tasks: tasks.wait("t1", poll_interval=-1), ValueError, "poll_interval"),
    (lambda tasks: tasks.wait("t1", poll_interval=True), TypeError, "poll_interval"),
    (lambda tasks: tasks.wait(7), TypeError, "`id`"),
    (lambda tasks: tasks.wait("."), ValueError, "`id`"),
    (lambda tasks: tasks.cancel(None), ValueError, "`id`"),
    (lambda tasks: tasks.cancel("t1", reason="x"), TypeError, "reason"),
    (lambda tasks: tasks.list("failed"), TypeError, "positional"),
    (lambda tasks: tasks.list(limit=object()), TypeError, "limit"),
    (lambda tasks: tasks.list(extra_query=[1]), TypeError, "extra_query"),
]


@pytest.mark.parametrize(("call", "error", "says"), WRONG)
async def test_wrong_arguments(call: Callable[[Any], Any], error: type[Exception], says: str, either: Either, server: Server) -> None:
    with pytest.raises(error, match=says) as caught:
        await outcome(call(either.agent.tasks))
    assert type(caught.value) is error and server.requests == []


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"event_timeout": "5"}, TypeError, "event_timeout"),
        ({"event_timeout": -1}, ValueError, "event_timeout"),
        ({"_strict_response_validation": "no"}, TypeError, "_strict_response_validation.*'no'"),
        ({"base_url": b"http://x"}, TypeError, "base_url.*bytes"),
    ],
)
def test_wrong_settings(given: dict[str, Any], error: type[Exception], says: str) -> None:
    for kind in (Lightcone, AsyncLightcone):
        with pytest.raises(error, match=says):
            kind(api_key="k", **given)


def test_a_plain_client_awaits_nobody(client: Lightcone, server: Server) -> None:
    async def see(event: Any) -> None:
        pass

    with pytest.raises(TypeError, match="on_event is a coroutine function.*AsyncLightcone"):
        client.agent.tasks.run(instruction="x", on_event=see)
    assert server.requests == []


@pytest.mark.parametrize("name", TaskStartParams.__annotations__)
async def test_the_server_judges_values_and_names_the_field(name: str, local: LocalServer) -> None:
    wrong: Any = 5 if name in ("metadata", "context", "instruction") else {"a": [1]}
    given: dict[str, Any] = {"instruction": "x", name: wrong}
    async with local.async_client() as async_client:
        for call in (
            lambda: local.client().agent.tasks.start(**given),
            lambda: local.client().agent.tasks.start_stream(**given),
            lambda: local.client().agent.tasks.run(**given),
            lambda: async_client.agent.tasks.start(**given),
            lambda: async_client.agent.tasks.start_stream(**given),
        ):
            with pytest.raises(UnprocessableEntityError) as caught:
                await outcome(call())
            body: Any = caught.value.body
            assert [fault["field"] for fault in body["errors"]] == [name]
            assert name in str(caught.value)


@pytest.fixture(scope="module")
def local() -> Any:
    with LocalServer() as server:
        yield server


CALLS: dict[str, Callable[[Any], Any]] = {
    "start": lambda client: client.agent.tasks.start(instruction="x"),
    "start_stream": lambda client: client.agent.tasks.start_stream(instruction="x"),
    "retrieve_status": lambda client: client.agent.tasks.retrieve_status("t1"),
    "inject_message": lambda client: client.agent.tasks.inject_message("t1", message="x"),
    "pause": lambda client: client.agent.tasks.pause("t1"),
    "resume": lambda client: client.agent.tasks.resume("t1"),
    "cancel": lambda client: client.agent.tasks.cancel("t1"),
    "list": lambda client: client.agent.tasks.list(),
    "events": lambda client: client.agent.tasks.events("t1"),
    "wait": lambda client: client.agent.tasks.wait("t1"),
    "run": lambda client: client.agent.tasks.run(instruction="x"),
    "raw": lambda client: client.agent.tasks.with_raw_response.pause("t1"),
    "get": lambda client: client.get("/x", cast_to=object),
    "post": lambda client: client.post("/x", cast_to=object, stream=True),
    "with_options": lambda client: client.with_options(timeout=5),
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_closed_client_says_so(name: str, either: Either, server: Server) -> None:
    copy = either.with_options(max_retries=0)
    await outcome(either.close())
    await outcome(either.close())
    assert either.is_closed() and copy.is_closed()
    for closed in (either, copy):
        with pytest.raises(LightconeError, match="The client is closed; make a new one") as caught:
            await outcome(CALLS[name](closed))
        assert type(caught.value) is LightconeError
    assert server.requests == []


async def test_a_closed_stream_says_so(either: Either, server: Server) -> None:
    server.script(stream(b'data: {"type":"started","task_id":"t1"}\n\n', hold=True))
    events: Any = await outcome(either.agent.tasks.start_stream(instruction="x"))
    await outcome(events.close())
    await outcome(events.close())
    for use in (lambda: events.__anext__() if hasattr(events, "__anext__") else next(events), lambda: events.result()):
        with pytest.raises(LightconeError, match="closed"):
            await outcome(use())
    assert (events.terminal_event, events.last_event_id) == (None, None)


def test_an_event_loop_that_is_closed(server: Server) -> None:
    server.script(stream(b'data: {"type":"started","task_id":"t1"}\n\n', hold=True))
    client = AsyncLightcone(api_key="k", base_url=server.url)

    async def begin() -> Any:
        return await client.agent.tasks.start_stream(instruction="x")

    loop = asyncio.new_event_loop()
    events = loop.run_until_complete(begin())
    loop.close()
    call = client.agent.tasks.pause("t1")
    with pytest.raises(RuntimeError, match="Event loop is closed"):
        loop.run_until_complete(call)
    call.close()

    async def go_on() -> Any:
        try:
            return await events.__anext__()
        finally:
            await events.close()

    assert asyncio.run(go_on()) == {"type": "started", "task_id": "t1"}


def test_asyncio_without_a_loop(server: Server) -> None:
    client = AsyncLightcone(api_key="k", base_url=server.url)
    call = client.agent.tasks.pause("t1")
    with pytest.raises(RuntimeError, match="no running event loop"):
        call.send(None)
    assert server.requests == []


def test_what_is_not_sent_has_no_secret_in_it(client: Lightcone) -> None:
    for given in ({"extra_headers": {"Authorization": "Bearer sk_hidden\n"}}, {"extra_headers": {"X-A": 1}}, {"timeout": "sk_hidden"}):
        with pytest.raises((TypeError, ValueError)) as caught:
            client.agent.tasks.start(instruction="x", **given)
        assert "sk_" not in str(caught.value)
    for make in (
        lambda: Lightcone(api_key="sk_hidden\nX-A: 1"),
        lambda: client.copy(api_key="sk_hidden\0 "),
        lambda: Lightcone(api_key="k", base_url="http://user:sk_hidden@127.0.0.1:1/v1"),
    ):
        with pytest.raises((ValueError, LightconeError), match="api_key|base URL") as refused:
            make()
        assert "sk_hidden" not in str(refused.value)


def test_the_repr_of_a_client_has_no_secret_in_it() -> None:
    for kind in (Lightcone, AsyncLightcone):
        client = kind(
            api_key="sk_hidden",
            base_url="http://127.0.0.1:1/v1",
            proxy="http://user:hidden@127.0.0.1:2",
            default_headers={"Authorization": "hidden"},
            default_query={"key": "hidden"},
        )
        for each in (client, client.with_options(timeout=5)):
            assert repr(each) == str(each) == f"<{kind.__name__} http://127.0.0.1:1/v1>"
