"""What is logged, where it goes, and what is never in it."""

from __future__ import annotations

import asyncio
import logging
import textwrap
import threading
import time
from typing import Callable

import pytest
from programs import posix, python
from server import DEADLINE, Exchange, Server, answer, stream

from tzafon import AsyncLightcone, Lightcone

SOON = ("retry-after-ms", "1")
DONE = b'id: 3\ndata: {"type":"completed","result":""}\n\n'


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_nothing_is_logged_unless_logging_asks_for_it(server: Server, client: Lightcone, caplog: pytest.LogCaptureFixture) -> None:
    server.script(answer(status=503, headers=[SOON]), answer())
    client.agent.tasks.start(instruction="x")
    assert caplog.records == []


def test_a_call_logs_its_waits_and_its_outcome(server: Server, client: Lightcone, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tzafon")
    server.script(answer(status=503, headers=[SOON]), answer(headers=[("x-request-id", "r2")]))
    before = time.time()
    client.agent.tasks.start(instruction="x")
    waited, answered = caplog.records
    assert (waited.name, waited.levelname) == (answered.name, answered.levelname) == ("tzafon.request", "INFO")
    assert waited.getMessage().startswith(f'POST {server.url}/agent/tasks: sent again after a wait why="status 503"')
    assert "answered status=200 request_id=r2 retries=1" in answered.getMessage()
    assert before - 1 < waited.created <= answered.created < time.time() + 1
    fields = vars(answered)["fields"]
    assert (fields["operation"], fields["status"], fields["request_id"], fields["retries"]) == ("start", 200, "r2", 1)


def test_debug_has_headers_and_no_secret(server: Server, client: Lightcone, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "tzafon")
    server.script(answer(headers=[("set-cookie", "sid=cookie-secret")]))
    client.agent.tasks.start(instruction="my password is hunter2", extra_query={"token": "query-secret"}, extra_headers={"X-A": "b"})
    assert [record.levelname for record in caplog.records] == ["DEBUG", "DEBUG", "INFO"]
    assert '"x-a": "b"' in caplog.text and '"authorization": "[redacted]"' in caplog.text
    for secret in ("sk_secret", "cookie-secret", "query-secret", "hunter2"):
        assert secret not in caplog.text + str([vars(record) for record in caplog.records])


def test_the_level_is_asked_at_each_call(server: Server, client: Lightcone, caplog: pytest.LogCaptureFixture) -> None:
    for level, count in ((logging.WARNING, 0), (logging.INFO, 1), (logging.DEBUG, 3), (logging.WARNING, 0)):
        caplog.clear()
        caplog.set_level(level, "tzafon")
        client.agent.tasks.pause("t1")
        assert len(caplog.records) == count
    caplog.set_level(logging.DEBUG, "tzafon")
    caplog.set_level(logging.WARNING, "tzafon.request")
    client.agent.tasks.pause("t1")
    assert caplog.records == []


async def test_asyncio_logs_the_same(server: Server, async_client: AsyncLightcone, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tzafon")
    server.script(answer(status=503, headers=[SOON]), answer(), stream(DONE))
    await async_client.agent.tasks.start(instruction="x")
    assert len(caplog.records) == 2
    async with await async_client.agent.tasks.start_stream(instruction="x") as events:
        assert [event["type"] async for event in events] == ["completed"]
    assert [record.name for record in caplog.records] == ["tzafon.request"] * 3 + ["tzafon.stream"]
    assert "ended events=1 " in caplog.records[3].getMessage()


def test_a_stream_logs_its_end_or_that_it_was_closed(server: Server, client: Lightcone, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tzafon.stream")
    server.script(stream(DONE), stream(b"data: 1\n\n", hold=True))
    list(client.agent.tasks.start_stream(instruction="x"))
    with client.agent.tasks.start_stream(instruction="x") as events:
        next(events)
    ended, closed = [record for record in caplog.records if record.name == "tzafon.stream"]
    assert "ended events=1 " in ended.getMessage() and "task_ended=true last_event_id=3" in ended.getMessage()
    assert "closed by the caller events=1 " in closed.getMessage()


@pytest.mark.parametrize("kind", [Lightcone, AsyncLightcone])
def test_what_happens_during_a_wait_is_logged_during_it(server: Server, kind: type, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tzafon")
    go_on = threading.Event()

    def wait(exchange: Exchange) -> None:
        go_on.wait(DEADLINE)
        answer()(exchange)

    server.script(answer(status=503, headers=[SOON]), wait)

    def call() -> None:
        client = kind(api_key="sk_secret", base_url=server.url)
        made = client.agent.tasks.pause("t1")
        if kind is AsyncLightcone:

            async def awaited() -> None:
                await made

            asyncio.run(awaited())

    caller = threading.Thread(target=call)
    caller.start()
    server.wait_for(2)
    until(lambda: "sent again after a wait" in caplog.text)
    assert "answered" not in caplog.text
    go_on.set()
    caller.join(DEADLINE)
    assert "answered" in caplog.text


async def test_what_finds_no_room_is_counted(server: Server, async_client: AsyncLightcone, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "tzafon")
    attempts = 400
    server.script(*[answer(status=503, headers=[SOON])] * attempts, answer())
    client = async_client.with_options(max_retries=attempts)
    call = asyncio.ensure_future(client.agent.tasks.pause("t1"))
    await asyncio.sleep(0)
    # The event loop takes nothing meanwhile, and the call is not held up by that.
    server.wait_for(attempts + 1)
    await call
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    dropped = sum(vars(record)["fields"]["dropped"] for record in warnings)
    # Three for each attempt, one of them for the wait after it or for the outcome.
    assert len(caplog.records) - len(warnings) + dropped == 3 * (attempts + 1)
    assert dropped > 0 and "log records were dropped" in warnings[0].getMessage()


def test_a_fault_in_a_filter_is_no_fault_of_the_call(
    server: Server, client: Lightcone, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "tzafon")
    told: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", lambda fault: told.append(fault.exc_value))

    def filter(record: logging.LogRecord) -> bool:
        raise RuntimeError("a fault")

    logger = logging.getLogger("tzafon.request")
    logger.addFilter(filter)
    try:
        assert client.agent.tasks.pause("t1").status == "running"
    finally:
        logger.removeFilter(filter)
    assert [str(error) for error in told] == ["a fault"]


PROGRAM = """
    import os, sys
    from tzafon import Lightcone
    client = Lightcone(base_url=sys.argv[1])
    client.agent.tasks.pause("t1")
    if len(sys.argv) > 2:
        child = os.fork()
        if child == 0:
            client.agent.tasks.resume("t1")
            sys.stderr.flush()
            os._exit(0)
        os.waitpid(child, 0)
    print("logging" in sys.modules)
"""


@pytest.mark.parametrize(
    ("level", "shown"),
    [("", 0), ("warn", 0), ("info", 1), ("INFO", 1), ("debug", 3), ("loud", 1)],
)
def test_the_environment_says_what_is_logged(server: Server, level: str, shown: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTCONE_LOG", level)
    with python("-c", textwrap.dedent(PROGRAM), server.url) as process:
        out, err = process.communicate(timeout=DEADLINE)
    lines = err.splitlines()
    # A program that never asked for logging does not pay for loading it.
    assert (process.returncode, len(lines), out.strip()) == (0, shown, str(shown > 0)), err
    if level == "loud":
        assert "LIGHTCONE_LOG is 'loud'" in err
    elif shown:
        assert " - tzafon.request - INFO] POST " in lines[-1]
    assert "sk_secret" not in err


@posix
def test_a_forked_child_logs_too(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTCONE_LOG", "info")
    with python("-c", textwrap.dedent(PROGRAM), server.url, "fork") as process:
        _, err = process.communicate(timeout=DEADLINE)
    lines = [line for line in err.splitlines() if "tzafon.request" in line]
    assert ["/pause" in line for line in lines] == [True, False] and "/resume" in lines[1], err
