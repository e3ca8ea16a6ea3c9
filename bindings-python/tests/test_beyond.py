"""What not every server has: list, cancel, events."""

from __future__ import annotations

from typing import Any, Awaitable, Callable

import pytest
from server import Script, Server, answer, stream

import tzafon
from tzafon import AsyncLightcone, AsyncPage, Lightcone, NotFoundError, NotSupportedError, Page

Call = Callable[..., Awaitable[Any]]


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, client: Lightcone, async_client: AsyncLightcone) -> Call:
    """Calls the named method of either client."""

    async def call(name: str, *args: Any, **kwargs: Any) -> Any:
        if request.param == "sync":
            return getattr(client.agent.tasks, name)(*args, **kwargs)
        return await getattr(async_client.agent.tasks, name)(*args, **kwargs)

    return call


async def items(source: Any) -> list[Any]:
    """Everything in a page or a stream of either client."""
    return list(source) if hasattr(source, "__iter__") else [item async for item in source]


def page(*ids: str, has_more: bool) -> Script:
    return answer({"data": [{"task_id": id, "status": "failed", "result": "no", "new": 1} for id in ids], "has_more": has_more})


async def test_a_list_leads_through_all_its_pages(server: Server, call: Call) -> None:
    server.script(page("a", "b", has_more=True), page("c", has_more=True), page(has_more=True))
    first = await call("list", status="failed", limit=2, extra_query={"q": 1})
    assert isinstance(first, (Page, AsyncPage))
    assert (len(first.data), first.has_more) == (2, True)
    assert [task.task_id for task in await items(first)] == ["a", "b", "c"]
    targets = [request.target for request in server.requests]
    assert targets == [
        "/agent/tasks?limit=2&status=failed&q=1",
        "/agent/tasks?after=b&limit=2&status=failed&q=1",
        "/agent/tasks?after=c&limit=2&status=failed&q=1",
    ]
    assert {request.header("content-type") for request in server.requests} == {None}
    # The same page may be gone through again.
    server.script(page("c", has_more=False))
    assert [task.task_id for task in await items(first)] == ["a", "b", "c"]


async def test_items_are_models(server: Server, call: Call) -> None:
    server.script(page("a", has_more=False))
    first = await call("list")
    (task,) = first.data
    assert (task.task_id, task.result, task.new, task.model) == ("a", "no", 1, None)
    assert repr(first).startswith(f"{type(first).__name__}(data=[TaskRetrieveStatusResponse(status='failed', task_id='a'")
    assert repr(first).endswith("has_more=False)")
    assert server.requests[0].target == "/agent/tasks"


async def test_a_page_that_comes_again_is_the_last(server: Server, call: Call) -> None:
    server.script(page("a", has_more=True))
    assert [task.task_id for task in await items(await call("list"))] == ["a", "a"]


@pytest.mark.parametrize("body", [[1], {"data": ["a"]}, {"data": [None], "has_more": False}])
async def test_what_is_no_page_is_an_error(server: Server, call: Call, body: object) -> None:
    server.script(answer(body))
    with pytest.raises(tzafon.APIError, match="JSON object"):
        await call("list")


async def test_a_task_is_cancelled(server: Server, call: Call) -> None:
    server.script(answer({"status": "cancelled"}))
    assert (await call("cancel", "t1")).status == "cancelled"
    assert (server.requests[0].method, server.requests[0].target) == ("POST", "/agent/tasks/t1/cancel")


async def test_a_server_that_cannot_is_told_from_a_task_it_does_not_know(server: Server, call: Call) -> None:
    server.script(answer({"detail": "Not Found"}, status=404), answer())
    with pytest.raises(NotSupportedError) as caught:
        await call("cancel", "t1")
    error = caught.value
    assert isinstance(error, NotFoundError)
    assert (error.status_code, error.body) == (404, {"detail": "Not Found"})
    assert "this server has no `cancel` (POST /agent/tasks/{id}/cancel)" in str(error)
    assert NotSupportedError.__module__ == "tzafon"
    server.script(answer({"detail": "no t1"}, status=404))
    with pytest.raises(NotFoundError, match="no t1") as caught_other:
        await call("cancel", "t1")
    assert type(caught_other.value) is NotFoundError


async def test_events_begin_after_the_one_named(server: Server, call: Call) -> None:
    frame = b'id: 4\ndata: {"type":"completed","result":"done"}\n\n'
    for given, sent in [({}, None), ({"last_event_id": "3"}, "3"), ({"last_event_id": None}, None)]:
        server.script(stream(frame))
        events = await call("events", "t1", **given)
        assert await items(events) == [{"type": "completed", "result": "done"}]
        request = server.requests[-1]
        assert (request.method, request.target, request.header("last-event-id")) == ("GET", "/agent/tasks/t1/events", sent)
