"""A server within this process, for tests: it is up in milliseconds, and a test decides what its agent does.

>>> from tzafon.local import LocalServer
>>> with LocalServer() as server:
...     server.script("Find the price", steps=[{"finish": "12 EUR"}])
...     for event in server.client().agent.tasks.start_stream(instruction="Find the price"):
...         print(event)
"""

from __future__ import annotations

import json
import os
import re
import weakref
from types import TracebackType
from typing import Any, Iterable, Mapping, Optional, Union

from typing_extensions import Literal, NotRequired, Self, TypedDict, Unpack

from ._bridge import rebuilt, settled
from ._client import AsyncLightcone, Lightcone
from ._native import LocalServer as NativeServer
from ._native import NativeError
from ._process import Bound
from ._types import Headers, Query, TimeoutOption

__all__ = ["ClientOptions", "Fail", "LocalServer", "Operation", "Script", "Step"]

Operation = Literal["start", "start_stream", "retrieve_status", "inject_message", "pause", "resume"]
"""What a client can ask for, by the name of its method."""


class Fail(TypedDict):
    """The end of a task without success."""

    error_code: str
    """A word for programs."""
    result: NotRequired[str]
    """For people. Default: empty."""
    retryable: NotRequired[bool]
    """Whether the same task could succeed another time. Default: False."""


class Step(TypedDict, total=False):
    """One thing that a script does: exactly one of these, and with `action` perhaps a `description`."""

    event: Mapping[str, Any]
    """Told in the stream as it is; it needs a `type`, and not one that ends a task."""
    action: Mapping[str, Any]
    """Done on the computer, such as `{"type": "navigate", "url": "https://example.com/"}`."""
    description: str
    """What the event of the action says. Default: empty."""
    wait_ms: int
    """So many milliseconds pass."""
    message: str
    """Waits until a message has come in that this regular expression finds something in."""
    finish: str
    """Ends the task with success and this result."""
    fail: Fail
    """Ends the task without success."""


class Script(TypedDict, total=False):
    """What an agent does for some instructions; either `instruction` or `pattern` says for which."""

    instruction: str
    """This instruction, apart from white space around it."""
    pattern: str
    """Every instruction that this regular expression finds something in."""
    events: Iterable[Mapping[str, Any]]
    """Events told before the steps."""
    steps: Iterable[Step]
    """What it does, in order."""
    fail_at: int
    """The number, from 1 and with the events counted, of the step in place of which the task fails."""
    computer: bool
    """Whether it runs on a computer; one that acts needs it. Default: False."""


class ClientOptions(TypedDict, total=False):
    """What else a client is made with; see `Lightcone`."""

    timeout: TimeoutOption
    max_retries: int
    default_headers: Optional[Headers]
    default_query: Optional[Query]


class LocalServer(Bound):
    """A server on a free port of this machine, with a key of its own. It ends with its `with` block, at `close`, when
    nobody has it any more, or with the process; with it end its tasks and their browsers.

    Where scripts are given, even none in a list, or once one is added, its default model plays scripts and nothing else.
    Before that it understands plain instructions by rules, in a browser.

    Attributes:
        url: The address, for a client's `base_url`.
        api_key: The key, for a client's `api_key`.
    """

    _in_its_place = "Give its url and api_key to the other process."

    def __init__(
        self,
        *,
        web: Union[str, os.PathLike[str], None] = None,
        pace: float = 0,
        scripts: Union[Iterable[Script], str, os.PathLike[str], None] = None,
        model: Optional[str] = None,
        config: Union[str, os.PathLike[str], None] = None,
    ) -> None:
        """Starts it.

        Args:
            web: What its browsers see: a folder with one folder per host, or "demo" for the built-in web.
                Default: the network.
            pace: The least time in seconds that an action takes.
            scripts: What the agent does: scripts, or the path of a YAML or JSON file of them. The first that fits is played;
                a task that none fits fails. Default: none yet, and the model until one is added.
            model: Who decides without scripts: where a model is, such as "cassette:tests/shop.jsonl" or
                "northstar@http://localhost:8000/v1", or its name. Default: what the file of models says, or rules.
            config: The path of a file of models, in TOML.

        Raises:
            LightconeError: An option cannot be used.
        """
        options: dict[str, object] = {}
        if web is not None:
            options["web"] = os.fspath(web)
        if not 0 <= pace < float("inf"):
            raise ValueError(f"pace is a time in seconds, from 0 on, not {pace!r}")
        options["pace_ms"] = round(pace * 1000)
        if isinstance(scripts, (str, os.PathLike)):
            options["scripts_file"] = os.fspath(scripts)
        elif scripts is not None:
            options["scripts"] = list(scripts)
        if model is not None:
            options["model"] = model
        if config is not None:
            options["config"] = os.fspath(config)
        try:
            self._native = NativeServer(json.dumps(options))
        except NativeError as error:
            raise rebuilt(error) from None
        # Also called at the exit of the interpreter.
        self._close = weakref.finalize(self, self._native.close)
        self.url: str = self._native.url
        self.api_key: str = self._native.key

    def client(self, **options: Unpack[ClientOptions]) -> Lightcone:
        """A client of this server. It needs no key and no address from the environment, and uses no proxy."""
        return Lightcone(**options, api_key=self.api_key, base_url=self.url)

    def async_client(self, **options: Unpack[ClientOptions]) -> AsyncLightcone:
        """The same for asyncio."""
        return AsyncLightcone(**options, api_key=self.api_key, base_url=self.url)

    def script(
        self,
        instruction: Union[str, re.Pattern[str]],
        *,
        steps: Iterable[Step] = (),
        events: Iterable[Mapping[str, Any]] = (),
        fail_at: Optional[int] = None,
        computer: bool = False,
    ) -> None:
        """Says what the agent does for an instruction. It counts before every script that is there already.

        >>> server.script("Book a table", events=[{"type": "progress_update", "message": "looking"}], steps=[{"finish": "booked"}])
        >>> server.script(re.compile("^Cancel", re.I), steps=[{"wait_ms": 500}, {"fail": {"error_code": "not_found"}}])

        Args:
            instruction: A text, for this instruction; or a compiled pattern, for every one in which it is found.
            steps: What it does, in order. Without `finish` or `fail` it ends with success and an empty result.
            events: Events told before the steps.
            fail_at: The number, from 1 and with the events counted, of the step in place of which the task fails with
                the error_code `scripted_failure`.
            computer: Whether it runs on a computer, which actions need. Default: it does not, and needs no browser.

        Raises:
            LightconeError: The script cannot be played.
        """
        script: dict[str, object] = {"steps": list(steps), "events": list(events), "computer": computer}
        if isinstance(instruction, re.Pattern):
            script["pattern"] = _pattern(instruction)
        else:
            script["instruction"] = instruction
        if fail_at is not None:
            script["fail_at"] = fail_at
        self._tell(self._native.script, script)

    def fail_next(
        self, operation: Operation, *, status: int = 500, times: int = 1, headers: Optional[Mapping[str, str]] = None
    ) -> None:
        """Answers the next requests with an HTTP error; what they ask for is not done.

        A client sends most requests again after 408, 409, 429 and 5xx; `headers={"x-should-retry": "false"}` forbids it,
        and `{"retry-after": "0"}` lets it be soon.

        Args:
            operation: Whose requests.
            status: 400 to 599.
            times: How many requests. A client's repeats count.
            headers: What the answers carry.

        Raises:
            LightconeError: It cannot be.
        """
        fault = {"operation": operation, "status": status, "times": times, "headers": list((headers or {}).items())}
        self._tell(self._native.add_fault, fault)

    def drop_next(self, operation: Operation = "start_stream", *, after_events: int = 0, times: int = 1) -> None:
        """Breaks the connection of the next requests; what they ask for is done.

        Args:
            operation: Whose requests.
            after_events: How many events of a stream come before. At 0 there is no answer at all.
            times: How many requests. A client's repeats count.

        Raises:
            LightconeError: It cannot be.
        """
        self._tell(self._native.add_fault, {"operation": operation, "after_events": after_events, "times": times})

    def _tell(self, tell: Any, value: Mapping[str, object]) -> None:
        try:
            tell(json.dumps(value))
        except NativeError as error:
            raise rebuilt(error) from None

    def close(self) -> None:
        """Ends its tasks and browsers, and the server. Once more is harmless."""
        self._close()

    async def aclose(self) -> None:
        """The same without blocking the event loop."""
        if self._close.detach() is not None:
            await settled(self._native.close_async)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: Optional[type[BaseException]], exc: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: Optional[type[BaseException]], exc: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<LocalServer {self.url}>"


_FLAGS = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s", re.VERBOSE: "x"}


def _pattern(pattern: re.Pattern[str]) -> str:
    """A pattern with its flags in it."""
    flags = "".join(letter for flag, letter in _FLAGS.items() if pattern.flags & flag)
    return f"(?{flags}){pattern.pattern}" if flags else pattern.pattern
