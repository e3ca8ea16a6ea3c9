"""What answers are made into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, Mapping, cast

from pydantic import BaseModel as PydanticModel
from pydantic import ConfigDict
from typing_extensions import Self

from ._building import builder_of
from ._exceptions import TaskFailedError

if TYPE_CHECKING:
    from ._generated.models import TaskResult

__all__ = ["BaseModel", "Outcome"]


class BaseModel(PydanticModel):
    """An answer. Members that this version does not know are kept, as attributes like the others."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    @classmethod
    def from_answer(cls, members: Mapping[str, Any]) -> Self:
        """The members as they came, unchecked. One that did not come is not in `model_fields_set`, and has its default, else None."""
        known: dict[str, Any] = {}
        named: dict[str, str] = {}
        for name, field in cls.model_fields.items():
            key = name if field.alias is None or field.alias not in members else field.alias
            if key in members:
                builder = builder_of(cast("Hashable", field.annotation))
                known[name] = members[key] if builder is None else builder(members[key])
                named[key] = name
            else:
                known[name] = None if field.is_required() else field.get_default(call_default_factory=True)
        model = cls.model_construct(_fields_set={named.get(key, key) for key in members}, **known)
        object.__setattr__(model, "__pydantic_extra__", {key: value for key, value in members.items() if key not in named})
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
