"""What an editor shows: every public thing has a docstring, and a method's names each parameter, with unit and default."""

from __future__ import annotations

import inspect
import re
from typing import Any, Iterator

import pytest

import tzafon
import tzafon.types.agent
from tzafon import AsyncLightcone, Lightcone

CLASSES = [
    tzafon.Lightcone,
    tzafon.AsyncLightcone,
    tzafon.Stream,
    tzafon.AsyncStream,
    tzafon.APIResponse,
    tzafon.AsyncAPIResponse,
    tzafon.Page,
    tzafon.AsyncPage,
    tzafon.Timeout,
    tzafon.Limits,
    tzafon.TaskResult,
    type(Lightcone(api_key="k").agent),
    type(AsyncLightcone(api_key="k").agent),
    type(Lightcone(api_key="k").agent.tasks),
    type(AsyncLightcone(api_key="k").agent.tasks),
]
OF_PYDANTIC = set(dir(__import__("pydantic").BaseModel))


def own_members(kind: type) -> Iterator[tuple[str, Any]]:
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        if not name.startswith("_") and name not in OF_PYDANTIC and (inspect.isfunction(member) or hasattr(member, "__get__")):
            yield name, member


METHODS = [
    pytest.param(member, id=f"{kind.__name__}.{name}") for kind in CLASSES for name, member in own_members(kind) if inspect.isfunction(member)
]


def test_every_public_thing_has_a_docstring() -> None:
    for name in tzafon.__all__:
        value = getattr(tzafon, name)
        if inspect.isclass(value) and value.__module__.startswith("tzafon"):
            assert inspect.getdoc(value), name
    for kind in CLASSES:
        for name, member in own_members(kind):
            assert inspect.getdoc(getattr(member, "func", member)) or name in annotated(kind), f"{kind.__name__}.{name}"


def annotated(kind: type) -> "set[str]":
    return {name for base in kind.__mro__ for name in vars(base).get("__annotations__", {})}


@pytest.mark.parametrize("method", [*METHODS, Lightcone.__init__, tzafon.Timeout.__init__])
def test_a_docstring_names_each_parameter(method: Any) -> None:
    doc = inspect.getdoc(method) or ""
    parameters = [name for name in inspect.signature(method).parameters if name not in ("self", "exc_type", "exc", "traceback")]
    if len(parameters) == 1 and "Args:" not in doc:
        # One that says in its first line what it is given.
        assert doc, method
        return
    arguments = doc.partition("Args:")[2].partition("\n\n")[0]
    for name in parameters:
        described = re.search(rf"^ +{name}: (.+)", arguments, re.MULTILINE)
        named = re.search(rf"`{name}`|the other three", arguments)
        assert described or named, f"{method.__qualname__}({name})"


@pytest.mark.parametrize("method", ["start", "start_stream", "run"])
@pytest.mark.parametrize("kind", [Lightcone, AsyncLightcone])
def test_times_and_defaults_are_told(kind: Any, method: str) -> None:
    doc = " ".join((inspect.getdoc(getattr(kind(api_key="k").agent.tasks, method)) or "").split())
    for told in (
        "max_steps: The most actions the agent may do. Default: 100.",
        "max_duration_seconds: The longest the task may run, in seconds",
        "viewport_width: Width of the screen in pixels. Default: 1280.",
        "temperature: How freely the model chooses; higher is more creative. Default: 0.2.",
        "timeout: How long to wait, in seconds or as a `Timeout`; None waits for ever. Default: the client's own.",
        "APITimeoutError: Nothing came for as long as the timeout allows.",
    ):
        assert told in doc


def test_a_type_says_what_each_member_is() -> None:
    source = inspect.getsource(inspect.getmodule(tzafon.types.agent.TaskStartParams))  # type: ignore[arg-type]
    for kind in ("ContextMessage", "TaskStartParams", "TaskInjectMessageParams", "TaskListParams", "TaskEventsParams"):
        body = source.partition(f"class {kind}(")[2].partition("\nclass ")[0]
        members = re.findall(r"^    (\w+): .+\n    \"\"\".", body, re.MULTILINE)
        assert members == list(getattr(tzafon.types.agent, kind).__annotations__), kind
