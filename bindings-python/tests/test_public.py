"""The names that people import."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

import tzafon
import tzafon.types.agent


def test_every_name_is_there() -> None:
    for name in tzafon.__all__:
        assert getattr(tzafon, name) is getattr(importlib.import_module("tzafon"), name)
        assert name in dir(tzafon)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        tzafon.Nothing  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        from tzafon import Nothing  # type: ignore[attr-defined]  # noqa: F401


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(tzafon.__file__).read_text(encoding="utf-8"))
    seen: set[str] = set()
    block = next(node for node in tree.body if isinstance(node, ast.If))
    for node in ast.walk(block):
        if isinstance(node, ast.ImportFrom):
            seen.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            seen.update(target.id for target in node.targets if isinstance(target, ast.Name))
    assert seen == set(tzafon.__all__)


def test_the_version() -> None:
    assert tzafon.__title__ == "tzafon"
    workspace = (Path(__file__).parents[2] / "Cargo.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{tzafon.__version__}"\n' in workspace


@pytest.mark.parametrize(
    "name",
    [
        "TaskStartParams",
        "TaskStartResponse",
        "TaskStartStreamParams",
        "TaskStartStreamResponse",
        "TaskRetrieveStatusResponse",
        "TaskInjectMessageParams",
        "TaskInjectMessageResponse",
        "TaskPauseResponse",
        "TaskResumeResponse",
    ],
)
def test_types_of_agent_tasks(name: str) -> None:
    assert hasattr(tzafon.types.agent, name)


@pytest.mark.parametrize("kind", [tzafon.Lightcone, tzafon.AsyncLightcone])
def test_what_every_method_takes(kind: Any) -> None:
    tasks = kind(api_key="k").agent.tasks
    for name in ("start", "start_stream", "retrieve_status", "inject_message", "pause", "resume", "cancel", "list", "events", "run"):
        parameters = inspect.signature(getattr(tasks, name)).parameters
        for option in ("extra_headers", "extra_query", "extra_body", "timeout"):
            assert parameters[option].kind is inspect.Parameter.KEYWORD_ONLY, name
    # Its timeout is the whole time, and it sends no body.
    assert {"extra_headers", "extra_query", "timeout", "poll_interval"} <= set(inspect.signature(tasks.wait).parameters)
