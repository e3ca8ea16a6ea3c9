"""Values and types that the whole package shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Mapping, Optional, TypedDict, TypeVar, Union

from ._timeout import TimeoutLike

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

__all__ = ["NOT_GIVEN", "Body", "Headers", "NoneType", "NotGiven", "Omit", "Query", "RequestOptions", "not_given", "omit"]

_T = TypeVar("_T")


class NotGiven:
    """The type of `not_given`: an option left out, where `None` means something else.

    `timeout=None` is no limit; `timeout=not_given` is the client's own timeout.
    """

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"


class Omit:
    """The type of `omit`: a parameter that is not sent, or a header that is removed.

    >>> client.agent.tasks.pause(task_id, extra_headers={"User-Agent": omit})
    """

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "omit"


not_given = NotGiven()
NOT_GIVEN = not_given
omit = Omit()

NoneType = type(None)

Headers: TypeAlias = Mapping[str, Union[str, Omit]]
"""Headers by name, whatever their case; `omit` removes one."""

Query: TypeAlias = Mapping[str, object]
"""Query parameters: a list is joined by commas, a mapping nests in brackets, None is left out."""

Body: TypeAlias = Mapping[str, object]
"""Members of a JSON object."""

TimeoutOption: TypeAlias = Union[float, TimeoutLike, None, NotGiven]
"""Seconds, a `Timeout` or anything with its attributes, None for no limit."""

EventTimeoutOption: TypeAlias = Union[float, None, NotGiven]
"""Seconds, or None for no limit."""


class RequestOptions(TypedDict, total=False):
    """Options of a request of your own, such as `client.get(path, cast_to=..., options={"params": {"limit": 5}})`."""

    headers: Headers
    """Over the client's; `omit` removes one."""
    params: Query
    """The query, over the client's."""
    extra_json: Mapping[str, Any]
    """Members added to the body; they win over its own."""
    timeout: Optional[Union[float, TimeoutLike]]
    """How long to wait; None waits for ever."""
    max_retries: int
    """How often it is sent again at most."""


def given(mapping: Mapping[str, object]) -> dict[str, object]:
    """The members that are to be sent."""
    return {name: value for name, value in mapping.items() if not isinstance(value, (Omit, NotGiven))}
