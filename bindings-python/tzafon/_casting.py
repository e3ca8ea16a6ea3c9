"""Makes a body into what a program asks for."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, cast, get_args, get_origin

from ._bridge import decoded, not_an_object
from ._streaming import AsyncStream, Stream
from ._types import NoneType

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

    from ._generated.models import TaskResult
    from ._models import BaseModel

__all__ = ["Parser", "items_named", "model_named", "parser_of", "task_result"]

Parser: TypeAlias = Callable[[bytes, bytes], Any]
"""From the metadata of an answer as JSON, and its body, to its content."""


def model_named(name: str) -> Parser:
    """Makes an answer an instance of the generated model of that name."""

    return partial(_read_generated, name)


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


# An answer is pickled with its parser, so a parser is made of functions that have a name.


def _read_generated(name: str, head: bytes, body: bytes) -> Any:
    return _generated(name).from_answer(_members(head, body))


def _read_model(model: Any, head: bytes, body: bytes) -> Any:
    return model.from_answer(_members(head, body))


def _read_nothing(head: bytes, body: bytes) -> None:
    return None


def _read_bytes(head: bytes, body: bytes) -> bytes:
    return body


def _read_scalar(kind: Any, head: bytes, body: bytes) -> Any:
    return kind(body.decode(errors="replace"))


def _read_json(item: Any, head: bytes, body: bytes) -> Any:
    """Any JSON; of a list, the objects in it are made instances of the model, if there is one."""
    value: object = decoded(body.decode(errors="replace"))
    if item is None or not isinstance(value, list):
        return value
    found: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
    return [item.from_answer(each) if isinstance(each, dict) else each for each in found]


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
        return _read_nothing
    if kind is bytes:
        return _read_bytes
    if kind in (str, int, float):
        return partial(_read_scalar, kind)
    model = _model(kind)
    if model is not None:
        return partial(_read_model, model)
    items = get_args(cast_to) if kind is list else ()
    return partial(_read_json, _model(items[0]) if items else None)


def _model(kind: Any) -> Any:
    """The kind, if it is a model."""
    if not isinstance(kind, type) or not hasattr(kind, "model_fields"):
        return None
    from ._models import BaseModel

    if not issubclass(kind, BaseModel):
        raise TypeError(f"{kind.__name__} must be a subclass of tzafon.BaseModel, which keeps members that it does not know")
    return kind
