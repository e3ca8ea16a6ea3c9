"""One client, many threads."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Callable

import pytest
from server import DEADLINE, Exchange, Server, answer, hang, stream

from tzafon import Lightcone, LightconeError

Call = Callable[[], Any]


def started(call: Call) -> Future[Any]:
    """Calls it in a thread of its own."""
    future: Future[Any] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future


def test_32_threads_share_a_client(server: Server, client: Lightcone) -> None:
    def work(number: int) -> list[str]:
        tasks = client.agent.tasks
        return [tasks.retrieve_status(f"t{number}-{turn}").status or "" for turn in range(25)]

    with ThreadPoolExecutor(32) as pool:
        seen = list(pool.map(work, range(32), timeout=DEADLINE))
    assert seen == [["running"] * 25] * 32
    asked = sorted(request.target for request in server.requests)
    assert asked == sorted(f"/agent/tasks/t{number}-{turn}" for number in range(32) for turn in range(25))
    # Over connections that are used again and again.
    assert server.connections < len(asked) / 2


def test_a_stream_is_read_in_another_thread_than_it_was_made_in(server: Server, client: Lightcone) -> None:
    server.script(stream(b"".join(b"data: %d\n\n" % n for n in range(1000))))
    made = started(lambda: client.agent.tasks.start_stream(instruction="x")).result(DEADLINE)
    assert started(lambda: next(made)).result(DEADLINE) == 0
    assert started(lambda: list(made)).result(DEADLINE) == list(range(1, 1000))


def test_other_threads_run_while_one_waits(server: Server, client: Lightcone) -> None:
    """The GIL is free meanwhile: else the thread that lets the answer go could not run."""
    released = threading.Event()

    def late(exchange: Exchange) -> None:
        assert released.wait(DEADLINE)
        answer()(exchange)

    server.script(late)
    waiting = started(lambda: client.agent.tasks.pause("t1"))
    server.wait_for(1)
    assert sum(range(100_000)) == 4999950000
    released.set()
    assert waiting.result(DEADLINE).status == "running"


@pytest.mark.parametrize("what", ["stream", "client", "copy"])
def test_closing_ends_a_wait_for_an_event(what: str, server: Server, client: Lightcone) -> None:
    server.script(stream(b"data: 1\n\n", hold=True))
    events = client.agent.tasks.start_stream(instruction="x")
    assert next(events) == 1
    waiting = [started(lambda: next(events)) for _ in range(3)]
    with pytest.raises(FutureTimeout):
        waiting[0].result(0.05)
    {"stream": events, "client": client, "copy": client.copy()}[what].close()
    for each in waiting:
        with pytest.raises(LightconeError, match="stream was closed"):
            each.result(DEADLINE)
    assert server.exchanges[0].gone.wait(DEADLINE)
    with pytest.raises(LightconeError, match="stream was closed"):
        next(events)


def calls(client: Lightcone) -> dict[str, Call]:
    """What can wait for an answer, by name."""
    tasks = client.agent.tasks
    return {
        "pause": lambda: tasks.pause("t1"),
        "start_stream": lambda: tasks.start_stream(instruction="x"),
        "run": lambda: tasks.run(instruction="x"),
        "wait": lambda: tasks.wait("t1"),
        "list": lambda: list(tasks.list()),
        "get": lambda: client.get("/x", cast_to=object),
    }


@pytest.mark.parametrize("name", calls(Lightcone(api_key="k")))
def test_closing_the_client_ends_a_wait_for_an_answer(name: str, server: Server, client: Lightcone) -> None:
    server.script(hang)
    waiting = started(calls(client)[name])
    exchange = server.wait_for(1)
    client.close()
    with pytest.raises(LightconeError, match="client was closed"):
        waiting.result(DEADLINE)
    assert exchange.gone.wait(DEADLINE)


def test_closing_the_client_ends_a_wait_for_another_attempt(server: Server) -> None:
    server.script(answer({}, status=503, headers=[("retry-after", "59")]))
    client = Lightcone(api_key="k", base_url=server.url)
    waiting = started(lambda: client.agent.tasks.pause("t1"))
    server.wait_for(1)
    client.close()
    with pytest.raises(LightconeError, match="client was closed"):
        waiting.result(DEADLINE)


def test_closing_an_answer_ends_a_wait_for_its_body(server: Server, client: Lightcone) -> None:
    def part(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nx")
        exchange.wait_until_gone()

    server.script(part)
    with client.agent.tasks.with_streaming_response.retrieve_status("t1") as response:
        pieces = response.iter_bytes()
        assert next(pieces) == b"x"
        waiting = started(lambda: next(pieces))
        with pytest.raises(FutureTimeout):
            waiting.result(0.05)
    with pytest.raises(LightconeError, match="answer was closed"):
        waiting.result(DEADLINE)
    assert server.exchanges[0].gone.wait(DEADLINE)


def test_closing_a_client_closes_its_idle_connections(server: Server) -> None:
    client = Lightcone(api_key="k", base_url=server.url)
    client.agent.tasks.pause("t1")
    client.close()
    assert server.ended.acquire(timeout=DEADLINE)
