"""Streams: every row of the contract's table of bytes (section 3), and how a stream is used."""

from __future__ import annotations

import json
import math
import threading
from typing import Any

import pytest
from conftest import Follow
from server import DEADLINE, SSE_HEAD, Exchange, Server, stream

from tzafon import APIError, APITimeoutError, Lightcone, LightconeError, StreamInterruptedError


def frame(event: object, id: int | None = None) -> bytes:
    head = b"" if id is None else f"id: {id}\n".encode()
    return head + b"data: " + json.dumps(event).encode() + b"\n\n"


DONE = {"type": "completed", "result": "é\n\u2028", "step": 2}


@pytest.mark.parametrize(
    ("bytes_", "events"),
    [
        (b"id: 0\n" + frame(1) + b": ping\n\n" + frame(2), [1, 2]),
        (b"\n\nid: 3\n\nretry: 5\n\nevent: x\n\n" + frame(1), [1]),
        (frame(1) + b"data: [DONE]\n\n" + frame(2), [1]),
        (frame({"a": 1}) + b'data: {"b": 2}', [{"a": 1}, {"b": 2}]),
        (frame({"a": 1}) + b'data: {"b": 2', [{"a": 1}]),
        (frame(1) + b"data: 12", [1]),
        (b"\xef\xbb\xbf" + frame(1), [1]),
        (b'data: {"a":\r\ndata: 1}\r\n\r\ndata: 2\r\rdata: 3\n\n', [{"a": 1}, 2, 3]),
        (frame("\u2028") + "data: \"\u2029\"\n\n".encode(), ["\u2028", "\u2029"]),
        (b'data: null\n\ndata: 1.5\n\ndata: "x"\n\ndata: [1]\n\ndata: true\n\n', [None, 1.5, "x", [1], True]),
        (b'data: {"a":"\\ud800"}\n\n', [{"a": "\ud800"}]),
        (b'data: {"a":"\xff\xe2\x82"}\n\n', [{"a": "\ufffd\ufffd"}]),
        (b"data: " + b"[" * 500 + b"]" * 500 + b"\n\n", [json.loads("[" * 500 + "]" * 500)]),
        (b"data: [Infinity, -Infinity]\n\n", [[math.inf, -math.inf]]),
        (b"", []),
    ],
)
async def test_rows(bytes_: bytes, events: list[Any], server: Server, follow: Follow) -> None:
    for script in (stream(bytes_), stream(*(bytes_[i : i + 1] for i in range(len(bytes_))))):
        server.script(script)
        followed = await follow()
        assert followed.error is None
        assert followed.events == events


async def test_not_a_number(server: Server, follow: Follow) -> None:
    server.script(stream(b'data: {"a": NaN}\n\n'))
    ((event),) = (await follow()).events
    assert math.isnan(event["a"])


@pytest.mark.parametrize("data", ["{", "{'a': 1}", "nul", "1 2", '{"a": 1,}', "[" * 200_000, "9" * 5000 + "x", '"\t"', "\ufeff1"])
async def test_an_event_that_is_not_json(data: str, server: Server, follow: Follow) -> None:
    server.script(stream(frame({"type": "started", "task_id": "t7"}, 4) + f"id: 5\ndata: {data}\n\n".encode() + frame(2), hold=True))
    followed = await follow()
    assert followed.events == [{"type": "started", "task_id": "t7"}]
    error = followed.error
    assert type(error) is APIError
    assert data[:50] in error.message and len(error.message) < 400
    assert error.response is not None
    assert (error.body, error.response.text, error.response.status_code, error.task_id) == (data, data, 200, "t7")
    assert error.request.url == f"{server.url}/agent/tasks/stream"
    assert server.exchanges[-1].gone.wait(DEADLINE)


async def test_ids_and_names_belong_to_the_last_event_yielded(server: Server, follow: Follow) -> None:
    server.script(stream(b"id: 1\n" + frame(1) + b"event: named\n" + frame(2) + b"id: 2\n\n" + b"id\n" + frame(3) + b"id: 9\n"))
    followed = await follow()
    assert followed.ids == ["1", "1", ""]
    assert followed.names == [None, "named", None]


async def test_the_connection_breaks(server: Server, follow: Follow) -> None:
    def cut(exchange: Exchange) -> None:
        exchange.send(SSE_HEAD.replace(b"\r\n\r\n", b"\r\ncontent-length: 9999\r\n\r\n"), frame({"type": "started", "task_id": "t7"}, 3))
        exchange.end()

    server.script(cut)
    followed = await follow()
    assert len(followed.events) == 1
    assert type(followed.error) is StreamInterruptedError
    assert (followed.error.task_id, followed.error.last_event_id) == ("t7", "3")
    assert followed.error.message.startswith("Connection error.")


async def test_silence(server: Server) -> None:
    server.script(stream(frame({"type": "started", "task_id": "t7"}), hold=True))
    client = Lightcone(api_key="k", base_url=server.url, timeout=0.2)
    stream_ = client.agent.tasks.start_stream(instruction="x")
    next(stream_)
    with pytest.raises(APITimeoutError) as caught:
        next(stream_)
    assert caught.value.task_id == "t7"
    assert list(stream_) == []


async def test_large_events_and_many(server: Server, follow: Follow) -> None:
    large = {"type": "screenshot", "screenshot_url": "data:image/png;base64," + "A" * 10_000_000}
    server.script(stream(frame(large), *(frame(n) for n in range(5000))))
    followed = await follow()
    assert followed.events == [large, *range(5000)]


def test_events_come_as_they_happen(server: Server, client: Lightcone) -> None:
    go_on = threading.Event()

    def script(exchange: Exchange) -> None:
        exchange.send(SSE_HEAD, frame(1))
        assert go_on.wait(DEADLINE)
        exchange.send(frame(2))
        exchange.end()

    server.script(script)
    stream_ = client.agent.tasks.start_stream(instruction="x")
    assert next(stream_) == 1
    go_on.set()
    assert next(stream_) == 2
    with pytest.raises(StopIteration):
        next(stream_)


def test_a_later_loop_goes_on(server: Server, client: Lightcone) -> None:
    server.script(stream(frame(1) + frame(2) + frame(3) + frame(4)))
    stream_ = client.agent.tasks.start_stream(instruction="x")
    for event in stream_:
        assert event == 1
        break
    assert next(stream_) == 2
    assert list(stream_) == [3, 4]
    assert list(stream_) == []
    stream_.close()
    assert list(stream_) == []


def test_after_close(server: Server, client: Lightcone) -> None:
    server.script(stream(frame(1) + frame(2), hold=True))
    with client.agent.tasks.start_stream(instruction="x") as stream_:
        assert next(stream_) == 1
    assert server.exchanges[0].gone.wait(DEADLINE)
    stream_.close()
    for _ in range(2):
        with pytest.raises(LightconeError, match="closed"):
            next(stream_)


def test_closing_from_another_thread_ends_the_wait(server: Server, client: Lightcone) -> None:
    server.script(stream(frame(1), hold=True))
    stream_ = client.agent.tasks.start_stream(instruction="x")
    assert next(stream_) == 1
    threading.Timer(0.05, stream_.close).start()
    with pytest.raises(LightconeError, match="closed"):
        next(stream_)


def test_threads_share_a_stream(server: Server, client: Lightcone) -> None:
    server.script(stream(*(frame(n) for n in range(2000))))
    stream_ = client.agent.tasks.start_stream(instruction="x")
    seen: list[list[Any]] = [[], [], []]
    threads = [threading.Thread(target=lambda mine=mine: mine.extend(stream_)) for mine in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert all(mine == sorted(mine) for mine in seen)
    assert sorted(event for mine in seen for event in mine) == list(range(2000))


def test_the_answer_behind_a_stream(server: Server, client: Lightcone) -> None:
    server.script(stream(frame(1), headers=b"X-Task-ID: t7\r\n"))
    with client.agent.tasks.start_stream(instruction="x") as stream_:
        response = stream_.response
        assert (response.status_code, response.headers["x-task-id"], response.http_version) == (200, "t7", "HTTP/1.1")
        assert response.url == response.request.url == f"{server.url}/agent/tasks/stream"
        assert (response.request.method, response.retries_taken) == ("POST", 0)
        assert 0 < response.elapsed.total_seconds() < DEADLINE
        assert stream_.last_event_id is None and stream_.event_name is None


def test_after_close_nothing_is_read_that_had_come_already(server: Server, client: Lightcone) -> None:
    server.script(stream(frame(1) + frame(2) + frame(DONE)))
    events = client.agent.tasks.start_stream(instruction="x")
    assert next(events) == 1
    events.close()
    with pytest.raises(LightconeError, match="closed"):
        next(events)


def test_a_slow_reader_stops_the_server(server: Server, client: Lightcone) -> None:
    sent = 0
    all_sent = threading.Event()

    def flood(exchange: Exchange) -> None:
        nonlocal sent
        exchange.send(SSE_HEAD)
        for n in range(200):
            exchange.send(frame({"n": n, "filling": "x" * 1_000_000}))
            sent = n + 1
        all_sent.set()
        exchange.end()

    server.script(flood)
    events = client.agent.tasks.start_stream(instruction="x")
    assert next(events)["n"] == 0
    assert not all_sent.wait(0.5)
    assert sent < 100
    assert [event["n"] for event in events] == list(range(1, 200))
