"""Makes a body into what a program asks for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, cast, get_args, get_origin

from typing_extensions import TypeAlias

from ._bridge import decoded, not_an_object
from ._streaming import AsyncStream, Stream
from ._types import NoneType

if TYPE_CHECKING:
    from ._generated.models import TaskResult
    from ._models import BaseModel

__all__ = ["Parser", "items_named", "model_named", "parser_of", "task_result"]

Parser: TypeAlias = Callable[[bytes, bytes], Any]
"""From the metadata of an answer as JSON, and its body, to its content."""


def model_named(name: str) -> Parser:
    """Makes an answer an instance of the generated model of that name."""

    return lambda head, body: _generated(name).from_answer(_members(head, body))


def items_named(name: str) -> Callable[[bytes, bytes], tuple[list[Any], bool]]:
    """Makes a page the instances of that model in it, and whether there are more."""

    def parse(head: bytes, body: bytes) -> tuple[list[Any], bool]:
        page = _members(head, body)
        items: list[Any] = page.get("data") or []
        if not all(isinstance(item, dict) for item in items):
            raise not_an_object(head, body)
        model = _generated(name)
        return [model.from_answer(item) for item in items], bool(page.get("has_more"))

    return parse


def task_result(members: Mapping[str, Any]) -> TaskResult:
    """How a task ended, from what the native module tells."""
    # Late, as below.
    from ._generated.models import TaskResult

    return TaskResult.from_answer(members)


def _generated(name: str) -> type[BaseModel]:
    # Late, for the models bring pydantic with them.
    from ._generated import models

    found: type[BaseModel] = getattr(models, name)
    return found


def _members(head: bytes, body: bytes) -> dict[str, Any]:
    """The members of an answer that is a JSON object.

    Raises:
        APIError: It is none.
    """
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise not_an_object(head, body)
    return cast("dict[str, Any]", value)


def parser_of(cast_to: Any) -> Optional[Parser]:
    """Makes an answer what `cast_to` names; None where that is a stream of events.

    Raises:
        TypeError: It is a pydantic model that does not know members it was not told of.
    """
    kind = get_origin(cast_to) or cast_to
    if kind in (Stream, AsyncStream):
        return None
    if kind in (None, NoneType):
        return lambda head, body: None
    if kind is bytes:
        return lambda head, body: body
    if kind in (str, int, float):
        return lambda head, body: kind(body.decode(errors="replace"))
    model = _model(kind)
    if model is not None:
        return lambda head, body: model.from_answer(_members(head, body))
    items = get_args(cast_to) if kind is list else ()
    item = _model(items[0]) if items else None

    def parse(head: bytes, body: bytes) -> Any:
        value: object = decoded(body.decode(errors="replace"))
        if item is None or not isinstance(value, list):
            return value
        found: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [item.from_answer(each) if isinstance(each, dict) else each for each in found]

    return parse


def _model(kind: Any) -> Any:
    """The kind, if it is a model."""
    if not isinstance(kind, type) or not hasattr(kind, "model_fields"):
        return None
    from ._models import BaseModel

    if not issubclass(kind, BaseModel):
        raise TypeError(f"{kind.__name__} must be a subclass of tzafon.BaseModel, which keeps members that it does not know")
    return kind
