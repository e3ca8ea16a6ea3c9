"""Requests of one's own and answers as they came, as type checkers see them; nothing runs this."""

from __future__ import annotations

from typing import Any, AsyncIterator, Dict, Iterator, List, Optional, Union

from typing_extensions import TypedDict, assert_type

from tzafon import APIResponse, APIResponseValidationError, AsyncAPIResponse, AsyncLightcone, AsyncStream, BaseModel, Lightcone, NoneType, Stream, omit
from tzafon.types.agent import TaskEvent, TaskPauseResponse, TaskRetrieveStatusResponse, TaskStartResponse


class Machine(BaseModel):
    name: str
    parts: List[Machine] = []


class Reading(TypedDict):
    degrees: float


def own(client: Lightcone, is_stream: bool) -> None:
    assert_type(client.get("/x", cast_to=Machine), Machine)
    assert_type(client.get("/x", cast_to=Machine).parts[0].name, str)
    assert_type(client.post("/x", cast_to=Dict[str, int], body={"a": [1]}), Dict[str, int])
    assert_type(client.put("/x", cast_to=List[Machine], body=None), List[Machine])
    assert_type(client.patch("/x", cast_to=NoneType), None)
    assert_type(client.delete("/x", cast_to=object), object)
    assert_type(client.get("/x", cast_to=str, options={"headers": {"a": "b", "c": omit}, "params": {"d": [1]}, "timeout": 5, "max_retries": 0}), str)
    assert_type(client.get("/x", cast_to=Machine, stream=True), Stream[Machine])
    assert_type(client.post("/x", cast_to=Reading, body={}, stream=True, stream_cls=Stream[Reading]), Stream[Reading])
    for reading in client.post("/x", cast_to=Reading, stream=True):
        assert_type(reading["degrees"], float)
    assert_type(client.get("/x", cast_to=Machine, stream=is_stream), Union[Machine, Stream[Machine]])
    assert_type(client.get("/x", cast_to=APIResponse[Machine]).parse(), Machine)


async def own_async(client: AsyncLightcone) -> None:
    assert_type(await client.get("/x", cast_to=Machine), Machine)
    assert_type(await client.post("/x", cast_to=Machine, body={}, stream=True), AsyncStream[Machine])
    assert_type(await client.delete("/x", cast_to=NoneType), None)
    async for reading in await client.put("/x", cast_to=Reading, stream=True):
        assert_type(reading, Reading)


def as_it_came(client: Lightcone) -> Optional[str]:
    response = client.agent.tasks.with_raw_response.start(instruction="x", kind="browser")
    assert_type(response, APIResponse[TaskStartResponse])
    assert_type(response.parse(), TaskStartResponse)
    assert_type(response.parse(to=Machine), Machine)
    assert_type(client.with_raw_response.agent.tasks.pause("t1"), APIResponse[TaskPauseResponse])
    assert_type(client.agent.with_raw_response.tasks.start_stream(instruction="x").parse(), Stream[TaskEvent])
    with client.agent.tasks.with_streaming_response.retrieve_status("t1") as streamed:
        assert_type(streamed, APIResponse[TaskRetrieveStatusResponse])
        assert_type(streamed.iter_lines(), Iterator[str])
        assert_type(streamed.elapsed.total_seconds(), float)
        return streamed.headers.get("x-request-id")


async def as_it_came_async(client: AsyncLightcone) -> None:
    response = await client.agent.tasks.with_raw_response.start(instruction="x")
    assert_type(response, AsyncAPIResponse[TaskStartResponse])
    assert_type(await response.parse(), TaskStartResponse)
    assert_type(await response.parse(to=Dict[str, Any]), Dict[str, Any])
    async with client.with_streaming_response.agent.tasks.start_stream(instruction="x") as streamed:
        assert_type(await streamed.parse(), AsyncStream[TaskEvent])
        assert_type(streamed.iter_bytes(1000), AsyncIterator[bytes])


def strictly() -> Optional[object]:
    client = Lightcone(_strict_response_validation=True)
    try:
        client.agent.tasks.pause("t1")
    except APIResponseValidationError as error:
        assert_type(error.status_code, int)
        return error.body
    return None


def events_of_any_kind(event: TaskEvent) -> None:
    # A type to come is compared as text; what it carries is read with `get`.
    if str(event["type"]) == "of a version to come":
        print(event.get("anything"))
    assert_type(event["type"] == "completed", bool)
    if event["type"] == "started" or event["type"] == "completed":
        print(event["task_id"] if event["type"] == "started" else event["result"])
