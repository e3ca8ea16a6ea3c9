"""From a case's words to the package's, and from its objects to what is handed in."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import tzafon
from tzafon import omit

scale: ContextVar[dict[str, float]] = ContextVar("scale")
"""How fast the time of the clients that are made now passes."""


def client(kind: type[Any], settings: dict[str, Any]) -> Any:
    """A client with a case's settings."""
    scale.set({"backoff": settings.pop("backoff"), "clock": settings.pop("clock")})
    names = {"headers": "default_headers", "query": "default_query"}
    options = {names.get(name, name): value for name, value in settings.items()}
    if "default_headers" in options:
        options["default_headers"] = _headers(options["default_headers"])
    if "timeout" in options:
        options["timeout"] = _timeout(options["timeout"])
    if "client_certificate" in options:
        options["client_certificate"] = (options["client_certificate"]["cert"], options["client_certificate"]["key"])
    if "limits" in options:
        options["limits"] = tzafon.Limits(**options["limits"])
    return kind(**options)


def call(client: Any, step: dict[str, Any]) -> Any:
    """Makes the call of a step; what it gives is the answer, or is to be awaited."""
    if "request" in step:
        return own(client, step)
    given = dict(step.get("options", {}))
    options = {f"extra_{name}": given.pop(name) for name in ("headers", "query", "body") if name in given}
    if "extra_headers" in options:
        options["extra_headers"] = _headers(options["extra_headers"])
    if "timeout" in given:
        options["timeout"] = _timeout(given.pop("timeout"))
    if "max_retries" in given:
        client = client.with_options(max_retries=given.pop("max_retries"))
    ids = [step["id"]] if "id" in step else []
    tasks = client.agent.tasks.with_raw_response if step.get("raw") else client.agent.tasks
    return getattr(tasks, step["call"])(*ids, **step.get("params", {}), **options, **given)


def own(client: Any, step: dict[str, Any]) -> Any:
    """Sends a request of one's own."""
    method, path = step["request"].split(" ", 1)
    options = {{"query": "params"}.get(name, name): value for name, value in step.get("options", {}).items()}
    if "headers" in options:
        options["headers"] = _headers(options["headers"])
    body = {"body": step["body"]} if "body" in step else {}
    as_it_came = tzafon.AsyncAPIResponse if isinstance(client, tzafon.AsyncLightcone) else tzafon.APIResponse
    return getattr(client, method.lower())(path, cast_to=as_it_came if step.get("raw") else object, options=options, **body)


def _headers(headers: dict[str, Any]) -> dict[str, Any]:
    return {name: omit if value is None else value for name, value in headers.items()}


def _timeout(limit: Any) -> Any:
    return tzafon.Timeout(60, **{"connect": 5, **limit}) if isinstance(limit, dict) else limit


def answer(value: Any) -> dict[str, Any]:
    """What a call gave."""
    if hasattr(value, "has_more"):
        return {"result": {"data": [task.to_dict() for task in value.data], "has_more": value.has_more}}
    return {"result": value.to_dict() if hasattr(value, "to_dict") else value}


def raw(response: Any, body: bytes) -> dict[str, Any]:
    """An answer as it came; each byte of its body is the character of that number."""
    headers: dict[str, list[str]] = {}
    for name, text in response.headers.multi_items():
        headers.setdefault(name.lower(), []).append(text)
    members = {name: getattr(response, name) for name in ("url", "http_version")}
    numbers = {"status": response.status_code, "retries": response.retries_taken, "elapsed": response.elapsed.total_seconds()}
    return {"raw": {**members, **numbers, "headers": headers, "body": body.decode("latin-1")}}


def with_task(step: dict[str, Any], observed: list[dict[str, Any]]) -> dict[str, Any]:
    """The step, with the task that was named last in the place of `@task`."""
    if step.get("id") != "@task":
        return step
    parts = [outcome[part] for outcome in observed for part in ("result", "stream") if isinstance(outcome.get(part), dict)]
    return {**step, "id": [part["task_id"] for part in parts if part.get("task_id")][-1]}


def position(stream: Any) -> dict[str, Any]:
    """Where a stream stands."""
    names = ("task_id", "computer_id", "last_event_id", "event_name", "terminal_event")
    return {name: getattr(stream, name, None) for name in names}


def error(error: Exception) -> dict[str, Any]:
    """An error by the names of the contract. Wrong use is a ValueError or TypeError where Python has it so."""
    classes = [kind.__name__ for kind in type(error).__mro__ if issubclass(kind, tzafon.LightconeError)]
    if type(error) in (ValueError, TypeError):
        classes = ["LightconeError"]
    names = ("body", "attempts", "task_id", "last_event_id")
    members = {name: getattr(error, name, None) for name in names}
    message = str(error) if classes else f"{type(error).__name__}: {error}"
    return {"error": {"classes": classes, "message": message, "status": getattr(error, "status_code", None), **members}}
