"""Ctrl-C, and signals whose handlers do something else."""

from __future__ import annotations

import os
import signal
import subprocess
import textwrap
import threading
import time
from typing import Any

import pytest
from programs import posix, python
from server import DEADLINE, Exchange, Server, answer, hang, stream

from tzafon import Lightcone, LightconeError

pytestmark = posix

SOON = 5.0
"""Seconds; it takes 0.1 s at most on a machine that is not busy. Nothing else ends these waits for a minute."""

# Who starts the tests may have SIGINT ignored, as a shell has for what it runs in the background.
HEARS = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
"""

PROGRAM = """
import asyncio, sys, time
from tzafon import AsyncLightcone, Lightcone
client = Lightcone(base_url=sys.argv[1])
tasks = client.agent.tasks

def read():
    with tasks.start_stream(instruction="x") as stream:
        for event in stream:
            print(event, flush=True)

def read_bytes():
    with tasks.with_streaming_response.start_stream(instruction="x") as response:
        for piece in response.iter_bytes():
            print("1", flush=True)

async def run_async(call):
    await call(AsyncLightcone(base_url=sys.argv[1]).agent.tasks)

async def read_async(tasks):
    async with await tasks.start_stream(instruction="x") as stream:
        async for event in stream:
            print(event, flush=True)

calls = {
    "call": lambda: tasks.pause("t1"),
    "open": lambda: tasks.start_stream(instruction="x"),
    "stream": read,
    "bytes": read_bytes,
    "result": lambda: tasks.start_stream(instruction="x").result(),
    "run": lambda: tasks.run(instruction="x"),
    "retry": lambda: tasks.pause("t1"),
    "wait": lambda: tasks.wait("t1", poll_interval=60),
    "asyncio call": lambda: asyncio.run(run_async(lambda tasks: tasks.pause("t1"))),
    "asyncio stream": lambda: asyncio.run(run_async(read_async)),
    "asyncio wait": lambda: asyncio.run(run_async(lambda tasks: tasks.wait("t1"))),
}
try:
    calls[sys.argv[2]]()
except KeyboardInterrupt:
    print("interrupted", time.monotonic(), flush=True)
    sys.stdin.read()
"""


def refuse(exchange: Exchange) -> None:
    """For a while."""
    answer({}, status=503, headers=[("retry-after", "59")])(exchange)
    exchange.wait_until_gone()


SCRIPTS = {
    "stream": stream(b"data: 1\n\n", hold=True),
    "bytes": stream(b"data: 1\n\n", hold=True),
    "result": stream(b"data: 1\n\n", hold=True),
    "run": stream(b'data: {"type":"started","task_id":"t1"}\n\n', hold=True),
    "asyncio stream": stream(b"data: 1\n\n", hold=True),
    "retry": refuse,
}
READING = ("stream", "bytes", "asyncio stream")


@pytest.mark.parametrize(
    "call", ["call", "open", "stream", "bytes", "result", "run", "retry", "wait", "asyncio call", "asyncio stream", "asyncio wait"]
)
def test_ctrl_c_ends_any_wait(call: str, server: Server) -> None:
    server.script(SCRIPTS.get(call, hang))
    with python("-c", HEARS + PROGRAM, server.url, call, stdin=subprocess.PIPE, warnings="ignore") as process:
        assert process.stdout is not None
        exchange = server.wait_for(1)
        if call in READING:
            assert process.stdout.readline() == "1\n"
        # Until it waits.
        time.sleep(0.05)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        said, when = process.stdout.readline().split()
        assert said == "interrupted"
        assert float(when) - sent < SOON
        # The program still runs, and its connection is closed already.
        assert call == "retry" or exchange.gone.wait(DEADLINE)
        assert process.poll() is None
        _, err = process.communicate(timeout=DEADLINE)
        assert (process.returncode, err) == (0, "")


def test_an_interrupted_wait_for_an_event_closes_the_stream(server: Server, client: Lightcone) -> None:
    server.script(stream(b"data: 1\n\n", hold=True))
    events = client.agent.tasks.start_stream(instruction="x")
    assert next(events) == 1
    interrupted = threading.Event()

    def wait() -> None:
        next(events)

    def handler(number: int, frame: Any) -> None:
        if frame.f_code is wait.__code__:
            interrupted.set()
            raise InterruptedError

    def interrupt() -> None:
        while not interrupted.wait(0.05):
            os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, handler)
    thread = threading.Thread(target=interrupt)
    try:
        thread.start()
        with pytest.raises(InterruptedError):
            wait()
    finally:
        interrupted.set()
        thread.join(DEADLINE)
        signal.signal(signal.SIGUSR1, before)
    assert server.exchanges[0].gone.wait(DEADLINE)
    with pytest.raises(LightconeError, match="closed"):
        next(events)


def test_a_signal_handler_that_returns_does_not_disturb(server: Server, client: Lightcone) -> None:
    released = threading.Event()

    def late(exchange: Exchange) -> None:
        assert released.wait(DEADLINE)
        answer()(exchange)

    server.script(late)
    handled: list[int] = []

    def handler(number: int, frame: object) -> None:
        handled.append(number)
        released.set()

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        threading.Thread(target=lambda: (server.wait_for(1), os.kill(os.getpid(), signal.SIGUSR1))).start()
        assert client.agent.tasks.pause("t1").status == "running"
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert handled == [signal.SIGUSR1]


def test_ctrl_c_ends_a_call_that_is_made_at_the_exit(server: Server) -> None:
    """In a function registered with atexit, before the package was loaded or after."""
    server.script(hang)
    program = """
        import atexit, sys

        def last():
            try:
                client.agent.tasks.pause("t1")
            except KeyboardInterrupt:
                print("interrupted", flush=True)

        atexit.register(last)
        from tzafon import Lightcone
        client = Lightcone(base_url=sys.argv[1])
        atexit.register(last)
    """
    with python("-c", HEARS + textwrap.dedent(program), server.url) as process:
        assert process.stdout is not None
        for count in (1, 2):
            exchange = server.wait_for(count)
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == "interrupted\n"
            assert exchange.gone.wait(DEADLINE)
        _, err = process.communicate(timeout=DEADLINE)
        assert (process.returncode, err) == (0, "")
