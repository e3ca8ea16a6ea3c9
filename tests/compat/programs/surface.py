"""Writes down what a `tzafon` package offers about agent tasks, as JSON: names, members, parameters, errors, types.

It runs with ours and with the vendor's released one, and so says only what both can be asked.
"""

from __future__ import annotations

import inspect
import json
from typing import Any, Callable

from typing_extensions import get_type_hints, is_typeddict

import tzafon
import tzafon.resources.agent
import tzafon.types.agent

PROTOCOLS = ("__enter__", "__aenter__", "__iter__", "__aiter__", "__next__", "__anext__")
MODEL = ("to_dict", "to_json", "model_dump", "model_dump_json", "model_fields_set", "model_extra")


def default(parameter: inspect.Parameter) -> str:
    if parameter.default is parameter.empty:
        return "required"
    for sentinel in (tzafon.Omit, tzafon.NotGiven):
        if isinstance(parameter.default, sentinel):
            return sentinel.__name__
    return repr(parameter.default)


def parameters(function: Callable[..., Any]) -> dict[str, list[str]]:
    """Kind and default of each parameter by its name."""
    return {
        name: [parameter.kind.name, default(parameter)]
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "self"
    }


def members(value: Any) -> dict[str, Any]:
    """What is public of an object or a class: the parameters of what can be called, and the kind of the rest."""
    found: dict[str, Any] = {}
    annotated = {name for base in getattr(value, "__mro__", ()) for name in vars(base).get("__annotations__", {})}
    for name in sorted({*dir(value), *annotated}):
        if name.startswith("_") and name not in PROTOCOLS:
            continue
        member = inspect.getattr_static(value, name, None)
        if isinstance(value, type):
            function = member if inspect.isfunction(member) else None
        else:
            member = getattr(value, name)
            function = member if inspect.ismethod(member) or inspect.isfunction(member) else None
        found[name] = "value" if function is None else parameters(function)
        if function is not None and inspect.iscoroutinefunction(function):
            found[name]["await"] = ["", ""]
    return found


def error(kind: type[BaseException]) -> dict[str, Any]:
    return {
        "bases": [base.__name__ for base in kind.__mro__],
        "module": kind.__module__,
        "parameters": parameters(kind.__init__) if "__init__" in vars(kind) else None,
        "attributes": sorted({name for base in kind.__mro__ for name in getattr(base, "__annotations__", {}) if not name.startswith("_")}),
    }


def of_type(kind: Any) -> Any:
    if is_typeddict(kind):
        return {name: name in kind.__required_keys__ for name in get_type_hints(kind)}
    if inspect.isclass(kind) and hasattr(kind, "model_fields"):
        return {name: field.is_required() for name, field in kind.model_fields.items()}
    return None


OBJECTS: dict[str, Any] = {
    "Lightcone": tzafon.Lightcone(api_key="sk_x"),
    "AsyncLightcone": tzafon.AsyncLightcone(api_key="sk_x"),
}
for name, client in list(OBJECTS.items()):
    OBJECTS[f"{name}.agent"] = client.agent
    for view in ("", ".with_raw_response", ".with_streaming_response"):
        OBJECTS[f"{name}{view}.agent.tasks"] = (client if not view else getattr(client, view[1:])).agent.tasks
        OBJECTS[f"{name}.agent.tasks{view}"] = client.agent.tasks if not view else getattr(client.agent.tasks, view[1:])
CLASSES = [tzafon.Stream, tzafon.AsyncStream, tzafon.APIResponse, tzafon.AsyncAPIResponse]
EXPORTS = [name for name in tzafon.__all__ if not name.startswith("__")]
ERRORS = [getattr(tzafon, name) for name in EXPORTS if inspect.isclass(getattr(tzafon, name)) and issubclass(getattr(tzafon, name), Exception)]

print(
    json.dumps(
        {
            "names": sorted({*EXPORTS, "APIResponse", "AsyncAPIResponse", "__version__", "__title__"} & {*dir(tzafon), *EXPORTS}),
            "aliases": {name: getattr(tzafon, name).__name__ for name in ("Client", "AsyncClient", "Computer", "AsyncComputer")},
            "values": {name: repr(getattr(tzafon, name)) for name in ("DEFAULT_TIMEOUT", "DEFAULT_MAX_RETRIES", "DEFAULT_CONNECTION_LIMITS", "NoneType")},
            "members": {name: members(value) for name, value in OBJECTS.items()}
            | {f"{name}()": {"__init__": parameters(getattr(tzafon, name).__init__)} for name in ("Lightcone", "AsyncLightcone")}
            | {kind.__name__: members(kind) for kind in CLASSES}
            | {"BaseModel": {name: member for name, member in members(tzafon.BaseModel).items() if name in MODEL}},
            "resources": [name for name in tzafon.resources.agent.__all__],
            "options": sorted(tzafon.RequestOptions.__annotations__),
            "errors": {kind.__name__: error(kind) for kind in ERRORS},
            "types": {name: of_type(getattr(tzafon.types.agent, name)) for name in dir(tzafon.types.agent) if name.startswith("Task")},
        }
    )
)
