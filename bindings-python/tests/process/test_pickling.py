"""What goes to another process, or into a cache: errors and answers do, whatever holds connections says that it does not."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Callable

import pytest
from server import Server, answer, stream

import tzafon
from tzafon import APIError, AsyncLightcone, Lightcone, LightconeError, Limits, TaskResult, Timeout, not_given, omit
from tzafon._generated import models
from tzafon._generated.errors import CLASS_BY_KIND, KIND_BY_STATUS
from tzafon.local import LocalServer

Carry = Callable[[Any], Any]


def pickled(protocol: int) -> Carry:
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


CARRIED = {
    **{f"pickle {protocol}": pickled(protocol) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
ways = pytest.mark.parametrize("carry", CARRIED.values(), ids=list(CARRIED))


def parts(value: Any) -> Any:
    """All there is to compare of a value of this package."""
    if type(value).__module__.partition(".")[0] == "tzafon" and hasattr(value, "__dict__") and not hasattr(value, "model_fields_set"):
        inner = {name: parts(member) for name, member in vars(value).items()}
        return type(value), getattr(value, "args", None), inner
    return type(value), value


STATUSES = sorted({*KIND_BY_STATUS, 405, 418, 500, 503})


@ways
@pytest.mark.parametrize("status", STATUSES)
def test_errors_of_answers(status: int, carry: Carry, server: Server) -> None:
    server.script(answer({"title": "no", "errors": [1]}, status=status, headers=[("x-request-id", "r1"), ("retry-after-ms", "1")]))
    client = Lightcone(api_key="sk_secret", base_url=server.url, max_retries=0)
    with pytest.raises(APIError) as caught:
        client.agent.tasks.pause("t1")
    same(caught.value, carry(caught.value))


def same(error: Any, again: Any) -> None:
    assert again is not error
    assert parts(again) == parts(error)
    assert (str(again), repr(again)) == (str(error), repr(error))
    if isinstance(error, APIError):
        assert again.request.headers == error.request.headers
        assert (again.response is None) == (error.response is None)


@ways
def test_errors_of_connections_and_streams(carry: Carry, server: Server) -> None:
    nowhere = Lightcone(api_key="k", base_url="http://127.0.0.1:9", max_retries=0)
    here = Lightcone(api_key="k", base_url=server.url, max_retries=0)
    errors: list[Exception] = []

    def failing(call: Callable[[], object]) -> None:
        with pytest.raises(LightconeError) as caught:
            call()
        errors.append(caught.value)

    failing(lambda: nowhere.agent.tasks.pause("t1"))
    failing(lambda: nowhere.agent.tasks.wait("t1", timeout=0.001))
    server.script(stream(b"id: 4\ndata: {\n\n"), stream(b"id: 4\ndata: {}\n\n", headers=b"content-length: 1000\r\nx-task-id: t1\r\n"))
    failing(lambda: list(here.agent.tasks.start_stream(instruction="x")))
    failing(lambda: list(here.agent.tasks.start_stream(instruction="x")))
    failing(lambda: TaskResult.model_construct(status="failed", task_id="t1").raise_for_status())
    server.script(answer([1]))
    failing(lambda: here.agent.tasks.pause("t1"))
    here.close()
    failing(lambda: here.agent.tasks.pause("t1"))
    for error in errors:
        same(error, carry(error))


def test_every_class_of_errors_is_carried() -> None:
    """One that is added is found here, whatever its constructor asks for."""
    classes = {getattr(tzafon, name) for name in tzafon.__all__ if name.endswith("Error") or name == "StreamAlreadyConsumed"}
    assert classes >= {getattr(tzafon, name) for name in CLASS_BY_KIND.values() if name != "ValueError"}
    for kind in classes:
        error = kind.__new__(kind, "text")
        error.extra = [1]
        for carry in CARRIED.values():
            assert parts(carry(error)) == parts(error)


@ways
def test_answers(carry: Carry, server: Server, client: Lightcone) -> None:
    server.script(answer({"status": "running", "task_id": "t1", "new": {"a": [None]}}))
    tasks = client.agent.tasks
    given = [tasks.start(instruction="x"), tasks.retrieve_status("t1"), tasks.inject_message("t1", message="y"), tasks.pause("t1")]
    for value in [*given, tasks.resume("t1"), tasks.cancel("t1")]:
        again = carry(value)
        assert type(again) is type(value) and again == value and again is not value
        assert (again.to_dict(), again.model_fields_set) == (value.to_dict(), value.model_fields_set)
        assert again.new == {"a": [None]}
    server.script(answer({"status": "completed", "result": "r"}))
    result = tasks.wait("t1")
    assert carry(result) == result and carry(result).raise_for_status().result == "r"


def test_every_model_is_carried() -> None:
    found = [model for model in vars(models).values() if isinstance(model, type) and issubclass(model, tzafon.BaseModel)]
    assert TaskResult in found
    for model in found:
        value = model.from_answer({"status": "running", "new": 1})
        for carry in CARRIED.values():
            assert carry(value) == value


@ways
def test_answers_as_they_came(carry: Carry, server: Server, client: Lightcone) -> None:
    raw = client.agent.tasks.with_raw_response.retrieve_status("t1")
    own = client.get("/x", cast_to=tzafon.APIResponse)
    for response in (raw, own):
        again = carry(response)
        assert (again.status_code, again.headers, again.url, again.elapsed) == (200, response.headers, response.url, response.elapsed)
        assert again.read() == response.read() and again.is_closed
        assert again.parse(to=dict) == {"status": "running", "task_id": "t1"}
    assert carry(raw).parse() == raw.parse()
    assert carry(raw).parse().status == "running"


@ways
async def test_async_answers_as_they_came(carry: Carry, server: Server, async_client: AsyncLightcone) -> None:
    raw = await async_client.agent.tasks.with_raw_response.retrieve_status("t1")
    assert (await carry(raw).parse()).status == "running"


@ways
def test_the_answer_of_a_stream(carry: Carry, server: Server, client: Lightcone) -> None:
    server.script(stream(headers=b"x-task-id: t1\r\n"))
    with client.agent.tasks.start_stream(instruction="x") as events:
        assert carry(events.response).headers["x-task-id"] == "t1"
        assert parts(carry(events.response)) == parts(events.response)


@ways
def test_settings(carry: Carry) -> None:
    assert carry(Timeout(60, connect=5)) == Timeout(60, connect=5)
    assert carry(Limits(max_connections=3)) == Limits(max_connections=3)
    for marker in (not_given, omit):
        assert type(carry(marker)) is type(marker) and bool(carry(marker)) is False


@ways
def test_clients_cannot_be(carry: Carry, client: Lightcone, async_client: AsyncLightcone) -> None:
    for value in (client, async_client, client.agent.tasks, {"client": client}):
        if carry is copy.copy and value not in (client, async_client):
            continue
        with pytest.raises(TypeError, match="Lightcone cannot be pickled or copied, .* Make a client in each process"):
            carry(value)


@ways
async def test_what_holds_a_connection_cannot_be(carry: Carry, server: Server, client: Lightcone, async_client: AsyncLightcone) -> None:
    server.script(stream(b"data: 1\n\n", hold=True))
    with client.agent.tasks.start_stream(instruction="x") as events:
        with pytest.raises(TypeError, match="^Stream cannot be pickled or copied, .* task_id"):
            carry(events)
    async with await async_client.agent.tasks.start_stream(instruction="x") as async_events:
        with pytest.raises(TypeError, match="^AsyncStream cannot be pickled or copied, .* task_id"):
            carry(async_events)
    with client.agent.tasks.with_streaming_response.start_stream(instruction="x") as response:
        with pytest.raises(TypeError, match=r"call read\(\) first"):
            carry(response)
    server.script(answer({"data": [], "has_more": False}))
    for page in (client.agent.tasks.list(), await async_client.agent.tasks.list()):
        with pytest.raises(TypeError, match="Page cannot be pickled or copied, .* data"):
            carry(page)
    with LocalServer() as local:
        with pytest.raises(TypeError, match="LocalServer cannot be pickled or copied, .* url"):
            carry(local)
