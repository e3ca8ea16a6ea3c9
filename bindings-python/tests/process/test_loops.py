"""Event loops: one after another, of other kinds, and none of asyncio's."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from programs import posix, run
from server import DEADLINE, SSE_HEAD, Exchange, Server, answer, stream

from tzafon import APITimeoutError, AsyncLightcone, Lightcone, Limits

HELD = stream(b"data: 1\n\n", hold=True)


def test_one_client_in_one_loop_after_another(server: Server) -> None:
    client = AsyncLightcone(api_key="k", base_url=server.url)

    async def work() -> list[Any]:
        server.script(stream(b"data: 1\n\ndata: 2\n\n"), answer())
        async with await client.agent.tasks.start_stream(instruction="x") as events:
            seen = [event async for event in events]
        return [*seen, (await client.agent.tasks.pause("t1")).status]

    assert [asyncio.run(work()) for _ in range(3)] == [[1, 2, "running"]] * 3


def test_a_stream_outlives_its_loop(server: Server) -> None:
    server.script(stream(b"data: 1\n\ndata: 2\n\ndata: 3\n\n", hold=True))
    client = AsyncLightcone(api_key="k", base_url=server.url)

    async def begin() -> Any:
        events = await client.agent.tasks.start_stream(instruction="x")
        assert await events.__anext__() == 1
        return events

    async def go_on(events: Any) -> Any:
        return await events.__anext__()

    events = asyncio.run(begin())
    assert asyncio.run(go_on(events)) == 2
    assert asyncio.run(go_on(events)) == 3
    asyncio.run(events.close())
    assert server.exchanges[0].gone.wait(DEADLINE)


def test_a_loop_that_is_closed_while_a_stream_is_waited_for(server: Server) -> None:
    """What waited ends with the loop, and nobody hears of it; the stream is there for another loop."""
    released = threading.Event()

    def late(exchange: Exchange) -> None:
        exchange.send(SSE_HEAD)
        assert released.wait(DEADLINE)
        exchange.send(b"data: 1\n\n")
        exchange.wait_until_gone()

    def release(exchange: Exchange) -> None:
        released.set()
        answer()(exchange)

    server.script(late, release)
    program = """
        import asyncio, sys
        from tzafon import AsyncLightcone
        client = AsyncLightcone(base_url=sys.argv[1])
        loop = asyncio.new_event_loop()
        stream = loop.run_until_complete(client.agent.tasks.start_stream(instruction="x"))
        waiting = loop.create_task(stream.__anext__())
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        waiting._log_destroy_pending = False

        async def go_on():
            await client.agent.tasks.pause("t1")
            async with stream:
                return await stream.__anext__()

        print(asyncio.run(go_on()))
    """
    assert run(program, server.url) == "1\n"


async def test_a_thousand_streams_at_once(server: Server, async_client: AsyncLightcone) -> None:
    """With default settings: no stream ends before the last has begun."""
    lock = threading.Lock()
    everybody_there = threading.Event()
    now = 0

    def script(exchange: Exchange) -> None:
        nonlocal now
        exchange.send(SSE_HEAD + b"data: 1\n\n")
        with lock:
            now += 1
            if now == 1000:
                everybody_there.set()
        everybody_there.wait(60 * DEADLINE)
        exchange.send(b"data: 2\n\n")
        exchange.end()

    async def follow() -> list[Any]:
        async with await async_client.agent.tasks.start_stream(instruction="x", timeout=60 * DEADLINE) as events:
            return [event async for event in events]

    server.script(script)
    seen = await asyncio.gather(*(follow() for _ in range(1000)))
    assert seen == [[1, 2]] * 1000
    assert (len(server.requests), now) == (1000, 1000)


async def test_more_streams_at_one_time_than_there_may_be(server: Server) -> None:
    """The error of those that get no connection says which setting it is."""
    server.script(HELD)
    async with AsyncLightcone(api_key="k", base_url=server.url, limits=Limits(max_connections=2), max_retries=0) as client:
        streams = [await client.agent.tasks.start_stream(instruction="x") for _ in range(2)]
        with pytest.raises(APITimeoutError, match="max_connections|connections"):
            await client.agent.tasks.start_stream(instruction="x", timeout=0.2)
        for each in streams:
            await each.close()


@posix
def test_uvloop(server: Server) -> None:
    """Answers, errors, streams, many at once, and a cancel, on another implementation of loops."""
    import uvloop

    client = AsyncLightcone(api_key="k", base_url=server.url, max_retries=0)

    async def work() -> None:
        assert type(asyncio.get_running_loop()).__module__.startswith("uvloop")
        server.script(stream(b"data: 1\n\ndata: 2\n\n"), answer())
        async with await client.agent.tasks.start_stream(instruction="x") as events:
            assert [event async for event in events] == [1, 2]
        answers = await asyncio.gather(*(client.agent.tasks.pause(f"t{n}") for n in range(100)))
        assert {each.status for each in answers} == {"running"}
        server.script(HELD)
        events = await client.agent.tasks.start_stream(instruction="x")
        assert await events.__anext__() == 1
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(events.__anext__(), 0.1)
        assert await asyncio.to_thread(server.exchanges[-1].gone.wait, DEADLINE)

    for _ in range(2):
        loop = uvloop.new_event_loop()
        try:
            loop.run_until_complete(work())
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()


def test_under_trio_the_error_says_what_to_do(server: Server) -> None:
    import trio

    client = AsyncLightcone(api_key="k", base_url=server.url)

    async def work() -> None:
        with pytest.raises(RuntimeError, match=r"asyncio.* trio\.to_thread\.run_sync"):
            await client.agent.tasks.pause("t1")
        with pytest.raises(RuntimeError, match="asyncio"):
            await client.agent.tasks.start_stream(instruction="x")

    trio.run(work)
    assert server.requests == []


def test_under_trio_the_other_client_works_in_a_thread(server: Server) -> None:
    """As that error says."""
    import trio

    client = Lightcone(api_key="k", base_url=server.url)

    async def work() -> Any:
        return await trio.to_thread.run_sync(client.agent.tasks.pause, "t1")

    assert trio.run(work).status == "running"
