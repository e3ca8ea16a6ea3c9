"""What `AsyncStream.__anext__` gives is a coroutine like any other, whether its event is there already or yet to come."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import Any, Awaitable, Callable

import pytest
from server import DEADLINE, SSE_HEAD, Exchange, Server, stream
from turns import counted_turns

from tzafon import AsyncLightcone, AsyncStream, LightconeError

Opened = Callable[[], Awaitable["tuple[AsyncStream[Any], Callable[[], None]]"]]


@pytest.fixture(params=["there", "yet to come"])
def opened(request: pytest.FixtureRequest, server: Server, async_client: AsyncLightcone) -> Opened:
    """A stream whose event 1 was read, and what has events 2 and 3 come if they are not there."""
    released = threading.Event()

    def script(exchange: Exchange) -> None:
        exchange.send(SSE_HEAD, b"data: 1\n\n")
        assert released.wait(DEADLINE)
        exchange.send(b"data: 2\n\ndata: 3\n\n")
        exchange.wait_until_gone()

    async def open_stream() -> tuple[AsyncStream[Any], Callable[[], None]]:
        there = request.param == "there"
        server.script(stream(b"data: 1\n\ndata: 2\n\ndata: 3\n\n", hold=True) if there else script)
        events = await async_client.agent.tasks.start_stream(instruction="x")
        assert await events.__anext__() == 1
        return events, released.set

    return open_stream


async def test_it_does_nothing_before_it_runs(opened: Opened) -> None:
    events, release = await opened()
    events.__anext__()
    events.__anext__().close()
    with pytest.raises(KeyError):
        events.__anext__().throw(KeyError())
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(events.__anext__(), 0)
    cancelled = asyncio.ensure_future(events.__anext__())
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    release()
    assert [await events.__anext__(), await events.__anext__()] == [2, 3]
    await events.close()


async def test_a_task_runs_it(opened: Opened) -> None:
    events, release = await opened()
    assert asyncio.iscoroutine(events.__anext__())
    task = asyncio.get_running_loop().create_task(events.__anext__())
    asyncio.get_running_loop().call_later(0.01, release)
    assert await task == 2
    assert await asyncio.wait_for(events.__anext__(), DEADLINE) == 3
    await events.close()


async def test_it_runs_once(opened: Opened) -> None:
    events, release = await opened()
    release()
    coroutine = events.__anext__()
    assert await coroutine == 2
    for use in (lambda: coroutine.send(None), lambda: coroutine.throw(KeyError())):
        with pytest.raises(RuntimeError, match="^cannot reuse already awaited coroutine$"):
            use()
    coroutine.close()
    assert await events.__anext__() == 3
    await events.close()


async def test_closing_it_while_it_waits_closes_the_stream(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(b"data: 1\n\n", hold=True))
    events = await async_client.agent.tasks.start_stream(instruction="x")
    assert await events.__anext__() == 1
    coroutine = events.__anext__()
    coroutine.send(None)
    coroutine.close()
    with pytest.raises(LightconeError, match="closed"):
        await events.__anext__()


async def test_a_value_of_any_kind(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(b"".join(b"data: %s\n\n" % text for text in (b"0", b"[1, 2]", b'{"a": []}', b"null", b'"x"', b"true", b"NaN"))))
    events = await async_client.agent.tasks.start_stream(instruction="x")
    seen = [event async for event in events]
    assert repr(seen) == "[0, [1, 2], {'a': []}, None, 'x', True, nan]"


async def test_others_have_their_turn_however_fast_events_come(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(b"".join(b"data: %d\n\n" % n for n in range(10_000))))
    events = await async_client.agent.tasks.start_stream(instruction="x")
    async with counted_turns() as turns:
        assert [event async for event in events] == list(range(10_000))
        assert turns() >= 10_000 / 256


async def test_what_waits_on_a_loop_that_is_gone_is_collected(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(b"data: 1\n\n", hold=True))
    events: Any = await async_client.agent.tasks.start_stream(instruction="x")
    assert await events.__anext__() == 1
    events.waiting = coroutine = events.__anext__()
    coroutine.send(None)
    gone = weakref.ref(events)
    with pytest.warns(ResourceWarning, match="^AsyncStream was dropped"):
        del events, coroutine
        gc.collect()
    assert gone() is None
