"""`client.agent`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._generated.tasks import AsyncTasks, Tasks
from .._process import cached_property
from .._resource import AsyncResource, SyncResource

if TYPE_CHECKING:
    from .._generated.raw import (
        AsyncTasksWithRawResponse,
        AsyncTasksWithStreamingResponse,
        TasksWithRawResponse,
        TasksWithStreamingResponse,
    )
    from .._raw import AgentWith

__all__ = ["Agent", "AgentResource", "AsyncAgent", "AsyncAgentResource", "AsyncTasks", "AsyncTasksResource", "Tasks", "TasksResource"]


class Agent(SyncResource):
    """Everything about agents."""

    @cached_property
    def tasks(self) -> Tasks:
        """Agent tasks: start them, follow them, steer them."""
        return Tasks(self._client)

    @cached_property
    def with_raw_response(self) -> AgentWith[TasksWithRawResponse]:
        """The same; each method gives its answer as it came, with its content in it."""
        from .._raw import AgentWith

        return AgentWith(self.tasks.with_raw_response)

    @cached_property
    def with_streaming_response(self) -> AgentWith[TasksWithStreamingResponse]:
        """The same; each method is a context manager of its answer, whose body is yet to be read."""
        from .._raw import AgentWith

        return AgentWith(self.tasks.with_streaming_response)


class AsyncAgent(AsyncResource):
    """Everything about agents, for asyncio."""

    @cached_property
    def tasks(self) -> AsyncTasks:
        """Agent tasks: start them, follow them, steer them."""
        return AsyncTasks(self._client)

    @cached_property
    def with_raw_response(self) -> AgentWith[AsyncTasksWithRawResponse]:
        """The same; each method gives its answer as it came, with its content in it."""
        from .._raw import AgentWith

        return AgentWith(self.tasks.with_raw_response)

    @cached_property
    def with_streaming_response(self) -> AgentWith[AsyncTasksWithStreamingResponse]:
        """The same; each method is a context manager of its answer, whose body is yet to be read."""
        from .._raw import AgentWith

        return AgentWith(self.tasks.with_streaming_response)


# Other names of the classes, in the annotations of older programs.
AgentResource = Agent
AsyncAgentResource = AsyncAgent
TasksResource = Tasks
AsyncTasksResource = AsyncTasks
