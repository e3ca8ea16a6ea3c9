"""The names that people import."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

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


def test_what_people_use_is_documented() -> None:
    for name in tzafon.__all__:
        value = getattr(tzafon, name)
        if inspect.isclass(value) and value.__module__.startswith("tzafon"):
            assert inspect.getdoc(value), name
    for client in (tzafon.Lightcone(api_key="k"), tzafon.AsyncLightcone(api_key="k")):
        for method in ("start", "start_stream", "retrieve_status", "pause", "resume", "inject_message"):
            doc = inspect.getdoc(getattr(client.agent.tasks, method)) or ""
            assert "Args:" in doc and "Raises:" in doc and "timeout:" in doc, method
