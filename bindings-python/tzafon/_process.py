"""What belongs to the process that made it, and what is left of it when nobody has it any more."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Callable

__all__ = ["Bound", "cached_property", "dropped"]

if TYPE_CHECKING:
    from functools import cached_property as cached_property
else:

    class cached_property:
        """As in functools since Python 3.12. The one before has a lock, which a child may find taken that was forked meanwhile."""

        def __init__(self, make):
            self._make = make
            self.__doc__ = make.__doc__

        def __set_name__(self, owner, name):
            self._name = name

        def __get__(self, instance, owner=None):
            return self if instance is None else instance.__dict__.setdefault(self._name, self._make(instance))


class Bound:
    """Something that holds connections of its process, and so can be neither pickled nor copied by `copy`."""

    _in_its_place = ""
    """What to do instead, for the error's text."""

    def __reduce__(self) -> Any:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or copied, because it holds connections of this process. {self._in_its_place}"
        )


# As the process ends, this module's names may be gone before the last stream is.
def dropped(what: object, advice: str, _warn: Callable[..., None] = warnings.warn) -> None:
    """Warns that nobody has something any more that was not closed."""
    text = f"{type(what).__name__} was dropped while it was open, and its connection closed. {advice}"
    _warn(text, ResourceWarning, source=what)
