"""The end of the process: whatever is under way then, it ends at once and without a word."""

from __future__ import annotations

import signal
import textwrap
import time
from typing import Any

import pytest
from programs import SOAK, posix, python, run
from server import DEADLINE, SSE_HEAD, Exchange, Server, answer, hang, stream

RUNS = 20 * SOAK
"""Of all programs below together."""

STREAM = "held open"
EVENTS = "always more"
ANSWERS = "at once"
NEVER = "never"

HEADER = """
import asyncio, atexit, logging, io, os, sys, threading, time
from tzafon import AsyncLightcone, Lightcone
client = Lightcone(base_url=sys.argv[1])
async_client = AsyncLightcone(base_url=sys.argv[1])

def started(count=1):
    global ready
    ready = threading.Semaphore(0)
    return lambda: [ready.acquire() for _ in range(count)]

def repeat(call):
    ready.release()
    while True:
        call()

def daemons(count, call):
    wait = started(count)
    for _ in range(count):
        threading.Thread(target=repeat, args=(call,), daemon=True).start()
    wait()
"""

PROGRAMS = {
    "a stream of the module": (
        STREAM,
        """
        stream = client.agent.tasks.start_stream(instruction="x")
        next(stream)
        """,
    ),
    "a stream of the module, logged": (
        STREAM,
        """
        logging.basicConfig(level=logging.DEBUG, stream=io.StringIO())
        stream = client.agent.tasks.start_stream(instruction="x")
        next(stream)
        """,
    ),
    "an async stream whose loop is over": (
        STREAM,
        """
        async def main():
            global stream
            stream = await async_client.agent.tasks.start_stream(instruction="x")
            await stream.__anext__()
        asyncio.run(main())
        """,
    ),
    "an async stream that is waited for": (
        STREAM,
        """
        async def main():
            global stream, waiting
            stream = await async_client.agent.tasks.start_stream(instruction="x")
            await stream.__anext__()
            waiting = asyncio.ensure_future(stream.__anext__())
            await asyncio.sleep(0)
        asyncio.run(main())
        """,
    ),
    "sys.exit within the loop": (
        STREAM,
        """
        async def main():
            async with await async_client.agent.tasks.start_stream(instruction="x") as stream:
                async for event in stream:
                    sys.exit(0)
        asyncio.run(main())
        """,
    ),
    "os._exit in the middle": (
        STREAM,
        """
        stream = client.agent.tasks.start_stream(instruction="x")
        next(stream)
        os._exit(0)
        """,
    ),
    "daemon threads that read": (
        EVENTS,
        """
        def read():
            with client.agent.tasks.start_stream(instruction="x") as stream:
                for event in stream:
                    pass
        daemons(5, read)
        """,
    ),
    "daemon threads that call, logged": (
        ANSWERS,
        """
        logging.basicConfig(level=logging.DEBUG, stream=io.StringIO())
        daemons(5, lambda: client.agent.tasks.pause("t1"))
        """,
    ),
    "daemon threads that wait": (NEVER, 'daemons(50, lambda: client.agent.tasks.pause("t1"))'),
    "a daemon thread with a loop": (
        ANSWERS,
        """
        async def call():
            await asyncio.gather(*(async_client.agent.tasks.pause("t1") for _ in range(10)))
        daemons(1, lambda: asyncio.run(call()))
        """,
    ),
    "calls in functions of atexit": (
        ANSWERS,
        """
        stream = client.agent.tasks.start_stream
        atexit.register(lambda: asyncio.run(async_client.agent.tasks.pause("t1")))
        atexit.register(client.agent.tasks.pause, "t1")
        client.agent.tasks.pause("t1")
        """,
    ),
}


def always_more(exchange: Exchange) -> None:
    # Lone surrogates: what the fast parser refuses is read by Python code.
    exchange.send(SSE_HEAD)
    while True:
        exchange.send(b'data: {"text": "\\ud800"}\n\n' * 100)


SCRIPTS: dict[str, Any] = {STREAM: stream(b"data: 1\n\n", hold=True), EVENTS: always_more, ANSWERS: answer(), NEVER: hang}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_ends_well(name: str, server: Server) -> None:
    how, program = PROGRAMS[name]
    server.script(SCRIPTS[how])
    for _ in range(-(-RUNS // len(PROGRAMS))):
        assert run(HEADER + textwrap.dedent(program), server.url, warnings="ignore::ResourceWarning") == ""
    if how == STREAM:
        assert all(exchange.gone.wait(DEADLINE) for exchange in server.exchanges)


def test_a_stream_that_is_left_open_is_told_of_in_development_mode(server: Server) -> None:
    server.script(stream(b"data: 1\n\n", hold=True))
    program = """
stream = client.agent.tasks.start_stream(instruction="x")
next(stream)
"""
    with python("-X", "dev", "-c", HEADER + program, server.url) as process:
        out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, out) == (0, "")
    assert "ResourceWarning: Stream was dropped while it was open" in err
    assert "Traceback" not in err and "Exception ignored" not in err


def test_asyncio_at_the_very_end_is_refused(server: Server) -> None:
    """By then the runtime's threads cannot wake an event loop any more: an error, and no wait for ever."""
    program = """
        import atexit, asyncio, sys

        def last():
            try:
                asyncio.run(client.agent.tasks.pause("t1"))
            except Exception as error:
                print(error)

        atexit.register(last)
        from tzafon import AsyncLightcone
        client = AsyncLightcone(base_url=sys.argv[1])
        asyncio.run(client.agent.tasks.pause("t1"))
    """
    assert "The interpreter is exiting" in run(program, server.url)


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("name", ["a stream of the module", "daemon threads that read", "daemon threads that wait"])
def test_a_program_that_is_killed_leaves_nothing(name: str, number: signal.Signals, server: Server) -> None:
    how, program = PROGRAMS[name]
    server.script(SCRIPTS[how])
    for turn in range(-(-RUNS // 6)):
        before = server.connections
        with python("-c", HEADER + textwrap.dedent(program) + "\ntime.sleep(60)", server.url, warnings="ignore") as process:
            while server.connections == before:
                assert process.poll() is None
                time.sleep(0.01)
            time.sleep(0.003 * (turn % 10))
            process.send_signal(number)
            _, err = process.communicate(timeout=DEADLINE)
            assert (process.returncode, err) == (-number, "")
        for _ in range(server.connections - before):
            assert server.ended.acquire(timeout=DEADLINE)
