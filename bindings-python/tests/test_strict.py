"""`_strict_response_validation`: whatever is not what its type says is an error, and without it nothing is."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any, Awaitable, Callable, Dict, List

import pytest
from server import DEADLINE, Server, answer, stream

from tzafon import APIError, APIResponseValidationError, AsyncLightcone, AsyncStream, BaseModel, Lightcone, LightconeError, Stream

OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "start": lambda client: client.agent.tasks.start(instruction="x"),
    "retrieve_status": lambda client: client.agent.tasks.retrieve_status("t1"),
    "inject_message": lambda client: client.agent.tasks.inject_message("t1", message="x"),
    "pause": lambda client: client.agent.tasks.pause("t1"),
    "resume": lambda client: client.agent.tasks.resume("t1"),
    "cancel": lambda client: client.agent.tasks.cancel("t1"),
}


def frames(*events: object) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


@pytest.fixture(params=["sync", "async"])
def outcome(request: pytest.FixtureRequest, server: Server) -> Callable[[Callable[[Any], Any], bool], Awaitable[Any]]:
    """What comes of a call with a strict client, or with one that is not; either client."""

    async def call(operation: Callable[[Any], Any], strict: bool) -> Any:
        if request.param == "sync":
            with Lightcone(api_key="sk_secret", base_url=server.url, _strict_response_validation=strict) as client:
                return operation(client)
        async with AsyncLightcone(api_key="sk_secret", base_url=server.url, _strict_response_validation=strict) as async_client:
            made = operation(async_client)
            return await made if hasattr(made, "__await__") else made

    return call


Outcome = Callable[[Callable[[Any], Any], bool], Awaitable[Any]]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("body", [{}, {"status": 7}, [], "text", None])
async def test_an_answer_of_another_shape(operation: str, body: Any, server: Server, outcome: Outcome) -> None:
    server.script(answer(raw=json.dumps(body).encode()))
    with pytest.raises(APIResponseValidationError) as caught:
        await outcome(OPERATIONS[operation], True)
    error = caught.value
    assert isinstance(error, APIError) and error.body == body
    assert (error.status_code, error.response.status_code, error.response.json()) == (200, 200, body)
    assert error.request.url.startswith(server.url) and "sk_secret" not in repr(error) + str(error.request.headers)
    if isinstance(body, dict):
        assert "status" in error.message and type(error.__cause__).__name__ == "ValidationError"
        assert getattr((await outcome(OPERATIONS[operation], False)), "status") == body.get("status")
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(twin), str(twin), twin.body, twin.response.text) == (type(error), str(error), body, error.response.text)


async def test_an_answer_as_promised_passes(server: Server, outcome: Outcome) -> None:
    server.script(answer({"status": "running", "task_id": "t1", "exit_code": None, "later": [1]}))
    task = await outcome(OPERATIONS["retrieve_status"], True)
    assert (task.status, task.exit_code, task.later, task.model_fields_set) == ("running", None, [1], {"status", "task_id", "exit_code", "later"})


async def test_an_answer_that_is_not_json(server: Server, outcome: Outcome) -> None:
    def html(exchange: Any) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: 6\r\n\r\n<html>")

    server.script(html)
    with pytest.raises(APIResponseValidationError, match="application/json, not text/html"):
        await outcome(lambda client: client.get("/x", cast_to=object), True)
    assert await outcome(lambda client: client.get("/x", cast_to=object), False) == "<html>"
    assert await outcome(lambda client: client.get("/x", cast_to=str), True) == "<html>"


@pytest.mark.parametrize(
    "bad",
    [
        {"type": "completed"},
        {"type": "completed", "result": 5},
        {"type": "started", "task_id": "t1", "max_steps": "many"},
        {"no": "type"},
        {"type": 7},
        5,
    ],
)
async def test_an_event_of_another_shape(bad: Any, server: Server, outcome: Outcome) -> None:
    good = [{"type": "started", "task_id": "t1", "new": 1}, {"type": "of a version to come", "result": 5}]
    server.script(stream(frames(*good, bad, good[0]), hold=True))
    seen: list[Any] = []

    def follow(client: Any) -> Any:
        if isinstance(client, Lightcone):
            with client.agent.tasks.start_stream(instruction="x") as events:
                for event in events:
                    seen.append(event)
            return None

        async def follow_async() -> None:
            async with await client.agent.tasks.start_stream(instruction="x") as events:
                async for event in events:
                    seen.append(event)

        return follow_async()

    with pytest.raises(APIResponseValidationError, match="An event is not what its type says") as caught:
        await outcome(follow, True)
    assert seen == good
    assert (caught.value.body, caught.value.response.json(), caught.value.task_id) == (bad, bad, "t1")
    server.script(stream(frames(*good, bad)), answer({"status": "failed", "task_id": "t1"}))
    seen.clear()
    await outcome(follow, False)
    assert seen == [*good, bad]


def test_an_event_of_another_shape_ends_its_stream(server: Server) -> None:
    server.script(stream(frames({"type": "completed"}, {"type": "thinking"}), hold=True))
    events = Lightcone(api_key="k", base_url=server.url, _strict_response_validation=True).agent.tasks.start_stream(instruction="x")
    with pytest.raises(APIResponseValidationError, match="result"):
        next(events)
    assert server.exchanges[0].gone.wait(DEADLINE)
    with pytest.raises(LightconeError, match="closed"):
        next(events)


@pytest.mark.parametrize("on_event", [None, lambda event: None])
async def test_a_run_sees_every_event(on_event: Any, server: Server, outcome: Outcome) -> None:
    server.script(stream(frames({"type": "screenshot"}, {"type": "completed", "result": "x"})))
    with pytest.raises(APIResponseValidationError, match="screenshot_url"):
        await outcome(lambda client: client.agent.tasks.run(instruction="x", on_event=on_event), True)
    assert (await outcome(lambda client: client.agent.tasks.run(instruction="x", on_event=on_event), False)).result == "x"


async def test_wait_and_list(server: Server, outcome: Outcome) -> None:
    server.script(answer({"status": "completed", "task_id": "t1", "result": "x"}))
    assert (await outcome(lambda client: client.agent.tasks.wait("t1"), True)).result == "x"
    server.script(answer({"data": [{"status": "completed", "task_id": "t1"}, {"status": "completed"}], "has_more": False}))
    with pytest.raises(APIResponseValidationError, match="task_id"):
        await outcome(lambda client: client.agent.tasks.list(), True)
    assert (await outcome(lambda client: client.agent.tasks.list(), False)).data[1].task_id is None


class Item(BaseModel):
    name: str
    parts: List[Item] = []


async def test_ones_own_types(server: Server, outcome: Outcome) -> None:
    good = {"name": "a", "parts": [{"name": "b"}]}
    server.script(answer(good))
    item = await outcome(lambda client: client.get("/x", cast_to=Item), True)
    assert isinstance(item, Item) and item.parts[0].name == "b"
    server.script(answer({"name": "a", "parts": [{}]}))
    with pytest.raises(APIResponseValidationError, match=r"parts\.0\.name"):
        await outcome(lambda client: client.get("/x", cast_to=Item), True)
    server.script(answer({"a": "x"}))
    with pytest.raises(APIResponseValidationError, match="a: "):
        await outcome(lambda client: client.get("/x", cast_to=Dict[str, int]), True)
    assert await outcome(lambda client: client.get("/x", cast_to=Dict[str, int]), False) == {"a": "x"}


async def test_answers_as_they_came(client: Lightcone, async_client: AsyncLightcone, server: Server) -> None:
    server.script(answer({"status": "running"}))
    strict = Lightcone(api_key="k", base_url=server.url, _strict_response_validation=True)
    response = strict.agent.tasks.with_raw_response.retrieve_status("t1")
    with pytest.raises(APIResponseValidationError):
        response.parse()
    assert response.parse(to=dict) == {"status": "running"}
    with strict.agent.tasks.with_streaming_response.retrieve_status("t1") as streamed, pytest.raises(APIResponseValidationError):
        streamed.parse()
    server.script(stream(frames({"name": "a"}, {})))
    events = strict.agent.tasks.with_raw_response.start_stream(instruction="x").parse(to=Stream[Item])
    assert next(events).name == "a"
    with pytest.raises(APIResponseValidationError, match="name"):
        next(events)
    with pytest.raises(APIResponseValidationError, match="an object with a type"):
        next(strict.agent.tasks.with_raw_response.start_stream(instruction="x").parse())
    assert [event.name for event in client.get("/x", cast_to=Item, stream=True)] == ["a", None]
    made = await async_client.get("/x", cast_to=Item, stream=True, stream_cls=AsyncStream[Item])
    assert [event.name async for event in made] == ["a", None]


def test_copies_are_strict_too(server: Server) -> None:
    server.script(answer({}))
    strict = Lightcone(api_key="k", base_url=server.url, _strict_response_validation=True)
    with pytest.raises(APIResponseValidationError):
        strict.with_options(timeout=5).agent.tasks.pause("t1")
