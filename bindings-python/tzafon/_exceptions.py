"""What can go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Optional

if TYPE_CHECKING:
    from ._generated.models import TaskResult
    from ._http import Request, Response

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "InternalServerError",
    "LightconeError",
    "NotFoundError",
    "NotSupportedError",
    "PermissionDeniedError",
    "RateLimitError",
    "StreamAlreadyConsumed",
    "StreamInterruptedError",
    "TaskFailedError",
    "UnprocessableEntityError",
]


class LightconeError(Exception):
    """Any error of this package. By itself: the client was made or used wrongly, or was closed."""

    def __reduce__(self) -> tuple[Any, ...]:
        # The constructors below need keywords, which an exception's own way to pickle does not give.
        return _without_init, (type(self), self.args), self.__dict__


def _without_init(cls: type[LightconeError], args: tuple[object, ...]) -> LightconeError:
    return cls.__new__(cls, *args)


class StreamAlreadyConsumed(LightconeError):
    """The body of an answer was asked for again, and had not been kept."""


class APIError(LightconeError):
    """A request was made and did not end well. By itself: the answer was not what it should be."""

    message: str
    """What went wrong, for people."""

    request: Request
    """What was asked."""

    response: Optional[Response]
    """What was answered, if anything."""

    body: Optional[object]
    """The answer's body: decoded if it is JSON, else its text; None without an answer."""

    task_id: Optional[str]
    """The task concerned, where it is known."""

    attempts: int
    """How often the request was sent; 0 when it never was."""

    def __init__(self, message: str, request: Request, *, body: Optional[object]) -> None:
        super().__init__(message)
        self.message = message
        self.request = request
        self.response = None
        self.body = body
        self.task_id = None
        self.attempts = 0


class APIResponseValidationError(APIError):
    """An answer or an event is not what its type says, and the client was made with `_strict_response_validation`."""

    response: Response
    """What was answered."""

    status_code: int
    """The HTTP status."""

    def __init__(self, response: Response, body: Optional[object], *, message: Optional[str] = None) -> None:
        super().__init__(message or "The answer is not what its type says.", response.request, body=body)
        self.response = response  # pyright: ignore[reportIncompatibleVariableOverride]
        self.status_code = response.status_code


class APIConnectionError(APIError):
    """The server could not be reached, or the connection broke."""

    def __init__(self, *, message: str = "Connection error.", request: Request) -> None:
        super().__init__(message, request, body=None)


class APITimeoutError(APIConnectionError):
    """Nothing came for as long as the timeout allows."""

    def __init__(self, request: Request, *, message: str = "Request timed out.") -> None:
        super().__init__(message=message, request=request)


class StreamInterruptedError(APIConnectionError):
    """A task's stream broke off before the task ended. The task itself may be running still."""

    last_event_id: Optional[str] = None
    """The id of the last event that came."""


class APIStatusError(APIError):
    """The server answered with a status that says no."""

    response: Response
    """What was answered."""

    status_code: int
    """The HTTP status."""

    def __init__(self, message: str, *, response: Response, body: Optional[object]) -> None:
        super().__init__(message, response.request, body=body)
        self.response = response  # pyright: ignore[reportIncompatibleVariableOverride]
        self.status_code = response.status_code


class BadRequestError(APIStatusError):
    """The request was malformed."""

    status_code: Literal[400]  # pyright: ignore[reportIncompatibleVariableOverride]


class AuthenticationError(APIStatusError):
    """The key is missing or wrong."""

    status_code: Literal[401]  # pyright: ignore[reportIncompatibleVariableOverride]


class PermissionDeniedError(APIStatusError):
    """The key may not do this."""

    status_code: Literal[403]  # pyright: ignore[reportIncompatibleVariableOverride]


class NotFoundError(APIStatusError):
    """There is no such task, computer or route."""

    status_code: Literal[404]  # pyright: ignore[reportIncompatibleVariableOverride]


class NotSupportedError(NotFoundError):
    """This server has no such operation; its status is 405 where other operations have the same path.

    The hosted service has no list, no cancel and no way to follow a task that runs already.
    """


class ConflictError(APIStatusError):
    """The task's state forbids it, or the idempotency key belongs to another request."""

    status_code: Literal[409]  # pyright: ignore[reportIncompatibleVariableOverride]


class UnprocessableEntityError(APIStatusError):
    """A field has a value that the server does not accept."""

    status_code: Literal[422]  # pyright: ignore[reportIncompatibleVariableOverride]


class RateLimitError(APIStatusError):
    """Too many requests, or too many tasks at once."""

    status_code: Literal[429]  # pyright: ignore[reportIncompatibleVariableOverride]


class InternalServerError(APIStatusError):
    """The server failed: any status from 500 on."""


class TaskFailedError(LightconeError):
    """A task ended and was not completed; `TaskResult.raise_for_status` raises it."""

    result: TaskResult
    """How it ended."""

    def __init__(self, message: str, *, result: TaskResult) -> None:
        super().__init__(message)
        self.result = result


def class_named(name: str) -> type[LightconeError]:
    """The class of that name, as the generated table of errors knows it."""
    found: type[LightconeError] = globals()[name]
    return found


# Tracebacks, reprs and pickles name the place that people import from.
for _name in __all__:
    globals()[_name].__module__ = "tzafon"
