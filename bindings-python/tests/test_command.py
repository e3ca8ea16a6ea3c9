"""What a process notices of the package: imports, threads, forks, signals, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import textwrap
import threading
import time
from typing import Any

import pytest
from programs import python, run
from server import DEADLINE, Server, answer, hang, stream

import tzafon
from tzafon import AsyncLightcone, Lightcone, LightconeError, NotFoundError

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def test_importing_loads_next_to_nothing() -> None:
    program = """
        import sys
        before = set(sys.modules)
        import tzafon
        print(*sorted(set(sys.modules) - before))
    """
    assert run(program).split() == ["tzafon"]


def test_a_client_loads_no_pydantic_and_starts_no_thread() -> None:
    program = """
        import sys, os
        from tzafon import Lightcone, AsyncLightcone
        Lightcone(), AsyncLightcone().agent.tasks
        loaded = [name for name in ("pydantic", "asyncio", "httpx", "tzafon._generated.models") if name in sys.modules]
        tasks = "/proc/self/task"
        print(loaded, len(os.listdir(tasks)) if os.path.exists(tasks) else 1)
    """
    assert run(program).split() == ["[]", "1"]


def test_a_program_ends_well_with_streams_open(server: Server) -> None:
    server.script(stream(b"data: 1\n\n", hold=True))
    program = """
        import asyncio, sys
        from tzafon import AsyncLightcone, Lightcone
        url = sys.argv[1]
        stream = Lightcone(base_url=url).agent.tasks.start_stream(instruction="x")
        print(next(stream))

        async def main():
            global events, waiting
            events = await AsyncLightcone(base_url=url).agent.tasks.start_stream(instruction="x")
            print(await events.__anext__())
            waiting = asyncio.ensure_future(events.__anext__())
            await asyncio.sleep(0)

        asyncio.run(main())
    """
    assert run(program, server.url).split() == ["1", "1"]
    assert all(exchange.gone.wait(DEADLINE) for exchange in server.exchanges)


def test_a_program_ends_well_while_answers_come(server: Server) -> None:
    """Answers that come while the interpreter is going down must not touch it."""
    server.script(answer())
    program = """
        import asyncio, sys, threading
        from tzafon import AsyncLightcone
        client = AsyncLightcone(base_url=sys.argv[1])

        async def forever():
            while True:
                await asyncio.gather(*(client.agent.tasks.pause("t1") for _ in range(10)))
                started.set()

        started = threading.Event()
        threading.Thread(target=lambda: asyncio.run(forever()), daemon=True).start()
        started.wait()
    """
    for _ in range(3):
        with python("-c", textwrap.dedent(program), server.url) as process:
            _, err = process.communicate(timeout=DEADLINE)
            assert process.returncode == 0, err
            assert "panic" not in err and "Fatal" not in err, err


def test_a_program_ends_well_while_threads_wait(server: Server) -> None:
    """Daemon threads in blocking calls, some of which are answered while the interpreter is going down."""

    def late(exchange: Any) -> None:
        time.sleep(0.002 * (len(server.exchanges) % 50))
        answer()(exchange)

    server.script(late)
    program = """
        import sys, threading, time
        from tzafon import Lightcone
        client = Lightcone(base_url=sys.argv[1])

        def forever():
            while True:
                client.agent.tasks.pause("t1")
                started.set()

        started = threading.Event()
        for _ in range(20):
            threading.Thread(target=forever, daemon=True).start()
        started.wait()
    """
    for _ in range(3):
        assert run(program, server.url) == ""


WAITING = """
import sys
from tzafon import Lightcone
client = Lightcone(base_url=sys.argv[1])
try:
    if sys.argv[2] == "unary":
        client.agent.tasks.pause("t1")
    for event in client.agent.tasks.start_stream(instruction="x"):
        print(event, flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.stdin.read()
"""


@posix
@pytest.mark.parametrize("call", ["unary", "open", "stream"])
def test_ctrl_c_ends_a_blocking_call(call: str, server: Server) -> None:
    server.script(stream(b"data: 1\n\n", hold=True) if call == "stream" else hang)
    with python("-c", WAITING, server.url, call, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        exchange = server.wait_for(1)
        if call == "stream":
            assert process.stdout.readline() == "1\n"
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        assert time.monotonic() - sent < 2
        # The program still runs, and its connection is closed already.
        assert exchange.gone.wait(DEADLINE)
        assert process.poll() is None
        _, err = process.communicate(timeout=DEADLINE)
        assert (process.returncode, err) == (0, "")


@posix
def test_ctrl_c_ends_asyncio_run(server: Server) -> None:
    server.script(hang)
    program = """
        import asyncio, sys
        from tzafon import AsyncLightcone
        try:
            asyncio.run(AsyncLightcone(base_url=sys.argv[1]).agent.tasks.pause("t1"))
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            sys.stdin.read()
    """
    with python("-c", textwrap.dedent(program), server.url, stdin=subprocess.PIPE) as process:
        exchange = server.wait_for(1)
        process.send_signal(signal.SIGINT)
        assert exchange.gone.wait(DEADLINE)
        out, err = process.communicate(timeout=DEADLINE)
        assert (out, err, process.returncode) == ("interrupted\n", "", 0)


@posix
def test_an_interrupted_wait_for_an_event_closes_the_stream(server: Server, client: Lightcone) -> None:
    server.script(stream(b"data: 1\n\n", hold=True))
    events = client.agent.tasks.start_stream(instruction="x")
    assert next(events) == 1
    interrupted = threading.Event()

    def handler(number: int, frame: Any) -> None:
        if frame.f_code.co_name == "__next__":
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
            next(events)
    finally:
        interrupted.set()
        thread.join(DEADLINE)
        signal.signal(signal.SIGUSR1, before)
    assert server.exchanges[0].gone.wait(DEADLINE)
    with pytest.raises(LightconeError, match="closed"):
        next(events)


@posix
def test_a_signal_handler_that_returns_does_not_disturb(server: Server, client: Lightcone) -> None:
    released = threading.Event()

    def late(exchange: Any) -> None:
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


def test_other_threads_run_while_one_waits(server: Server, client: Lightcone) -> None:
    released = threading.Event()

    def late(exchange: Any) -> None:
        assert released.wait(DEADLINE)
        answer()(exchange)

    server.script(late)
    waiting = threading.Thread(target=client.agent.tasks.pause, args=("t1",))
    waiting.start()
    server.wait_for(1)
    assert sum(range(100_000)) == 4999950000
    released.set()
    waiting.join(DEADLINE)
    assert not waiting.is_alive()


@posix
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_its_own_connections(server: Server, client: Lightcone) -> None:
    server.script(stream(b"data: 1\n\n", hold=True), answer())
    events = client.agent.tasks.start_stream(instruction="x")
    assert next(events) == 1
    client.agent.tasks.pause("t1")
    connections = server.connections
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        report = b"nothing"
        try:
            status = client.agent.tasks.retrieve_status("t1").status
            try:
                next(events)
            except LightconeError as error:
                report = f"{status}; {error}".encode()
            events.close()
        finally:
            os.write(writer, report)
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        report = pipe.read().decode()
    os.waitpid(child, 0)
    assert report.startswith("running; This stream was opened before the process forked")
    # The parent's connections are as they were: the idle one is used again, the stream is still open.
    assert server.connections == connections + 1
    assert client.agent.tasks.pause("t1").status == "running"
    assert server.connections == connections + 1
    assert not server.exchanges[0].gone.is_set()
    events.close()
    assert server.exchanges[0].gone.wait(DEADLINE)


@posix
def test_a_child_of_multiprocessing_ends_well(server: Server) -> None:
    server.script(answer())
    program = """
        import multiprocessing, sys, warnings
        from tzafon import Lightcone
        warnings.simplefilter("ignore")
        client = Lightcone(base_url=sys.argv[1])

        def work(n):
            return client.agent.tasks.retrieve_status(f"t{n}").status

        print(work(0))
        with multiprocessing.get_context("fork").Pool(2) as pool:
            print(pool.map(work, range(10)))
    """
    assert run(program, server.url) == f"running\n{['running'] * 10}\n"


def test_the_command_says_its_exit_code(capfd: pytest.CaptureFixture[str]) -> None:
    from tzafon._native import run_cli

    assert run_cli(["--version"]) == 0
    assert tzafon.__version__ in capfd.readouterr().out
    assert run_cli(["--no-such-option"]) == 2
    assert "--no-such-option" in capfd.readouterr().err


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server(number: signal.Signals) -> None:
    with python("-m", "tzafon", "serve", "--port", "0", "--data", ":memory:") as process:
        assert process.stdout is not None
        said = next(line for line in process.stdout if "http://" in line)
        with pytest.raises(NotFoundError):
            Lightcone(api_key="sk_secret", base_url=said[said.index("http://") :].split()[0]).agent.tasks.pause("t1")
        process.send_signal(number)
        assert process.wait(DEADLINE) == 0


async def test_the_two_clients_together(server: Server, client: Lightcone, async_client: AsyncLightcone) -> None:
    assert client.agent.tasks.pause("t1").status == (await async_client.agent.tasks.pause("t1")).status
