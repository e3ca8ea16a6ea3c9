"""Programs as people write them. Type checkers read this file in their strictest mode; nothing runs it."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Optional

from typing_extensions import assert_type

import tzafon
from tzafon import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AsyncLightcone,
    AsyncStream,
    Lightcone,
    NotFoundError,
    NotSupportedError,
    Page,
    RateLimitError,
    Stream,
    StreamInterruptedError,
    TaskFailedError,
    TaskResult,
    Timeout,
    omit,
)
from tzafon.resources.agent import AsyncAgentResource, AsyncTasksResource, TasksResource
from tzafon.types.agent import (
    CompletedEvent,
    ContextMessage,
    FailedEvent,
    TaskCancelResponse,
    TaskEvent,
    TaskInjectMessageResponse,
    TaskPauseResponse,
    TaskResumeResponse,
    TaskRetrieveStatusResponse,
    TaskStartParams,
    TaskStartResponse,
    TaskUsage,
)


def start_and_ask(client: Lightcone) -> Optional[int]:
    task = client.agent.tasks.start(instruction="x", kind="browser", max_steps=5, metadata={"a": "b"}, temperature=1)
    assert_type(task, TaskStartResponse)
    assert_type(task.task_id, str)
    assert_type(client.agent.tasks.pause(task.task_id), TaskPauseResponse)
    assert_type(client.agent.tasks.resume(task.task_id), TaskResumeResponse)
    assert_type(client.agent.tasks.inject_message(task.task_id, message="y"), TaskInjectMessageResponse)
    status = client.agent.tasks.retrieve_status(task.task_id)
    assert_type(status, TaskRetrieveStatusResponse)
    assert_type(status.exit_code, Optional[int])
    if status.usage is not None:
        assert_type(status.usage, TaskUsage)
        assert_type(status.usage.cost, Optional[float])
    return status.exit_code


def follow(client: Lightcone) -> str:
    with client.agent.tasks.start_stream(instruction="x", stream_mode="a mode to come") as stream:
        assert_type(stream, Stream[TaskEvent])
        for event in stream:
            assert_type(event, TaskEvent)
            print(event, event.get("step"))
            if event["type"] == "completed":
                assert_type(event, CompletedEvent)
                assert_type(event["result"], str)
                return event["result"]
            elif event["type"] == "failed":
                assert_type(event, FailedEvent)
                raise RuntimeError(event.get("error_code"))
            elif event["type"] == "action":
                assert_type(event.get("action"), Optional[Dict[str, Any]])
        assert_type(stream.last_event_id, Optional[str])
        assert_type(stream.task_id, Optional[str])
        assert_type(stream.terminal_event, Optional[TaskEvent])
        assert_type(stream.result(), Optional[str])
        assert_type(stream.response.status_code, int)
    return ""


def whole_tasks(client: Lightcone) -> str:
    def see(event: TaskEvent) -> None:
        if event["type"] == "screenshot":
            print(event["screenshot_url"])

    result = client.agent.tasks.run(instruction="x", kind="browser", on_event=see, event_timeout=60)
    assert_type(result, TaskResult)
    assert_type(client.agent.tasks.wait("t1", timeout=5, poll_interval=1).raise_for_status(), TaskResult)
    for task in client.agent.tasks.list(status="failed", limit=5):
        assert_type(task, TaskRetrieveStatusResponse)
        assert_type(task.steps, Optional[int])
    assert_type(client.agent.tasks.list(), Page[TaskRetrieveStatusResponse])
    assert_type(client.agent.tasks.cancel("t1"), TaskCancelResponse)
    assert_type(client.agent.tasks.events("t1", last_event_id="4", event_timeout=None), Stream[TaskEvent])
    try:
        result.raise_for_status()
    except TaskFailedError as error:
        assert_type(error.result, TaskResult)
    except NotSupportedError as error:
        return error.message
    return result.result or ""


async def whole_tasks_async(client: AsyncLightcone) -> None:
    async def see(event: TaskEvent) -> None:
        print(event["type"])

    assert_type(await client.agent.tasks.run(instruction="x", on_event=see), TaskResult)
    assert_type(await client.agent.tasks.run(instruction="x", on_event=print), TaskResult)
    assert_type(await client.agent.tasks.wait("t1"), TaskResult)
    async for task in await client.agent.tasks.list():
        assert_type(task, TaskRetrieveStatusResponse)
    stream = await client.agent.tasks.events("t1")
    assert_type(stream, AsyncStream[TaskEvent])
    assert_type(await stream.result(), Optional[str])


async def follow_async() -> None:
    async with AsyncLightcone(timeout=Timeout(60, connect=5), max_retries=3) as client:
        task = await client.agent.tasks.start(instruction="x")
        assert_type(task, TaskStartResponse)
        stream = await client.agent.tasks.start_stream(instruction="x")
        assert_type(stream, AsyncStream[TaskEvent])
        async for event in stream:
            assert_type(event, TaskEvent)
        await stream.close()
        assert_type(await client.agent.tasks.retrieve_status("t1"), TaskRetrieveStatusResponse)


def earlier_conversation() -> Iterator[ContextMessage]:
    yield {"role": "user", "content": "a"}
    yield ContextMessage(role="assistant", content="b")


def options(client: Lightcone) -> None:
    client.agent.tasks.start(
        instruction="x",
        context=earlier_conversation(),
        kind=None,
        persistent=omit,
        extra_headers={"X-A": "1", "User-Agent": omit},
        extra_query={"a": [1, 2]},
        extra_body={"new": True},
        timeout=None,
    )
    params: TaskStartParams = {"instruction": "x", "kind": "desktop"}
    client.agent.tasks.start(**params)
    other = client.with_options(timeout=5, default_headers={"a": "b"})
    assert_type(other, Lightcone)
    other.timeout, other.max_retries, other.base_url = Timeout(60, connect=5), 3, "http://127.0.0.1:1"
    with tzafon.Client(api_key="k", base_url="http://127.0.0.1:1", default_query={"a": 1}) as computer:
        assert_type(computer, Lightcone)


class HttpxTimeout:
    """Has what httpx.Timeout has."""

    connect: Optional[float] = 1
    read: Optional[float] = 1
    write: Optional[float] = 1
    pool: Optional[float] = 1


def timeouts() -> Lightcone:
    return Lightcone(timeout=HttpxTimeout()).copy(timeout=None)


def errors(client: Lightcone) -> Optional[str]:
    try:
        client.agent.tasks.pause("t1")
    except NotFoundError as error:
        return error.response.headers.get("x-request-id")
    except RateLimitError as error:
        return error.response.headers["retry-after"]
    except APIStatusError as error:
        assert_type(error.status_code, int)
        return f"{error.status_code} {error.body} {error.response.json()}"
    except StreamInterruptedError as error:
        return error.last_event_id or error.task_id
    except APIConnectionError as error:
        return error.request.url
    except APIError as error:
        return error.message
    except tzafon.LightconeError as error:
        return str(error)
    return None


def steering(tasks: TasksResource, agent: AsyncAgentResource) -> AsyncTasksResource:
    assert_type(tasks.pause("t1"), TaskPauseResponse)
    return agent.tasks


def versions() -> str:
    return f"{tzafon.__title__} {tzafon.__version__} {tzafon.DEFAULT_MAX_RETRIES} {tzafon.DEFAULT_TIMEOUT.read}"
