"""A client that was made, and used, before its process forked."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import os
import signal
from pathlib import Path
from typing import Callable

import pytest
from programs import SOAK, posix, python, run
from server import DEADLINE, Server, answer, stream

from tzafon import AsyncLightcone, Lightcone, LightconeError

pytestmark = [posix, pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")]

OF_THE_PARENT = "This stream was opened before the process forked"


def in_child(work: Callable[[], object], fork: Callable[[], int] = os.fork) -> str:
    """What it gives in a forked child, or the text of its error."""
    reader, writer = os.pipe()
    child = fork()
    if child == 0:
        # Ends it where it hangs.
        signal.alarm(int(DEADLINE))
        report = "nothing"
        try:
            report = str(work())
        except BaseException as error:
            report = f"{type(error).__name__}: {error}"
        finally:
            os.write(writer, report.encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        report = pipe.read().decode()
    assert os.waitpid(child, 0)[1] == 0
    return report


def test_parent_and_child_have_connections_of_their_own(server: Server, client: Lightcone) -> None:
    client.agent.tasks.pause("t1")
    connections = server.connections
    assert in_child(lambda: client.agent.tasks.retrieve_status("t1").status) == "running"
    assert server.connections == connections + 1
    # The parent's is as it was, and is used again.
    assert client.agent.tasks.pause("t1").status == "running"
    assert server.connections == connections + 1


def test_a_client_not_used_yet_works_in_both(server: Server, client: Lightcone) -> None:
    assert in_child(lambda: client.agent.tasks.pause("t1").status) == "running"
    assert client.agent.tasks.pause("t1").status == "running"


def test_a_grandchild_has_connections_of_its_own(server: Server, client: Lightcone) -> None:
    client.agent.tasks.pause("t1")

    def child() -> str:
        mine = client.agent.tasks.pause("t1").status
        return f"{mine}, {in_child(lambda: client.agent.tasks.pause('t1').status)}"

    assert in_child(child) == "running, running"
    assert server.connections == 3


def test_a_stream_belongs_to_the_parent(server: Server, client: Lightcone) -> None:
    server.script(stream(b"data: 1\n\ndata: 2\n\n", hold=True))
    events = client.agent.tasks.start_stream(instruction="x")
    assert next(events) == 1
    assert in_child(lambda: next(events)).startswith(f"LightconeError: {OF_THE_PARENT}")
    assert in_child(lambda: events.result()).startswith(f"LightconeError: {OF_THE_PARENT}")
    # Neither closing nor dropping it there ends it here.
    assert in_child(events.close) == "None"
    assert next(events) == 2
    assert not server.exchanges[0].gone.is_set()
    events.close()
    assert server.exchanges[0].gone.wait(DEADLINE)


def test_an_answer_to_be_read_belongs_to_the_parent(server: Server, client: Lightcone) -> None:
    with client.agent.tasks.with_streaming_response.retrieve_status("t1") as response:
        assert in_child(response.read).startswith(f"LightconeError: {OF_THE_PARENT}")
        assert response.json()["status"] == "running"


def test_nobody_can_hold_the_lock_of_a_part_of_the_client(client: Lightcone) -> None:
    """Up to Python 3.11 functools.cached_property has a lock for each attribute of a class, held while the first use imports modules."""
    kinds = {type(attribute) for owner in (type(client), type(client.agent), type(client.agent.tasks)) for attribute in vars(owner).values()}
    assert functools.cached_property not in kinds


def test_closing_the_client_in_the_child_leaves_the_parents_open(server: Server, client: Lightcone) -> None:
    server.script(stream(b"data: 1\n\n", hold=True), answer())
    events = client.agent.tasks.start_stream(instruction="x")
    assert in_child(client.close) == "None"
    assert next(events) == 1
    assert client.agent.tasks.pause("t1").status == "running"
    assert not server.exchanges[0].gone.is_set()
    events.close()


def test_forks_while_other_threads_call(server: Server) -> None:
    """Whatever lock another thread holds at that moment, the child does without. (But Python's own, of a module that is just being
    imported: so there is a call before, which brings the last modules.)"""
    program = """
        import logging, io, os, sys, threading
        logging.basicConfig(level=logging.DEBUG, stream=io.StringIO())
        from tzafon import Lightcone
        client, stopped = Lightcone(base_url=sys.argv[1]), threading.Event()
        client.agent.tasks.pause("t1")

        def call():
            while not stopped.is_set():
                client.agent.tasks.pause("t1")

        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        codes = []
        for _ in range(int(sys.argv[2])):
            child = os.fork()
            if child == 0:
                client.agent.tasks.retrieve_status("t1")
                os._exit(7)
            codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        stopped.set()
        for thread in threads:
            thread.join()
        print(set(codes))
    """
    assert run(program, server.url, str(20 * SOAK), warnings="ignore", deadline=DEADLINE * SOAK) == "{7}\n"


POOL = """
import multiprocessing, sys
from tzafon import Lightcone
client = Lightcone(base_url=sys.argv[1])

def work(number):
    return client.agent.tasks.retrieve_status(f"t{number}").status

if __name__ == "__main__":
    print(work(0))
    with multiprocessing.get_context(sys.argv[2]).Pool(2) as pool:
        print(*pool.map(work, range(10)))
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_have_the_modules_client(method: str, server: Server, tmp_path: Path) -> None:
    """Forked it is the parent's client; spawned, the module is run anew in each."""
    program = tmp_path / "pool.py"
    program.write_text(POOL)
    with python(str(program), server.url, method, warnings="ignore") as process:
        out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, err, out.split()) == (0, "", ["running"] * 11)


def test_a_client_is_not_handed_to_a_spawned_worker(server: Server) -> None:
    program = """
        import multiprocessing, sys
        from tzafon import Lightcone
        client = Lightcone(base_url=sys.argv[1])
        try:
            multiprocessing.get_context("spawn").Process(target=print, args=(client,)).start()
        except TypeError as error:
            print(error)
    """
    assert "Make a client in each process" in run(program, server.url)


def test_a_fork_that_python_does_not_know_of(server: Server, client: Lightcone) -> None:
    """As of a host in C that Python runs in."""
    server.script(stream(b"data: 1\n\ndata: 2\n\n", hold=True))
    with client.agent.tasks.start_stream(instruction="x") as events:
        assert next(events) == 1
        assert OF_THE_PARENT in in_child(lambda: next(events), ctypes.PyDLL(None).fork)
        assert next(events) == 2


async def test_an_async_stream_belongs_to_the_parent(server: Server) -> None:
    server.script(stream(b"data: 1\n\n", hold=True), answer())
    client = AsyncLightcone(api_key="k", base_url=server.url)
    events = await client.agent.tasks.start_stream(instruction="x")
    assert await events.__anext__() == 1

    def child() -> str:
        # A fork takes the mark of the running loop along.
        asyncio._set_running_loop(None)
        try:
            asyncio.run(events.__anext__())  # type: ignore[arg-type]
        except LightconeError as error:
            return f"{error}; {asyncio.run(client.agent.tasks.pause('t1')).status}"
        return "an event"

    report = in_child(child)
    assert report.startswith(OF_THE_PARENT) and report.endswith("; running")
    await events.close()
