"""Cancelling an asyncio task wherever it waits: the server sees its connection close, and what was cancelled ends."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Awaitable, Callable

import pytest
from server import DEADLINE, Exchange, Server, answer, hang, stream

from tzafon import AsyncLightcone, LightconeError
from tzafon.local import LocalServer

Wait = Callable[[AsyncLightcone], Awaitable[Any]]

HELD = stream(b"data: 1\n\n", hold=True)
RUNNING = stream(b'data: {"type":"started","task_id":"t1"}\n\n', hold=True)
needs_3_11 = pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio has it from Python 3.11 on")


def part(exchange: Exchange) -> None:
    """An answer that stops in the middle."""
    exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nx")
    exchange.wait_until_gone()


async def read(client: AsyncLightcone) -> None:
    async with await client.agent.tasks.start_stream(instruction="x") as events:
        async for _ in events:
            pass


async def result(client: AsyncLightcone) -> None:
    async with await client.agent.tasks.start_stream(instruction="x") as events:
        await events.result()


async def read_bytes(client: AsyncLightcone) -> None:
    async with client.agent.tasks.with_streaming_response.retrieve_status("t1") as response:
        async for _ in response.iter_bytes():
            pass


async def enter(client: AsyncLightcone) -> None:
    async with client.agent.tasks.with_streaming_response.retrieve_status("t1"):
        pass


async def parse(client: AsyncLightcone) -> None:
    async with client.agent.tasks.with_streaming_response.retrieve_status("t1") as response:
        await response.parse()


async def busy(client: AsyncLightcone) -> None:
    """Cancelled within the block, at an await of something else."""
    async with await client.agent.tasks.start_stream(instruction="x"):
        await asyncio.sleep(3600)


async def run(client: AsyncLightcone) -> None:
    async def on_event(event: object) -> None:
        await asyncio.sleep(3600)

    await client.agent.tasks.run(instruction="x", on_event=on_event)


WAITS: dict[str, tuple[Any, Wait]] = {
    "an answer": (hang, lambda client: client.agent.tasks.pause("t1")),
    "an answer's body": (part, lambda client: client.agent.tasks.pause("t1")),
    "a list": (hang, lambda client: client.agent.tasks.list()),
    "a request of one's own": (hang, lambda client: client.get("/x", cast_to=object)),
    "an answer as it came": (hang, lambda client: client.agent.tasks.with_raw_response.pause("t1")),
    "a stream's head": (hang, lambda client: client.agent.tasks.start_stream(instruction="x")),
    "an event": (HELD, read),
    "a stream's result": (HELD, result),
    "a whole task": (RUNNING, lambda client: client.agent.tasks.run(instruction="x")),
    "what a whole task calls": (RUNNING, run),
    "the end of a task": (hang, lambda client: client.agent.tasks.wait("t1")),
    "the head of an answer to be read": (hang, enter),
    "the bytes of an answer to be read": (part, read_bytes),
    "the content of an answer to be read": (part, parse),
    "something else in a stream's block": (HELD, busy),
}
ways = pytest.mark.parametrize("name", WAITS)


async def waiting(name: str, server: Server, client: AsyncLightcone) -> tuple[asyncio.Task[Any], Exchange]:
    """A task that waits for it."""
    how, wait = WAITS[name]
    server.script(how)
    task: asyncio.Task[Any] = asyncio.ensure_future(wait(client))  # type: ignore[assignment]
    exchange = await asyncio.to_thread(server.wait_for, 1)
    # A few turns of the loop, so that it waits for more than the head, where there is more.
    await asyncio.sleep(0.05)
    assert not task.done()
    return task, exchange


async def ended(task: asyncio.Task[Any], server: Server, exchange: Exchange) -> None:
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, DEADLINE)
    assert await asyncio.to_thread(exchange.gone.wait, DEADLINE)
    assert len(server.requests) == 1


@ways
async def test_a_cancelled_wait_closes_its_connection(name: str, server: Server, async_client: AsyncLightcone) -> None:
    task, exchange = await waiting(name, server, async_client)
    task.cancel()
    await ended(task, server, exchange)


@ways
async def test_wait_for_closes_the_connection(name: str, server: Server, async_client: AsyncLightcone) -> None:
    how, wait = WAITS[name]
    server.script(how)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(wait(async_client), 0.3)
    for exchange in server.exchanges:
        assert await asyncio.to_thread(exchange.gone.wait, DEADLINE)


@needs_3_11
@ways
async def test_a_timeout_of_asyncio_closes_the_connection(name: str, server: Server, async_client: AsyncLightcone) -> None:
    how, wait = WAITS[name]
    server.script(how)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await wait(async_client)
    for exchange in server.exchanges:
        assert await asyncio.to_thread(exchange.gone.wait, DEADLINE)


@needs_3_11
async def test_a_task_group_that_fails_closes_its_connections(server: Server, async_client: AsyncLightcone) -> None:
    server.script(hang, HELD, hang)

    async def fail() -> None:
        await asyncio.to_thread(server.wait_for, 3)
        raise InterruptedError

    with pytest.raises(BaseException) as caught:
        async with asyncio.TaskGroup() as group:
            group.create_task(async_client.agent.tasks.pause("t1"))
            group.create_task(read(async_client))
            group.create_task(async_client.agent.tasks.wait("t1"))
            group.create_task(fail())
    assert [type(error) for error in caught.value.exceptions] == [InterruptedError]  # type: ignore[attr-defined]
    for exchange in server.exchanges:
        assert await asyncio.to_thread(exchange.gone.wait, DEADLINE)


@needs_3_11
async def test_a_task_group_gathers_calls(server: Server, async_client: AsyncLightcone) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(async_client.agent.tasks.pause(f"t{n}")) for n in range(50)]
    assert [task.result().status for task in tasks] == ["running"] * 50


async def test_closing_does_not_wait_and_so_cannot_be_cancelled(server: Server, async_client: AsyncLightcone) -> None:
    """Whoever is cancelled before or in `close()` or the end of an `async with` block has closed the stream all the same."""
    server.script(HELD)

    async def close(events: Any) -> None:
        await events.close()
        done.append("closed")
        await asyncio.sleep(0)

    async def leave(events: Any) -> None:
        async with events:
            pass
        done.append("left")
        await asyncio.sleep(0)

    done: list[str] = []
    for end in (close, leave):
        events = await async_client.agent.tasks.start_stream(instruction="x")
        task = asyncio.ensure_future(end(events))
        # Begun, then cancelled at its first await that waits.
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.exchanges[-1].gone.wait, DEADLINE)
    assert done == ["closed", "left"]


async def test_a_second_cancel_while_leaving_changes_nothing(server: Server, async_client: AsyncLightcone) -> None:
    task, exchange = await waiting("an event", server, async_client)
    task.cancel()
    task.cancel()
    await ended(task, server, exchange)


async def test_a_cancelled_wait_leaves_others_waiting(server: Server, async_client: AsyncLightcone) -> None:
    released = asyncio.Event()
    loop = asyncio.get_running_loop()

    def late(exchange: Exchange) -> None:
        asyncio.run_coroutine_threadsafe(released.wait(), loop).result(DEADLINE)
        answer()(exchange)

    server.script(hang, late)
    first = asyncio.ensure_future(async_client.agent.tasks.pause("t1"))
    await asyncio.to_thread(server.wait_for, 1)
    second = asyncio.ensure_future(async_client.agent.tasks.pause("t2"))
    await asyncio.to_thread(server.wait_for, 2)
    first.cancel()
    assert await asyncio.to_thread(server.exchanges[0].gone.wait, DEADLINE)
    released.set()
    assert (await second).status == "running"


async def test_closing_the_client_ends_whatever_waits(server: Server) -> None:
    client = AsyncLightcone(api_key="k", base_url=server.url)
    server.script(hang)
    call = asyncio.ensure_future(client.agent.tasks.pause("t1"))
    await asyncio.to_thread(server.wait_for, 1)
    await client.close()
    with pytest.raises(LightconeError, match="client was closed"):
        await call
    assert await asyncio.to_thread(server.exchanges[0].gone.wait, DEADLINE)


async def test_a_local_server_whose_end_is_cancelled_ends() -> None:
    server = LocalServer()
    task = asyncio.ensure_future(server.aclose())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    server.close()
