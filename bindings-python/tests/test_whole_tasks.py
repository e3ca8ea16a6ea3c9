"""Waiting for a task, running a whole one, and what a stream tells of its task."""

from __future__ import annotations

import asyncio
import pickle
import time
from typing import Any, Awaitable, Callable, Optional

import pytest
from server import SSE_HEAD, Exchange, Server, answer, hang, stream

import tzafon
from tzafon import APITimeoutError, AsyncLightcone, Lightcone, StreamInterruptedError, TaskFailedError, TaskResult
from tzafon.local import LocalServer

Call = Callable[..., Awaitable[Any]]

STARTED = b'id: 0\ndata: {"type":"started","task_id":"t1","computer_id":"c1","model":"m"}\n\n'
COMPLETED = b'id: 1\ndata: {"type":"completed","result":"done","step":3}\n\n'
FAILED = b'id: 1\ndata: {"type":"failed","result":"no such page","step":3}\n\n'
ENDED = {"status": "completed", "exit_code": 0, "result": "from the status", "steps": 4, "model": "rules"}
CUT = b"content-length: 100000\r\nx-task-id: t1\r\n"


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, client: Lightcone, async_client: AsyncLightcone) -> Call:
    """Calls the named method of either client."""

    async def call(name: str, *args: Any, **kwargs: Any) -> Any:
        if request.param == "sync":
            return getattr(client.agent.tasks, name)(*args, **kwargs)
        return await getattr(async_client.agent.tasks, name)(*args, **kwargs)

    return call


async def done(value: Any) -> Any:
    """What either client gives."""
    return await value if asyncio.iscoroutine(value) else value


async def next_of(events: Any) -> Any:
    return next(events) if hasattr(events, "__next__") else await events.__anext__()


async def test_wait_asks_until_the_task_has_ended(server: Server, call: Call) -> None:
    server.script(answer({"status": "queued"}), answer({"status": "running"}), answer(ENDED))
    result = await call("wait", "t1", poll_interval=0.001, timeout=20, extra_headers={"x-a": "1"})
    assert isinstance(result, TaskResult)
    assert result.to_dict() == {**ENDED, "task_id": "t1"}
    assert repr(result) == (
        "TaskResult(status='completed', exit_code=0, result='from the status', task_id='t1', steps=4, model='rules')"
    )
    assert [(request.method, request.target, request.header("x-a")) for request in server.requests] == [("GET", "/agent/tasks/t1", "1")] * 3


async def test_wait_is_over_by_its_time(server: Server, call: Call) -> None:
    for script in [answer({"status": "running"}), hang]:
        server.script(script)
        began = time.monotonic()
        with pytest.raises(APITimeoutError, match="Task t1 had not ended after 0.2 s") as caught:
            await call("wait", "t1", timeout=0.2)
        assert time.monotonic() - began < 10
        assert caught.value.task_id == "t1"


@pytest.mark.parametrize("options", [{"timeout": -1}, {"poll_interval": 0}, {"poll_interval": -1}, {"timeout": float("nan")}])
async def test_times_that_cannot_be_are_refused(server: Server, call: Call, options: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        await call("wait", "t1", **options)
    assert server.requests == []


async def test_a_run_gives_its_result_and_its_events(server: Server, call: Call) -> None:
    for on_event in [True, False]:
        server.script(stream(STARTED, COMPLETED), answer(ENDED))
        seen: list[Any] = []
        result = await call("run", instruction="x", max_steps=5, on_event=seen.append if on_event else None)
        assert result.to_dict() == {**ENDED, "result": "done", "task_id": "t1"}
        assert result.raise_for_status() is result
        assert [event["type"] for event in seen] == (["started", "completed"] if on_event else [])
        sent = server.requests[-2].json()
        assert (sent["instruction"], sent["max_steps"], sorted(sent)) == ("x", 5, ["idempotency_key", "instruction", "max_steps"])


async def test_a_failed_run_is_a_result_too(server: Server, call: Call) -> None:
    server.script(stream(STARTED, FAILED), answer({"status": "failed", "exit_code": 1}))
    result = await call("run", instruction="x")
    assert (result.status, result.exit_code, result.result, result.steps, result.model) == ("failed", 1, "no such page", 3, "m")
    with pytest.raises(TaskFailedError, match=r"^Task t1 failed \(exit code 1\): no such page$") as caught:
        result.raise_for_status()
    assert caught.value.result is result
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.result) == (str(caught.value), result)
    assert TaskFailedError.__module__ == "tzafon" and issubclass(TaskFailedError, tzafon.LightconeError)


async def test_a_run_that_breaks_off_is_waited_for(server: Server, call: Call) -> None:
    server.script(stream(STARTED, headers=CUT), answer({"status": "running"}), answer(ENDED))
    seen: list[Any] = []
    result = await call("run", instruction="x", on_event=seen.append)
    assert (result.result, len(seen), len(server.requests)) == ("from the status", 1, 3)


async def test_a_run_that_cannot_know_its_end_says_so(server: Server, call: Call) -> None:
    server.script(stream(STARTED), answer({"status": "running"}))
    with pytest.raises(StreamInterruptedError) as caught:
        await call("run", instruction="x")
    assert (caught.value.task_id, caught.value.last_event_id) == ("t1", "0")


class Stop(Exception):
    pass


async def test_what_on_event_raises_ends_the_run(server: Server, call: Call) -> None:
    def stop(event: object) -> None:
        raise Stop

    server.script(stream(STARTED, hold=True))
    with pytest.raises(Stop):
        await call("run", instruction="x", on_event=stop)
    assert server.exchanges[-1].gone.wait(10)


async def test_on_event_may_be_a_coroutine(server: Server, async_client: AsyncLightcone) -> None:
    seen: list[Any] = []

    async def see(event: Any) -> None:
        await asyncio.sleep(0)
        seen.append(event["type"])

    server.script(stream(STARTED, COMPLETED), answer(ENDED))
    await async_client.agent.tasks.run(instruction="x", on_event=see)
    assert seen == ["started", "completed"]


async def test_a_cancelled_run_closes_its_connection(server: Server, async_client: AsyncLightcone) -> None:
    server.script(stream(STARTED, hold=True))
    run = asyncio.ensure_future(async_client.agent.tasks.run(instruction="x"))
    await asyncio.get_running_loop().run_in_executor(None, server.wait_for, 1)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert await asyncio.get_running_loop().run_in_executor(None, server.exchanges[0].gone.wait, 10)


async def test_a_stream_tells_of_its_task(server: Server, call: Call) -> None:
    server.script(stream(STARTED, COMPLETED, b'id: 2\ndata: {"type":"failed","result":"late"}\n\n'))
    events = await call("start_stream", instruction="x")
    assert events.terminal_event is None
    assert (await next_of(events))["type"] == "started"
    assert (events.task_id, events.computer_id, events.terminal_event) == ("t1", "c1", None)
    assert await done(events.result()) == "done"
    assert events.terminal_event == {"type": "completed", "result": "done", "step": 3}
    assert (events.last_event_id, events.event_name) == ("2", None)
    assert await done(events.result()) == "done"


@pytest.mark.parametrize(
    ("frame", "result"),
    [(FAILED, "no such page"), (b'data: {"type":"cancelled"}\n\n', None), (b'data: {"type":"completed","result":null}\n\n', None), (b"", None)],
)
async def test_the_result_is_what_the_last_event_has(server: Server, call: Call, frame: bytes, result: Optional[str]) -> None:
    server.script(stream(frame))
    assert await done((await call("start_stream", instruction="x")).result()) == result


async def test_the_task_is_known_from_the_headers_or_the_call(server: Server, call: Call) -> None:
    server.script(stream(COMPLETED, headers=b"x-task-id: t7\r\n"))
    started = await call("start_stream", instruction="x")
    assert started.task_id == "t7"
    await done(started.close())
    server.script(stream(COMPLETED))
    followed = await call("events", "t8")
    assert followed.task_id == "t8"
    await done(followed.close())


def pings(exchange: Exchange) -> None:
    """One event, and then nothing but signs of life."""
    exchange.send(SSE_HEAD + STARTED)
    for _ in range(1000):
        exchange.send(b": ping\n\n")
        if exchange.gone.wait(0.02):
            return


async def test_events_are_waited_for_only_so_long(server: Server, call: Call) -> None:
    for name, options in [("start_stream", {"instruction": "x"}), ("events", {"id": "t1"}), ("run", {"instruction": "x"})]:
        server.script(pings)
        with pytest.raises(APITimeoutError, match="no event came for 0.3 s") as caught:
            got = await call(name, **options, event_timeout=0.3)
            while True:
                await next_of(got)
        assert caught.value.task_id == "t1"


def test_the_event_timeout_of_a_client(server: Server) -> None:
    server.script(pings)
    with Lightcone(api_key="k", base_url=server.url, event_timeout=0.3) as client:
        assert client.event_timeout == 0.3
        assert client.copy(timeout=5).event_timeout == 0.3
        other = client.with_options(event_timeout=None)
        assert (other.event_timeout, client.event_timeout) == (None, 0.3)
        with pytest.raises(APITimeoutError, match="no event came"):
            client.agent.tasks.start_stream(instruction="x").result()
        with other.agent.tasks.start_stream(instruction="x") as stream:
            assert next(stream)["type"] == "started"
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match="event_timeout is"):
            Lightcone(api_key="k", event_timeout=wrong)


def test_whole_tasks_on_a_real_server() -> None:
    scripts: list[dict[str, Any]] = [
        {"instruction": "price", "steps": [{"finish": "12 €"}]},
        {"instruction": "lost", "steps": [{"fail": {"error_code": "not_found", "result": "no such thing"}}]},
        {"instruction": "stay", "steps": [{"wait_ms": 60000}]},
    ]
    with LocalServer(scripts=scripts) as server, server.client() as client:
        tasks = client.agent.tasks
        # Its stream breaks and is taken up again meanwhile.
        server.drop_next("start_stream", after_events=1)
        seen: list[Any] = []
        done = tasks.run(instruction="price", on_event=seen.append)
        assert (done.status, done.exit_code, done.result, done.model) == ("completed", 0, "12 €", "scripted")
        assert [event["type"] for event in seen] == ["started", "completed"]
        lost = tasks.run(instruction="lost")
        with pytest.raises(TaskFailedError, match="no such thing"):
            lost.raise_for_status()

        stay = tasks.start(instruction="stay").task_id
        with pytest.raises(APITimeoutError, match="its status is running"):
            tasks.wait(stay, timeout=0.5)
        assert tasks.cancel(stay).status == "cancelled"
        cancelled = tasks.wait(stay, timeout=20)
        assert (cancelled.status, cancelled.exit_code) == ("cancelled", 130)
        assert tasks.cancel(stay).status == "cancelled"

        assert done.task_id is not None
        assert [event["type"] for event in tasks.events(done.task_id)] == ["started", "completed"]
        assert [event["type"] for event in tasks.events(done.task_id, last_event_id="0")] == ["completed"]
        assert list(tasks.events(done.task_id, last_event_id="1")) == []
        with pytest.raises(tzafon.UnprocessableEntityError):
            tasks.events(done.task_id, last_event_id="99")
        with pytest.raises(tzafon.NotFoundError) as unknown:
            tasks.cancel("nobody")
        assert type(unknown.value) is tzafon.NotFoundError

        ids = [task.task_id for task in tasks.list(limit=1)]
        assert ids == [stay, lost.task_id, done.task_id]
        assert [task.instruction for task in tasks.list(status="failed")] == ["lost"]
