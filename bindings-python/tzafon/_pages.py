"""Lists, page by page."""

from __future__ import annotations

from typing import AsyncIterator, Awaitable, Callable, Generic, Iterator, List, Optional, TypeVar

from ._process import Bound

__all__ = ["AsyncPage", "Page"]

_T = TypeVar("_T")


class _Page(Bound, Generic[_T]):
    """What both pages have in common."""

    _in_its_place = "Give its data to the other process."

    data: List[_T]
    """The items, the newest first."""

    has_more: bool
    """Whether there are older ones."""

    def __init__(self, data: List[_T], has_more: bool, after: object) -> None:
        self.data = data
        self.has_more = has_more
        self._after = after

    def _last(self) -> Optional[str]:
        """The id to ask for the next page with; None if there is no such page."""
        last: Optional[str] = getattr(self.data[-1], "task_id", None) if self.data and self.has_more else None
        # A server that gives the same page again has no other.
        return None if last == self._after else last

    def __repr__(self) -> str:
        return f"{type(self).__name__}(data={self.data!r}, has_more={self.has_more!r})"


class Page(_Page[_T]):
    """One page of a list. A `for` goes through its items and those of all pages after it.

    >>> for task in client.agent.tasks.list(status="failed"):
    ...     print(task.task_id, task.result)
    """

    def __init__(self, data: List[_T], has_more: bool, after: object, fetch: Callable[[str], Page[_T]]) -> None:
        super().__init__(data, has_more, after)
        self._fetch = fetch

    def next_page(self) -> Optional[Page[_T]]:
        """The page after this one; None if this is the last.

        Raises:
            APIError: As from the call that this page is from.
        """
        last = self._last()
        return None if last is None else self._fetch(last)

    def __iter__(self) -> Iterator[_T]:
        page: Optional[Page[_T]] = self
        while page is not None:
            yield from page.data
            page = page.next_page()


class AsyncPage(_Page[_T]):
    """One page of a list. An `async for` goes through its items and those of all pages after it.

    >>> async for task in await client.agent.tasks.list(status="failed"):
    ...     print(task.task_id, task.result)
    """

    def __init__(self, data: List[_T], has_more: bool, after: object, fetch: Callable[[str], Awaitable[AsyncPage[_T]]]) -> None:
        super().__init__(data, has_more, after)
        self._fetch = fetch

    async def next_page(self) -> Optional[AsyncPage[_T]]:
        """The page after this one; None if this is the last.

        Raises:
            APIError: As from the call that this page is from.
        """
        last = self._last()
        return None if last is None else await self._fetch(last)

    async def __aiter__(self) -> AsyncIterator[_T]:
        page: Optional[AsyncPage[_T]] = self
        while page is not None:
            for item in page.data:
                yield item
            page = await page.next_page()
