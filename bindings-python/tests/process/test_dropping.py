"""Streams that nobody has any more: their connection is closed, and a ResourceWarning tells of those that should have been."""

from __future__ import annotations

import asyncio
import gc
import sys
import tracemalloc
import warnings
from typing import Any, Awaitable, Callable

import pytest
from programs import run
from server import DEADLINE, Server, answer, stream

from tzafon import AsyncLightcone, Lightcone

DROPPED = "was dropped while it was open"
HELD = stream(b"data: 1\n\n", hold=True)
COMPLETED = b'data: {"type":"completed"}\n\n'

Open = Callable[[], Awaitable[Any]]


@pytest.fixture(params=["sync", "async"])
def opened(request: pytest.FixtureRequest, client: Lightcone, async_client: AsyncLightcone) -> Open:
    """Opens a stream with either client."""

    async def opened() -> Any:
        if request.param == "sync":
            return client.agent.tasks.start_stream(instruction="x")
        return await async_client.agent.tasks.start_stream(instruction="x")

    return opened


async def following(events: Any) -> Any:
    return next(events) if hasattr(events, "__next__") else await events.__anext__()


async def events_of(events: Any) -> list[Any]:
    return list(events) if hasattr(events, "__next__") else [event async for event in events]


async def gone(server: Server) -> bool:
    return await asyncio.to_thread(server.exchanges[-1].gone.wait, DEADLINE)


async def closed(events: Any) -> None:
    done = events.close()
    if done is not None:
        await done


async def test_a_dropped_stream_closes_its_connection_and_warns(server: Server, opened: Open) -> None:
    server.script(HELD)
    events = await opened()
    assert await following(events) == 1
    with pytest.warns(ResourceWarning, match=f"^(Async)?Stream {DROPPED}"):
        del events
        gc.collect()
    assert await gone(server)


async def test_so_does_one_in_a_cycle(server: Server, opened: Open) -> None:
    server.script(HELD)
    events = await opened()
    events.cycle = events
    with pytest.warns(ResourceWarning, match=DROPPED):
        del events
        gc.collect()
    assert await gone(server)


async def test_the_warning_knows_where_the_stream_was_made(server: Server, opened: Open) -> None:
    server.script(HELD)
    tracemalloc.start(10)
    try:
        events = await opened()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del events
            gc.collect()
        (warning,) = caught
        made = tracemalloc.get_object_traceback(warning.source)
    finally:
        tracemalloc.stop()
    assert type(warning.source).__name__.endswith("Stream")
    # Python 3.11 itself does not find where an instance of a class written in Python was made.
    assert sys.version_info[:2] == (3, 11) or (made is not None and any(frame.filename == __file__ for frame in made))


async def silent(server: Server, events: Any, use: Callable[[Any], Awaitable[object]]) -> None:
    """Nothing is said of it after this use."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await use(events)
        del events
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


async def test_no_warning_after_close(server: Server, opened: Open) -> None:
    server.script(HELD)
    await silent(server, await opened(), closed)


async def test_no_warning_after_the_end(server: Server, opened: Open) -> None:
    async def read(events: Any) -> None:
        assert await events_of(events) == [1]

    server.script(stream(b"data: 1\n\n"))
    await silent(server, await opened(), read)


async def test_no_warning_after_the_event_that_ended_the_task(server: Server, opened: Open) -> None:
    """A loop that is left then has read all that there is; the connection closes by itself."""
    server.script(stream(COMPLETED, hold=True))
    await silent(server, await opened(), following)


async def test_no_warning_after_an_error(server: Server, opened: Open) -> None:
    async def read(events: Any) -> None:
        with pytest.raises(Exception, match="not JSON"):
            await following(events)

    server.script(stream(b"data: {\n\n", hold=True))
    await silent(server, await opened(), read)


def test_no_warning_after_the_client_was_closed(server: Server) -> None:
    server.script(HELD)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with Lightcone(api_key="k", base_url=server.url) as client:
            events = client.agent.tasks.start_stream(instruction="x")
            assert next(events) == 1
        assert server.exchanges[0].gone.wait(DEADLINE)
        del events
        gc.collect()
    assert caught == []


async def test_a_stream_that_is_left_by_a_cancel_is_closed_without_a_warning(server: Server, async_client: AsyncLightcone) -> None:
    async def read() -> None:
        async for _ in await async_client.agent.tasks.start_stream(instruction="x"):
            pass

    server.script(HELD)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        reading = asyncio.ensure_future(read())
        await asyncio.to_thread(server.wait_for, 1)
        await asyncio.sleep(0.05)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        del reading
        gc.collect()
    assert caught == []
    assert await gone(server)


async def test_an_answer_that_was_not_read_warns_too(server: Server, client: Lightcone, async_client: AsyncLightcone) -> None:
    server.script(HELD)
    for tasks in (client.agent.tasks, async_client.agent.tasks):
        sent: Any = tasks.with_raw_response.start_stream(instruction="x")
        response = await sent if asyncio.iscoroutine(sent) else sent
        assert response.status_code == 200
        del sent
        with pytest.warns(ResourceWarning, match=f"APIResponse {DROPPED}"):
            del response
            gc.collect()
        assert await gone(server)


def test_a_loop_that_is_over_does_not_keep_a_stream(server: Server) -> None:
    """Neither is a loop needed to close a stream that is dropped."""
    server.script(HELD, answer())
    program = """
        import asyncio, gc, sys, warnings
        from tzafon import AsyncLightcone
        client = AsyncLightcone(base_url=sys.argv[1])

        async def begin():
            stream = await client.agent.tasks.start_stream(instruction="x")
            await stream.__anext__()
            return stream

        stream = asyncio.run(begin())
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del stream
            gc.collect()
        print([warning.category.__name__ for warning in caught])
        print(asyncio.run(client.agent.tasks.pause("t1")).status)
        sys.stdin.read()
    """
    assert run(program, server.url) == "['ResourceWarning']\nrunning\n"
    assert server.exchanges[0].gone.wait(DEADLINE)
