"""`client.agent`."""

from __future__ import annotations

from functools import cached_property

from .._generated.tasks import AsyncTasks, Tasks
from .._resource import AsyncResource, SyncResource

__all__ = ["Agent", "AsyncAgent"]


class Agent(SyncResource):
    """Everything about agents."""

    @cached_property
    def tasks(self) -> Tasks:
        """Agent tasks: start them, follow them, steer them."""
        return Tasks(self._client)


class AsyncAgent(AsyncResource):
    """Everything about agents, for asyncio."""

    @cached_property
    def tasks(self) -> AsyncTasks:
        """Agent tasks: start them, follow them, steer them."""
        return AsyncTasks(self._client)
