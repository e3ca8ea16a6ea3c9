"""The parts of the API."""

from .agent import Agent, AgentResource, AsyncAgent, AsyncAgentResource

__all__ = ["Agent", "AgentResource", "AsyncAgent", "AsyncAgentResource"]
