"""Answers made into types of the program's own: at any depth, unchecked, and nothing is lost."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, timezone
from typing import Any, Dict, List, Optional, Union

import pytest
from pydantic import Field
from server import Server, answer, stream
from typing_extensions import Annotated, TypeAliasType

from tzafon import AsyncLightcone, AsyncStream, BaseModel, Lightcone, Stream


class Part(BaseModel):
    name: str
    weight: float = 1.5


class Other(BaseModel):
    code: int


class Machine(BaseModel):
    name: str
    parts: List[Part] = []
    by_name: Optional[Dict[str, Part]] = None
    spare: Union[Part, Other, None] = None
    twin: Optional[Machine] = None
    made: Optional[datetime] = None
    kind: str = Field(alias="type", default="none")
    tags: List[str] = Field(default_factory=list)


PartAlias = TypeAliasType("PartAlias", List[Part])
STATEMENT: dict[str, Any] = {"Part": Part, "Alias": PartAlias}
if sys.version_info >= (3, 12):
    exec("type Alias = list[Part]", STATEMENT)
if sys.version_info >= (3, 10):
    exec("Either = Part | None", STATEMENT)


def test_models_at_any_depth(client: Lightcone, server: Server) -> None:
    members = {
        "name": "m",
        "parts": [{"name": "a", "new": 1}, {"weight": 2}],
        "by_name": {"b": {"name": "b"}},
        "spare": {"code": 7},
        "twin": {"name": "t", "parts": [{"name": "c"}]},
        "made": "2026-11-24T10:00:00Z",
        "type": "robot",
        "more": [{"x": 1}],
    }
    server.script(answer(members))
    machine = client.get("/x", cast_to=Machine)
    assert [type(part) for part in machine.parts] == [Part, Part]
    assert (machine.parts[0].name, machine.parts[0].weight, machine.parts[0].model_extra) == ("a", 1.5, {"new": 1})
    assert (machine.parts[1].name, machine.parts[1].weight, machine.parts[1].model_fields_set) == (None, 2.0, {"weight"})
    assert machine.by_name is not None and machine.by_name["b"].name == "b"
    assert isinstance(machine.spare, Other) and machine.spare.code == 7
    assert machine.twin is not None and machine.twin.parts[0].name == "c" and machine.twin.kind == "none"
    assert machine.made == datetime(2026, 11, 24, 10, tzinfo=timezone.utc)
    assert (machine.kind, machine.tags, machine.model_extra) == ("robot", [], {"more": [{"x": 1}]})
    assert machine.model_fields_set == {"name", "parts", "by_name", "spare", "twin", "made", "kind", "more"}


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_what_does_not_fit_stays_as_it_came(client: Lightcone, server: Server) -> None:
    members = {"name": 5, "parts": {"not": "a list"}, "by_name": [1], "spare": "text", "twin": [{"name": "t"}], "made": "yesterday", "type": None}
    server.script(answer(members))
    machine: Any = client.get("/x", cast_to=Machine)
    assert (machine.name, machine.parts, machine.by_name, machine.spare) == (5, {"not": "a list"}, [1], "text")
    assert (machine.twin, machine.made, machine.kind) == ([{"name": "t"}], "yesterday", None)
    assert machine.to_dict() == members


@pytest.mark.parametrize(
    ("cast_to", "value", "expected"),
    [
        (List[Part], [{"name": "a"}, 1], [Part(name="a"), 1]),
        (Dict[str, List[Part]], {"x": [{"name": "a"}]}, {"x": [Part(name="a")]}),
        (Dict[str, object], {"x": {"name": "a"}}, {"x": {"name": "a"}}),
        (Union[Part, List[Part]], [{"name": "a"}], [Part(name="a")]),
        (Optional[Part], None, None),
        (Annotated[List[Part], "of a machine"], [{"name": "a"}], [Part(name="a")]),
        (PartAlias, [{"name": "a"}], [Part(name="a")]),
        (STATEMENT["Alias"], [{"name": "a"}], [Part(name="a")]),
        (STATEMENT.get("Either", Optional[Part]), {"name": "a"}, Part(name="a")),
        (List[date], ["2026-11-24", "soon"], [date(2026, 11, 24), "soon"]),
        (List[float], [1, "x"], [1.0, "x"]),
        (dict, {"a": 1}, {"a": 1}),
        (list, [1], [1]),
        (bool, True, True),
    ],
)
async def test_other_types(cast_to: Any, value: object, expected: Any, client: Lightcone, async_client: AsyncLightcone, server: Server) -> None:
    server.script(answer(raw=json.dumps(value).encode()))
    for made in (client.get("/x", cast_to=cast_to), await async_client.get("/x", cast_to=cast_to)):
        assert made == expected and type(made) is type(expected)
        if isinstance(expected, list):
            assert [type(each) for each in made] == [type(each) for each in expected]


async def test_events_of_a_type(client: Lightcone, async_client: AsyncLightcone, server: Server) -> None:
    server.script(stream(b'data: {"name":"a"}\n\ndata: 5\n\ndata: [{"name":"b"}]\n\n'))
    expected = [Part(name="a"), 5, [{"name": "b"}]]
    assert list(client.get("/x", cast_to=Part, stream=True)) == expected
    assert list(client.get("/x", cast_to=Stream[Part])) == expected
    assert [event async for event in await async_client.post("/x", cast_to=Part, stream=True, stream_cls=AsyncStream[Part])] == expected
    raw = client.agent.tasks.with_raw_response.start_stream(instruction="x")
    assert list(raw.parse(to=Stream[Part])) == expected
    later = await async_client.agent.tasks.with_raw_response.start_stream(instruction="x")
    assert [event async for event in await later.parse(to=AsyncStream[Part])] == expected


def test_an_alias_goes_before_the_name_and_a_default_that_can_change_is_made_anew() -> None:
    both = Machine.from_answer({"type": "a", "kind": "b", "other": 1})
    assert (both.kind, both.model_extra, both.model_fields_set) == ("a", {"kind": "b", "other": 1}, {"kind", "other"})
    assert list(vars(both)) == list(Machine.model_fields)
    assert Machine.from_answer({"kind": "b"}).kind == "b"
    assert Machine.from_answer({}).tags is not Machine.from_answer({}).tags
