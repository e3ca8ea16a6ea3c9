"""Wrong programs. A type checker must object to each line that says so: where it did not, it would call the comment unused."""

from __future__ import annotations

from tzafon import AsyncLightcone, BaseModel, Lightcone, Stream, Timeout
from tzafon.types.agent import TaskEvent, TaskStartParams


def clients() -> None:
    Lightcone("sk_x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Lightcone(apikey="sk_x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Lightcone(api_key=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Lightcone(timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Lightcone(max_retries=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Lightcone(default_headers={"a": 1})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    AsyncLightcone(http_client=object())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Timeout(connect="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def starting(client: Lightcone) -> None:
    client.agent.tasks.start()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.agent.tasks.start("x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.agent.tasks.start(instruction=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.agent.tasks.start(instruction="x", instructions="y")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.agent.tasks.start(instruction="x", max_steps="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.agent.tasks.start(instruction="x", temperature="hot")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.agent.tasks.start(instruction="x", metadata={"a": 1})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    client.agent.tasks.start(instruction="x", persistent="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.agent.tasks.start(instruction="x", context=[{"role": "user"}])  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
    client.agent.tasks.start_stream(instruction="x", event_timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    params: TaskStartParams = {"kind": "browser"}  # type: ignore[typeddict-item]  # pyright: ignore[reportAssignmentType]
    print(params)


def steering(client: Lightcone) -> None:
    client.agent.tasks.pause()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.agent.tasks.pause(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.agent.tasks.inject_message("t1", "x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.agent.tasks.wait("t1", poll_interval="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.agent.tasks.run(instruction="x", on_event=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.agent.tasks.list(limit="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.agent.tasks.destroy("t1")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    client.computers  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def reading(client: Lightcone, event: TaskEvent) -> None:
    event["result"]  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues]
    if event["type"] == "started":
        event["result"]  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues]
    if event["type"] == "failed":
        event["error_code"].upper()  # type: ignore[union-attr]  # pyright: ignore[reportTypedDictNotRequiredAccess, reportOptionalMemberAccess]
    if event["type"] == "of a version to come":  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
        pass
    task = client.agent.tasks.start(instruction="x")
    task.idempotency_key.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]


class Machine(BaseModel):
    name: str


def requests(client: Lightcone, later: AsyncLightcone) -> None:
    client.get("/x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    client.get("/x", cast_to=Machine, body={})  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    client.get("/x", cast_to=Machine, options={"parms": {}})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    client.get("/x", cast_to=Machine, stream=True).name  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    wrong: Stream[int] = client.get("/x", cast_to=Machine, stream=True)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    later.agent.tasks.pause("t1").status  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    print(wrong)
