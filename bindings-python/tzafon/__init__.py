"""Agent tasks: say in plain words what a computer should do, and watch an agent do it.

>>> from tzafon import Lightcone
>>> client = Lightcone()
>>> for event in client.agent.tasks.start_stream(instruction="Find the trending Python repositories on github.com"):
...     print(event)
"""

# Loading this module loads next to nothing; a name brings its module with it when it is first used.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import resources as resources
    from . import types as types
    from ._client import AsyncLightcone as AsyncLightcone
    from ._client import Lightcone as Lightcone
    from ._constants import DEFAULT_CONNECTION_LIMITS as DEFAULT_CONNECTION_LIMITS
    from ._constants import DEFAULT_MAX_RETRIES as DEFAULT_MAX_RETRIES
    from ._constants import DEFAULT_TIMEOUT as DEFAULT_TIMEOUT
    from ._exceptions import APIConnectionError as APIConnectionError
    from ._exceptions import APIError as APIError
    from ._exceptions import APIResponseValidationError as APIResponseValidationError
    from ._exceptions import APIStatusError as APIStatusError
    from ._exceptions import APITimeoutError as APITimeoutError
    from ._exceptions import AuthenticationError as AuthenticationError
    from ._exceptions import BadRequestError as BadRequestError
    from ._exceptions import ConflictError as ConflictError
    from ._exceptions import InternalServerError as InternalServerError
    from ._exceptions import LightconeError as LightconeError
    from ._exceptions import NotFoundError as NotFoundError
    from ._exceptions import NotSupportedError as NotSupportedError
    from ._exceptions import PermissionDeniedError as PermissionDeniedError
    from ._exceptions import RateLimitError as RateLimitError
    from ._exceptions import StreamAlreadyConsumed as StreamAlreadyConsumed
    from ._exceptions import StreamInterruptedError as StreamInterruptedError
    from ._exceptions import TaskFailedError as TaskFailedError
    from ._exceptions import UnprocessableEntityError as UnprocessableEntityError
    from ._generated.models import TaskResult as TaskResult
    from ._models import BaseModel as BaseModel
    from ._network import Limits as Limits
    from ._pages import AsyncPage as AsyncPage
    from ._pages import Page as Page
    from ._response import APIResponse as APIResponse
    from ._response import AsyncAPIResponse as AsyncAPIResponse
    from ._streaming import AsyncStream as AsyncStream
    from ._streaming import Stream as Stream
    from ._timeout import Timeout as Timeout
    from ._types import NOT_GIVEN as NOT_GIVEN
    from ._types import NoneType as NoneType
    from ._types import NotGiven as NotGiven
    from ._types import Omit as Omit
    from ._types import RequestOptions as RequestOptions
    from ._types import not_given as not_given
    from ._types import omit as omit
    from ._version import __title__ as __title__
    from ._version import __version__ as __version__

    # Other names of the clients, in use in older programs.
    Client = Computer = Lightcone
    AsyncClient = AsyncComputer = AsyncLightcone

if not TYPE_CHECKING:
    import sys

    _HOMES = {
        "_client": ("AsyncLightcone", "Lightcone"),
        "_constants": ("DEFAULT_CONNECTION_LIMITS", "DEFAULT_MAX_RETRIES", "DEFAULT_TIMEOUT"),
        "_exceptions": (
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
        ),
        "_generated.models": ("TaskResult",),
        "_models": ("BaseModel",),
        "_network": ("Limits",),
        "_pages": ("AsyncPage", "Page"),
        "_response": ("APIResponse", "AsyncAPIResponse"),
        "_streaming": ("AsyncStream", "Stream"),
        "_timeout": ("Timeout",),
        "_types": ("NOT_GIVEN", "NoneType", "NotGiven", "Omit", "RequestOptions", "not_given", "omit"),
        "_version": ("__title__", "__version__"),
    }
    _ALIASES = {"Client": "Lightcone", "Computer": "Lightcone", "AsyncClient": "AsyncLightcone", "AsyncComputer": "AsyncLightcone"}
    _MODULES = ("resources", "types")

    __all__ = [*sorted(_ALIASES), *sorted(name for names in _HOMES.values() for name in names), *_MODULES]


    def __getattr__(name):
        from importlib import import_module

        own = _ALIASES.get(name, name)
        if own in _MODULES:
            return import_module(f"{__name__}.{own}")
        for home, names in _HOMES.items():
            if own in names:
                value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), own)
                return value
        from ._elsewhere import reason_for_name

        reason = reason_for_name(name)
        if reason is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        # `from tzafon import X` makes a message of its own from an AttributeError, so that the reason would be lost.
        is_import = sys._getframe(1).f_code.co_name == "_handle_fromlist"
        raise (ImportError if is_import else AttributeError)(reason)


    def __dir__():
        return sorted({*globals(), *__all__})
