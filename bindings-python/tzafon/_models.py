"""What answers are made into."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Hashable, Mapping, Optional, Tuple, cast

from pydantic import BaseModel as PydanticModel
from pydantic import ConfigDict
from typing_extensions import Self, TypeAlias

from ._building import Builder, builder_of
from ._exceptions import TaskFailedError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from ._generated.models import TaskResult

__all__ = ["BaseModel", "Outcome"]

_Place: TypeAlias = Tuple[Optional[str], Optional[Builder]]
"""A field's name, and what makes its value."""

_NOWHERE: _Place = (None, None)


class _Plan:
    """How a model is made of an answer's members, which is the same for each answer."""

    def __init__(self, model: type[PydanticModel]) -> None:
        self.defaults: dict[str, Any] = {}
        """By name, in the order of the fields; of those without one, and of those made anew, None."""
        self.made_anew: list[tuple[str, FieldInfo]] = []
        """Fields whose default each model has for itself."""
        self._places: dict[str, _Place] = {}
        self._aliases: dict[str, str] = {}
        for name, field in model.model_fields.items():
            shared = field.is_required() or (field.default_factory is None and isinstance(field.default, _SHARED))
            self.defaults[name] = None if field.is_required() or not shared else field.default
            if not shared:
                self.made_anew.append((name, field))
            self._places[name] = (name, builder_of(cast("Hashable", field.annotation)))
            if field.alias is not None and field.alias != name:
                self._aliases[field.alias] = name

    def places_of(self, members: Mapping[str, Any]) -> Mapping[str, _Place]:
        """Where each member goes: by its alias in place of its name, if it came under that."""
        if not self._aliases:
            return self._places
        places = dict(self._places)
        for alias, name in self._aliases.items():
            if alias in members:
                places[alias] = places.pop(name)
        return places


_SHARED = (str, int, float, type(None))
"""Defaults of these types cannot be changed by whoever has them."""

# Not without end: a program may make models as it runs.
_plan = lru_cache(maxsize=1024)(_Plan)


class BaseModel(PydanticModel):
    """An answer. Members that this version does not know are kept, as attributes like the others."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    @classmethod
    def from_answer(cls, members: Mapping[str, Any]) -> Self:
        """The members as they came, unchecked. One that did not come is not in `model_fields_set`, and has its default, else None."""
        plan = _plan(cls) if cls.__pydantic_complete__ else _Plan(cls)
        places = plan.places_of(members)
        known = plan.defaults.copy()
        came: set[str] = set()
        more: dict[str, Any] = {}
        for key, value in members.items():
            name, builder = places.get(key, _NOWHERE)
            if name is None:
                more[key] = value
                came.add(key)
            else:
                known[name] = value if builder is None else builder(value)
                came.add(name)
        for name, field in plan.made_anew:
            if name not in came:
                known[name] = field.get_default(call_default_factory=True)
        model = cls.model_construct(_fields_set=came, **known)
        object.__setattr__(model, "__pydantic_extra__", more)
        return model

    def to_dict(
        self,
        *,
        mode: str = "python",
        use_api_names: bool = True,
        exclude_unset: bool = True,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        warnings: bool = True,
    ) -> dict[str, object]:
        """The members as a dict, by default those that came.

        Args:
            mode: `"json"` for values that JSON has, `"python"` for those that Python has.
            use_api_names: Whether members have the names that the server gives them.
            exclude_unset: Leave out what did not come.
            exclude_defaults: Leave out what has its default value.
            exclude_none: Leave out what is None.
            warnings: Warn of a member whose value is not of its declared type.
        """
        return self.model_dump(
            mode=mode,
            by_alias=use_api_names,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
            warnings=warnings,
        )

    def to_json(
        self,
        *,
        indent: int | None = 2,
        use_api_names: bool = True,
        exclude_unset: bool = True,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        warnings: bool = True,
    ) -> str:
        """The members as JSON, by default those that came.

        Args:
            indent: Spaces per level; None for one line.
            use_api_names: See `to_dict`, as for the other three.
        """
        return self.model_dump_json(
            indent=indent,
            by_alias=use_api_names,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
            warnings=warnings,
        )

    def __str__(self) -> str:
        return repr(self)


class Outcome(BaseModel):
    """How a task ended."""

    @property
    def is_completed(self) -> bool:
        """Whether the task was completed."""
        return getattr(self, "status", None) == "completed"

    def raise_for_status(self) -> Self:
        """The same, if the task was completed.

        Raises:
            TaskFailedError: The task failed or was cancelled.
        """
        if self.is_completed:
            return self
        members: dict[str, Any] = self.model_dump()
        task_id, status, code, result = (members.get(name) for name in ("task_id", "status", "exit_code", "result"))
        text = f"Task {task_id}" if task_id else "The task"
        text += f" was {status}" if status == "cancelled" else f" {status}"
        text += "" if code is None else f" (exit code {code})"
        raise TaskFailedError(f"{text}: {result}" if result else text, result=cast("TaskResult", self))
