"""Values of the types that annotations name, out of decoded JSON: as they came, or checked."""

from __future__ import annotations

import sys
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Callable, Hashable, Mapping, Optional, Union, cast, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from typing_extensions import Annotated, TypeAlias, TypeAliasType

__all__ = ["UNIONS", "Builder", "builder_of", "checked", "checked_event", "plain_type"]

Builder: TypeAlias = Callable[[Any], Any]

UNIONS: tuple[object, ...] = (Union,)
if sys.version_info >= (3, 10):
    from types import UnionType

    UNIONS = (Union, UnionType)

_ALIASES: tuple[Any, ...] = (TypeAliasType,)
if sys.version_info >= (3, 12):
    # What a `type` statement makes, which is not that of typing_extensions.
    import typing

    _ALIASES = (TypeAliasType, typing.TypeAliasType)


def plain_type(kind: Any) -> Any:
    """The type that an alias or an annotated type stands for."""
    while True:
        if isinstance(kind, _ALIASES):
            kind = kind.__value__
        elif get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        else:
            return kind


# Not without end: a program may make models as it runs.
@lru_cache(maxsize=1024)
def builder_of(kind: Hashable) -> Optional[Builder]:
    """Makes a value what the type says, as far as it fits: models at any depth, dates. What does not fit stays as it came.

    None where nothing is ever to be made.
    """
    plain = plain_type(kind)
    origin, arguments = get_origin(plain), get_args(plain)
    if origin is list and arguments:
        return _list_of(builder_of(arguments[0]))
    if origin is dict and arguments:
        return _dict_of(builder_of(arguments[1]))
    if origin in UNIONS:
        return _one_of(plain, [argument for argument in arguments if argument is not type(None)])
    if _is_model(origin or plain):
        return _when(dict, plain.from_answer)
    if plain in (float, date, datetime):
        return _checked_or_as_it_came(plain)
    return None


def checked(kind: Any, value: object) -> Any:
    """The value, made what the type says.

    Raises:
        ValueError: It is not that; the text says where.
    """
    try:
        return _adapter(kind).validate_python(value)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'the whole'}: {fault['msg']}" for fault in error.errors(include_url=False)]
        raise ValueError("; ".join(faults)) from error


def checked_event(event: Any) -> Any:
    """The event as it came.

    Raises:
        ValueError: It has no type, or is not what is known of its type.
    """
    known = _event_types().get(_type_of(event))
    if known is not None:
        checked(known, event)
    return event


def _type_of(event: object) -> str:
    kind = cast("Mapping[str, object]", event).get("type") if isinstance(event, dict) else None
    if not isinstance(kind, str):
        raise ValueError("an event must be an object with a type")
    return kind


@lru_cache(maxsize=None)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@lru_cache(maxsize=None)
def _event_types() -> Mapping[str, Any]:
    from typing_extensions import get_type_hints

    from ._generated.events import TaskEvent

    return {get_args(get_type_hints(event)["type"])[0]: event for event in get_args(TaskEvent)}


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and hasattr(kind, "from_answer")


def _when(shape: type, build: Builder) -> Builder:
    """Builds what has the shape that JSON should have given it."""
    return lambda value: build(value) if isinstance(value, shape) else value


def _list_of(item: Optional[Builder]) -> Optional[Builder]:
    return None if item is None else _when(list, lambda items: [item(each) for each in items])


def _dict_of(item: Optional[Builder]) -> Optional[Builder]:
    return None if item is None else _when(dict, lambda items: {name: item(each) for name, each in items.items()})


def _one_of(union: Any, arms: list[Any]) -> Optional[Builder]:
    builders = [builder for builder in map(builder_of, arms) if builder is not None]
    if not builders:
        return None
    if len(arms) == 1:
        return builders[0]

    def build(value: object) -> object:
        try:
            return checked(union, value)
        except ValueError:
            made = (builder(value) for builder in builders)
            return next((each for each in made if each is not value), value)

    return build


def _checked_or_as_it_came(kind: Any) -> Builder:
    def build(value: object) -> object:
        try:
            return checked(kind, value)
        except ValueError:
            return value

    return build
