"""Answers as they came, and requests of one's own."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Dict, List

import pydantic
import pytest
from server import Server, answer, stream

import tzafon
from tzafon import (
    APIConnectionError,
    APIError,
    APIResponse,
    AsyncAPIResponse,
    AsyncLightcone,
    AsyncStream,
    BaseModel,
    Lightcone,
    NotFoundError,
    StreamAlreadyConsumed,
    Stream,
    omit,
)

STATUS = {"status": "running", "task_id": "t1", "later": 1}
EVENTS = b'id: 0\ndata: {"type":"started"}\n\nid: 1\ndata: {"type":"completed","result":"x"}\n\n'


class Item(BaseModel):
    name: str


def test_an_answer_as_it_came(client: Lightcone, server: Server) -> None:
    server.script(answer(status=503, headers=[("retry-after-ms", "1")]), answer(STATUS, headers=[("X-Twice", "1"), ("x-twice", "2")]))
    response = client.agent.tasks.with_raw_response.retrieve_status("t1", extra_headers={"x-a": "1"})
    assert isinstance(response, APIResponse)
    assert (response.status_code, response.http_version, response.method, response.retries_taken) == (200, "HTTP/1.1", "GET", 1)
    assert response.url == f"{server.url}/agent/tasks/t1"
    assert response.headers["X-TWICE"] == "1, 2" and response.headers.get_list("x-twice") == ["1", "2"]
    assert timedelta(0) < response.elapsed < timedelta(seconds=20)
    assert response.http_request.headers["x-a"] == "1" and "sk_secret" not in str(response.http_request.headers)
    task = response.parse()
    assert (task.status, task.later) == ("running", 1)  # type: ignore[attr-defined]
    assert response.parse() is task and response.is_closed
    assert response.json() == STATUS and response.text() == response.read().decode()
    assert response.parse(to=dict) == STATUS
    assert b"".join(response.iter_bytes(7)) == response.read() == b"".join(response.iter_bytes())
    request = server.requests[1]
    assert (request.header("x-stainless-raw-response"), request.header("x-a"), request.header("content-type")) == ("raw", "1", None)


async def test_an_answer_as_it_came_for_asyncio(async_client: AsyncLightcone, server: Server) -> None:
    server.script(answer(STATUS))
    response = await async_client.agent.tasks.with_raw_response.pause("t1")
    assert isinstance(response, AsyncAPIResponse)
    assert (await response.parse()).status == "running"
    assert await response.json() == STATUS and await response.text() == (await response.read()).decode()
    assert [piece async for piece in response.iter_bytes(1000)] == [await response.read()]
    assert server.requests[0].header("x-stainless-raw-response") == "raw"


@pytest.mark.parametrize("where", ["client", "agent", "tasks"])
async def test_every_way_to_the_methods(client: Lightcone, async_client: AsyncLightcone, server: Server, where: str) -> None:
    def tasks(client: Any, view: str) -> Any:
        return {
            "client": lambda: getattr(client, view).agent.tasks,
            "agent": lambda: getattr(client.agent, view).tasks,
            "tasks": lambda: getattr(client.agent.tasks, view),
        }[where]()

    assert tasks(client, "with_raw_response").pause("t1").parse().status == "running"
    with tasks(client, "with_streaming_response").resume("t1") as response:
        assert response.parse().status == "running"
    assert (await (await tasks(async_client, "with_raw_response").pause("t1")).parse()).status == "running"
    async with tasks(async_client, "with_streaming_response").resume("t1") as response:
        assert (await response.parse()).status == "running"
    assert [request.header("x-stainless-raw-response") for request in server.requests] == ["raw", "stream"] * 2


def test_a_body_that_is_read_as_it_comes(client: Lightcone, server: Server) -> None:
    text = 'one\r\ntwo\rth\u00fcree\n\nlast'
    parts = [text.encode()[place : place + 1] for place in range(len(text.encode()))]
    server.script(stream(*parts))
    tasks = client.agent.tasks.with_streaming_response
    with tasks.pause("t1") as response:
        assert not response.is_closed
        assert list(response.iter_lines()) == ["one", "two", "th\u00fcree", "", "last"]
        assert response.is_closed
        with pytest.raises(StreamAlreadyConsumed):
            response.read()
    with tasks.pause("t1") as response:
        assert "".join(response.iter_text()) == text
    with tasks.pause("t1") as response:
        pieces = list(response.iter_text(4))
        assert "".join(pieces) == text and {len(piece) for piece in pieces[:-1]} == {4}
    with tasks.pause("t1") as response:
        pieces_of_bytes = list(response.iter_bytes(4))
        assert b"".join(pieces_of_bytes) == text.encode() and {len(piece) for piece in pieces_of_bytes[:-1]} == {4}
    with tasks.pause("t1") as response:
        assert response.read() == text.encode()
        assert list(response.iter_lines()) == ["one", "two", "th\u00fcree", "", "last"]
        with pytest.raises(ValueError, match="chunk_size is 0"):
            response.iter_bytes(0)


async def test_a_body_that_is_read_as_it_comes_for_asyncio(async_client: AsyncLightcone, server: Server) -> None:
    text = "one\r\ntwo\rth\u00fcree\n\nlast"
    server.script(stream(*(text.encode()[place : place + 1] for place in range(len(text.encode())))))
    tasks = async_client.agent.tasks.with_streaming_response
    async with tasks.pause("t1") as response:
        assert not response.is_closed
        assert [line async for line in response.iter_lines()] == ["one", "two", "th\u00fcree", "", "last"]
        assert response.is_closed
        with pytest.raises(StreamAlreadyConsumed, match="read\\(\\) first"):
            await response.read()
    async with tasks.pause("t1") as response:
        assert "".join([piece async for piece in response.iter_text(4)]) == text
    async with tasks.pause("t1") as response:
        assert b"".join([piece async for piece in response.iter_bytes(4)]) == text.encode()
    async with tasks.pause("t1") as response:
        assert await response.parse(to=str) == await response.text() == text
        assert [line async for line in response.iter_lines()] == ["one", "two", "th\u00fcree", "", "last"]
    async with tasks.pause("t1") as response:
        await response.close()
        assert response.is_closed
        with pytest.raises(StreamAlreadyConsumed):
            await response.parse()


def test_leaving_the_block_closes_the_connection(client: Lightcone, server: Server) -> None:
    server.script(stream(b"one", hold=True))
    with client.agent.tasks.with_streaming_response.pause("t1") as response:
        assert next(iter(response.iter_bytes())) == b"one"
    assert server.exchanges[0].gone.wait(20)
    with pytest.raises(StreamAlreadyConsumed):
        response.read()


async def test_a_cancelled_read_closes_the_connection(async_client: AsyncLightcone, server: Server) -> None:
    server.script(stream(b"one", hold=True))
    async with async_client.agent.tasks.with_streaming_response.pause("t1") as response:
        pieces = response.iter_bytes()
        assert await pieces.__anext__() == b"one"
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(pieces.__anext__(), 0.05)
        assert await asyncio.to_thread(server.exchanges[0].gone.wait, 20)


async def test_the_events_of_an_answer(client: Lightcone, async_client: AsyncLightcone, server: Server) -> None:
    server.script(stream(EVENTS))
    response = client.agent.tasks.with_raw_response.start_stream(instruction="x")
    events = response.parse()
    assert isinstance(events, Stream) and response.parse() is events
    assert [event["type"] for event in events] == ["started", "completed"]
    with client.agent.tasks.with_streaming_response.start_stream(instruction="x") as lines:
        assert list(lines.iter_lines()) == EVENTS.decode().splitlines()
        with pytest.raises(StreamAlreadyConsumed):
            lines.parse()
    raw = await async_client.agent.tasks.with_raw_response.start_stream(instruction="x")
    stream_ = await raw.parse()
    assert isinstance(stream_, AsyncStream)
    assert [event["type"] async for event in stream_] == ["started", "completed"]
    assert [request.header("accept") for request in server.requests] == ["text/event-stream"] * 3


def test_what_goes_wrong(client: Lightcone, server: Server) -> None:
    server.script(answer({"detail": "no"}, status=404), answer(raw=b"[1]"), stream(b"x"))
    with pytest.raises(NotFoundError):
        client.agent.tasks.with_raw_response.pause("t1")
    response = client.agent.tasks.with_raw_response.pause("t1")
    with pytest.raises(APIError, match="JSON object"):
        response.parse()
    server.script(lambda exchange: (exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx"), exchange.end()) and None)
    with client.agent.tasks.with_streaming_response.pause("t1") as broken:
        with pytest.raises(APIConnectionError):
            broken.read()


def test_requests_of_ones_own(client: Lightcone, server: Server) -> None:
    server.script(answer({"name": "a", "more": 1}))
    item = client.get("/routes/x?a=1", cast_to=Item, options={"params": {"b": [1, 2]}, "headers": {"x-a": "1", "user-agent": omit}})
    assert isinstance(item, Item) and (item.name, item.model_extra) == ("a", {"more": 1})
    client.post("/routes", cast_to=object, body={"n": None, "b": 1}, options={"extra_json": {"b": 2}})
    client.put("/routes", cast_to=object, body=[1, "\u00fc"])
    client.patch("/routes", cast_to=object, options={"timeout": 5, "max_retries": 0})
    client.delete("/routes", cast_to=object)
    get, post, put, patch, delete = server.requests
    assert (get.method, get.target, get.header("x-a"), get.header("user-agent")) == ("GET", "/routes/x?a=1&b=1%2C2", "1", None)
    assert get.header("content-type") is None and get.header("accept") == "application/json"
    assert (post.method, post.json(), post.header("content-type")) == ("POST", {"n": None, "b": 2}, "application/json")
    assert (put.method, put.body, delete.method, delete.body) == ("PUT", '[1,"\u00fc"]'.encode(), "DELETE", b"")
    assert (patch.method, patch.header("x-stainless-read-timeout")) == ("PATCH", "5")


@pytest.mark.parametrize(
    ("cast_to", "body", "expected"),
    [
        (tzafon.NoneType, b"", None),
        (str, b"t\xc3\xbc", "t\u00fc"),
        (bytes, b"\xff", b"\xff"),
        (int, b"7", 7),
        (object, b"[1]", [1]),
        (object, b"no json", "no json"),
        (Dict[str, int], b'{"a":1}', {"a": 1}),
        (List[Item], b'[{"name":"a"},1]', [Item(name="a"), 1]),
    ],
)
async def test_what_answers_become(
    client: Lightcone, async_client: AsyncLightcone, server: Server, cast_to: Any, body: bytes, expected: object
) -> None:
    server.script(answer(raw=body))
    assert client.get("/x", cast_to=cast_to) == expected
    assert await async_client.get("/x", cast_to=cast_to) == expected


async def test_other_forms_of_ones_own_requests(client: Lightcone, async_client: AsyncLightcone, server: Server) -> None:
    server.script(answer(STATUS))
    response = client.get("/x", cast_to=APIResponse)
    assert response.parse() == STATUS and response.status_code == 200
    assert await (await async_client.post("/x", cast_to=AsyncAPIResponse)).json() == STATUS
    server.script(stream(EVENTS))
    assert len(list(client.get("/x", cast_to=object, stream=True, stream_cls=Stream[object]))) == 2  # type: ignore[call-overload]
    events: Any = await async_client.post("/x", cast_to=object, stream=True)
    assert [event["type"] async for event in events] == ["started", "completed"]


def test_requests_that_cannot_be(client: Lightcone) -> None:
    class Strict(pydantic.BaseModel):
        name: str

    for call, error, text in (
        (lambda: client.get("http://other.example/x", cast_to=object), ValueError, "expected a path"),
        (lambda: client.get(5, cast_to=object), TypeError, "path must be a string"),  # type: ignore[arg-type]
        (lambda: client.get("/x", cast_to=Strict), TypeError, "Strict must be a subclass of tzafon.BaseModel"),
        (lambda: client.get("/x", cast_to=object, options={"parms": {}}), TypeError, "no option 'parms'"),  # type: ignore[typeddict-unknown-key]
        (lambda: client.post("/x", cast_to=object, body=float("nan")), ValueError, "body.*NaN"),
    ):
        with pytest.raises(error, match=text):
            call()
