"""The async client and its event loop: cancelling, waiting together, loops that come and go."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from typing import Any, cast

import pytest
from programs import run
from server import DEADLINE, SSE_HEAD, Exchange, Server, answer, hang, stream
from turns import counted_turns

from tzafon import AsyncLightcone, AsyncStream, LightconeError, NotFoundError
from tzafon._bridge import settle_all


async def arrived(server: Server, count: int = 1) -> Exchange:
    return await asyncio.to_thread(server.wait_for, count)


async def gone(exchange: Exchange) -> bool:
    return await asyncio.to_thread(exchange.gone.wait, DEADLINE)


@pytest.mark.parametrize("operation", ["pause", "start_stream"])
async def test_a_cancelled_call_closes_its_connection(operation: str, server: Server, async_client: AsyncLightcone) -> None:
    server.script(hang)
    tasks = async_client.agent.tasks
    call: Any = tasks.pause("t1") if operation == "pause" else tasks.start_stream(instruction="x")
    waiting = asyncio.ensure_future(call)
    exchange = await arrived(server)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await gone(exchange)
    assert len(server.requests) == 1


async def test_a_stream_that_comes_at_the_moment_of_a_cancel_is_closed(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(b"data: 1\n\n", hold=True))
    waiting: Any = asyncio.ensure_future(async_client.agent.tasks.start_stream(instruction="x"))
    # Its future has the stream, and the task does not know yet.
    while waiting._fut_waiter is None or not waiting._fut_waiter.done():
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError) as kept:
        await waiting
    assert await gone(server.exchanges[0])
    assert kept.value.__traceback__ is not None


async def test_an_answer_that_comes_with_the_cancel_is_dropped_in_silence(server: Server, async_client: AsyncLightcone) -> None:
    released = threading.Event()

    def late(exchange: Exchange) -> None:
        assert released.wait(DEADLINE)
        answer()(exchange)

    server.script(late)
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    waiting = asyncio.ensure_future(async_client.agent.tasks.pause("t1"))
    await arrived(server)
    released.set()
    # Without a turn of the loop: what wakes it is there, and has not run.
    time.sleep(0.5)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0)
    assert complaints == []


async def test_cancelling_whoever_waits_for_an_event_closes_the_stream(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(b"data: 1\n\n", hold=True))
    events = await async_client.agent.tasks.start_stream(instruction="x")
    assert await events.__anext__() == 1
    waiting = asyncio.ensure_future(events.__anext__())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await gone(server.exchanges[0])
    with pytest.raises(LightconeError, match="closed"):
        await events.__anext__()


async def test_a_call_that_was_never_awaited_sends_nothing(server: Server, async_client: AsyncLightcone) -> None:
    call = async_client.agent.tasks.pause("t1")
    call.close()
    await async_client.agent.tasks.resume("t1")
    assert [request.target for request in server.requests] == ["/agent/tasks/t1/resume"]


async def test_a_later_loop_goes_on(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(b"data: 1\n\ndata: 2\n\ndata: 3\n\n"))
    events = await async_client.agent.tasks.start_stream(instruction="x")
    async for event in events:
        assert event == 1
        break
    assert await events.__anext__() == 2
    assert [event async for event in events] == [3]
    assert [event async for event in events] == []
    await events.close()
    assert [event async for event in events] == []


async def test_after_close(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(b"data: 1\n\ndata: 2\n\n", hold=True))
    async with await async_client.agent.tasks.start_stream(instruction="x") as events:
        assert await events.__anext__() == 1
    assert await gone(server.exchanges[0])
    with pytest.raises(LightconeError, match="closed"):
        await events.__anext__()


async def test_closing_ends_a_wait(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(b"data: 1\n\n", hold=True))
    events = await async_client.agent.tasks.start_stream(instruction="x")
    assert await events.__anext__() == 1
    waiting = asyncio.ensure_future(events.__anext__())
    await asyncio.sleep(0)
    await events.close()
    with pytest.raises(LightconeError, match="closed"):
        await waiting


async def test_many_waiters_share_a_stream(server: Server, async_client: AsyncLightcone) -> None:
    def script(exchange: Exchange) -> None:
        exchange.send(SSE_HEAD, *(b"data: %d\n\n" % n for n in range(1000)))
        exchange.end()

    server.script(script)
    events = await async_client.agent.tasks.start_stream(instruction="x")

    async def follow() -> list[Any]:
        return [event async for event in events]

    seen = await asyncio.gather(*(follow() for _ in range(5)))
    assert all(mine == sorted(mine) for mine in seen)
    assert sorted(event for mine in seen for event in mine) == list(range(1000))


async def test_many_calls_at_once(server: Server, async_client: AsyncLightcone) -> None:
    calls = (async_client.agent.tasks.retrieve_status(f"t{n}") for n in range(200))
    answers = await asyncio.gather(*calls)
    assert {each.task_id for each in answers} == {"t1"}
    assert sorted(request.target for request in server.requests) == sorted(f"/agent/tasks/t{n}" for n in range(200))


async def test_other_tasks_go_on_meanwhile(server: Server, async_client: AsyncLightcone) -> None:
    def slow(exchange: Exchange) -> None:
        assert released.wait(DEADLINE)
        answer()(exchange)

    released = threading.Event()
    server.script(slow)
    waiting = asyncio.ensure_future(async_client.agent.tasks.pause("t1"))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not waiting.done()
    released.set()
    assert (await waiting).status == "running"


async def test_ready_events_need_no_turn_of_the_loop(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(b"".join(b"data: %d\n\n" % n for n in range(100))))
    events = await async_client.agent.tasks.start_stream(instruction="x")
    async with counted_turns() as turns:
        await events.__anext__()
        await asyncio.sleep(0)
        before = turns()
        seen = [await events.__anext__() for _ in range(50)]
        after = turns()
    await events.close()
    assert seen == list(range(1, 51))
    assert after - before < 50


def test_each_loop_in_turn(server: Server) -> None:
    """One client outlives the loops that use it, as in a program that calls asyncio.run again and again."""
    client = AsyncLightcone(api_key="k", base_url=server.url)

    async def call() -> str:
        return (await client.agent.tasks.pause("t1")).status

    assert [asyncio.run(call()) for _ in range(3)] == ["running"] * 3


def test_a_loop_that_closes_while_work_is_under_way(server: Server) -> None:
    released = threading.Event()

    def late(exchange: Exchange) -> None:
        assert released.wait(DEADLINE)
        answer()(exchange)

    def release(exchange: Exchange) -> None:
        released.set()
        answer()(exchange)

    server.script(late, release)
    program = """
        import asyncio, gc, sys, weakref
        from tzafon import AsyncLightcone
        client = AsyncLightcone(base_url=sys.argv[1])
        loop = asyncio.new_event_loop()
        task = loop.create_task(client.agent.tasks.pause("t1"))
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        # The answer comes now, to a loop that is no more, while another one works.
        for _ in range(3):
            print(asyncio.run(client.agent.tasks.resume("t1")).status)
        task._log_destroy_pending = False
        kept = weakref.ref(task)
        del task
        gc.collect()
        print(kept())
    """
    assert run(program, server.url).split() == ["running"] * 3 + ["None"]


def test_a_loop_per_thread(server: Server) -> None:
    client = AsyncLightcone(api_key="k", base_url=server.url)
    seen: list[str] = []

    async def call() -> None:
        for _ in range(20):
            seen.append((await client.agent.tasks.pause("t1")).status)

    threads = [threading.Thread(target=lambda: asyncio.run(call())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert seen == ["running"] * 80


async def test_errors_are_raised_where_they_are_awaited(server: Server, async_client: AsyncLightcone) -> None:
    server.script(answer({}, status=404))
    outcomes = await asyncio.gather(*(async_client.agent.tasks.pause("t1") for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [NotFoundError] * 3


async def test_it_is_a_stream(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(b"id: 5\nevent: e\ndata: 1\n\n", headers=b"X-Task-ID: t7\r\n"))
    events = await async_client.agent.tasks.start_stream(instruction="x")
    assert isinstance(events, AsyncStream)
    assert await events.__anext__() == 1
    assert (events.last_event_id, events.event_name, events.response.headers["x-task-id"]) == ("5", "e", "t7")
    await events.close()


async def test_whoever_comes_after_an_interrupt_is_woken_all_the_same() -> None:
    class Done:
        def __init__(self) -> None:
            self.future: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def outcome(self) -> str:
            return "done"

    class Interrupted(Done):
        def outcome(self) -> str:
            raise KeyboardInterrupt

    after = Done()
    with pytest.raises(KeyboardInterrupt):
        settle_all(cast("Any", [Interrupted(), after]), asyncio.get_running_loop())
    assert not after.future.done()
    assert await asyncio.wait_for(after.future, DEADLINE) == "done"
