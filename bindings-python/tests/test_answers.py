"""What answers are made into."""

from __future__ import annotations

import json
from typing import Any

import pydantic
import pytest
from server import Server, answer

from tzafon import APIError, AsyncLightcone, BaseModel, Lightcone
from tzafon.types.agent import TaskRetrieveStatusResponse, TaskStartResponse, TaskUsage


def test_an_answer_keeps_everything(server: Server, client: Lightcone) -> None:
    members = {"status": "running", "task_id": "t1", "new": {"a": [1]}, "reused": None, "model_config": 1, "_fields_set": 2}
    server.script(answer(members))
    task = client.agent.tasks.start(instruction="x")
    assert isinstance(task, TaskStartResponse) and isinstance(task, BaseModel) and isinstance(task, pydantic.BaseModel)
    assert (task.status, task.task_id, task.reused, task.idempotency_key) == ("running", "t1", None, None)
    assert task.new == {"a": [1]}  # type: ignore[attr-defined]
    assert task.model_fields_set == set(members)
    assert task.to_dict() == task.model_dump(exclude_unset=True) == members
    assert json.loads(task.to_json()) == members
    assert task.to_json(indent=None, exclude_none=True).startswith('{"status":"running","task_id":"t1","new"')
    assert "task_id='t1'" in repr(task) and str(task) == repr(task)


def test_what_a_model_took_is_a_model_of_its_own(server: Server, client: Lightcone) -> None:
    members = {"status": "running", "task_id": "t1", "usage": {"input_tokens": 12, "cost": 0.5, "later": [1]}}
    server.script(answer(members), answer({"status": "running", "task_id": "t1"}))
    status = client.agent.tasks.retrieve_status("t1")
    assert isinstance(status.usage, TaskUsage)
    assert (status.usage.input_tokens, status.usage.output_tokens, status.usage.cost) == (12, None, 0.5)
    assert status.to_dict() == members
    assert client.agent.tasks.retrieve_status("t1").usage is None


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_nothing_is_checked(server: Server, client: Lightcone) -> None:
    server.script(answer({"status": 5, "exit_code": "zero"}))
    status = client.agent.tasks.retrieve_status("t1")
    assert isinstance(status, TaskRetrieveStatusResponse)
    assert (status.status, status.exit_code, status.task_id) == (5, "zero", None)
    assert status.to_dict() == {"status": 5, "exit_code": "zero"}


@pytest.mark.parametrize("body", [b"", b"[1]", b"null", b'"text"', b"<html>", b"\xff", b"[" * 100_000])
async def test_an_answer_that_is_no_object(body: bytes, server: Server, client: Lightcone, async_client: AsyncLightcone) -> None:
    server.script(answer(raw=body, headers=[("x-request-id", "r1")]))

    async def call() -> Any:
        return client.agent.tasks.pause("t1")

    for attempt in (call(), async_client.agent.tasks.pause("t1")):
        with pytest.raises(APIError, match="JSON object") as caught:
            await attempt
        assert type(caught.value) is APIError
        assert caught.value.response is not None
        assert caught.value.response.headers["X-Request-ID"] == "r1"
        assert caught.value.request.url.endswith("/agent/tasks/t1/pause")
