"""Makes a body into what a program asks for."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Callable, Mapping, NamedTuple, Optional, Union, cast, get_args, get_origin

from ._bridge import answered, decoded, not_an_object
from ._exceptions import APIResponseValidationError
from ._streaming import AsyncStream, Stream
from ._types import NoneType

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

    from ._building import Builder
    from ._generated.models import TaskResult
    from ._models import BaseModel
    from ._native import Head

__all__ = ["Answer", "Parser", "event_maker", "items_named", "model_named", "parser_of", "task_event_maker", "task_result"]


class Answer(NamedTuple):
    """A whole answer."""

    head: Union[bytes, Head]
    """How it begins: `bytes` makes it JSON."""
    body: bytes
    strict: bool
    """Whether it is checked against the type it is made into."""


Parser: TypeAlias = Callable[[Answer], Any]
"""From an answer to its content."""


class _Parser:
    """One that can be pickled, with an answer as it came: as what it was made from, since functions without a name cannot."""

    def __init__(self, parse: Parser, make: Callable[[Any], Optional[Parser]], kind: Any) -> None:
        self._parse = parse
        self._made = make, (kind,)

    def __call__(self, answer: Answer) -> Any:
        return self._parse(answer)

    def __reduce__(self) -> Any:
        return self._made


def model_named(name: str) -> Parser:
    """Makes an answer an instance of the generated model of that name."""

    return _Parser(lambda answer: _made(_generated(name), answer), model_named, name)


def items_named(name: str) -> Callable[[Answer], tuple[list[Any], bool]]:
    """Makes a page the instances of that model in it, and whether there are more."""

    def parse(answer: Answer) -> tuple[list[Any], bool]:
        page = _members(answer)
        items: list[Any] = page.get("data") or []
        if not all(isinstance(item, dict) for item in items):
            raise not_an_object(answer.head, answer.body)
        model = _generated(name)
        made = [_checked(answer, model, item) if answer.strict else model.from_answer(item) for item in items]
        return made, bool(page.get("has_more"))

    return parse


def task_result(members: Mapping[str, Any]) -> TaskResult:
    """How a task ended, from what the native module tells."""
    # Late, as below.
    from ._generated.models import TaskResult

    return TaskResult.from_answer(members)


def parser_of(cast_to: Any) -> Optional[Parser]:
    """Makes an answer what `cast_to` names; None where that is a stream of events.

    Raises:
        TypeError: It is a pydantic model that does not know members it was not told of.
        RuntimeError: It is nothing that an answer could be made into.
    """
    parse = _parser(cast_to)
    return None if parse is None else _Parser(parse, parser_of, cast_to)


def _parser(cast_to: Any) -> Optional[Parser]:
    kind = get_origin(cast_to) or cast_to
    if kind in (Stream, AsyncStream):
        return None
    if kind in (None, NoneType):
        return lambda answer: None
    if kind is bytes:
        return lambda answer: answer.body
    if kind is bool:
        return lambda answer: _text(answer).lower() == "true"
    if kind in (str, int, float):
        return lambda answer: kind(_text(answer))
    if _is_httpx_response(kind):
        return lambda answer: _httpx_response(kind, answer)
    return _json_parser(cast_to)


def task_event_maker(strict: bool) -> Optional[Builder]:
    """Checks each event of a task's stream and leaves it as it came; None where nothing is to be checked.

    What it gives raises ValueError.
    """
    if not strict:
        return None
    # Late, for pydantic comes with it.
    from ._building import checked_event

    return checked_event


def event_maker(kind: Any, strict: bool) -> Optional[Builder]:
    """Makes each event of another stream what `X` or `Stream[X]` says; None where events are left as they came.

    What it gives raises ValueError if it is strict.
    """
    if (get_origin(kind) or kind) in (Stream, AsyncStream):
        kind = (get_args(kind) or (object,))[0]
    if kind in (object, Any):
        return None
    # Late, as above.
    from ._building import builder_of, checked

    return (lambda event: checked(kind, event)) if strict else builder_of(kind)


def _json_parser(cast_to: Any) -> Parser:
    # Late, as above.
    from pydantic import BaseModel as PydanticModel

    from ._building import UNIONS, builder_of, plain_type
    from ._models import BaseModel

    plain = plain_type(cast_to)
    kind = get_origin(plain) or plain
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return lambda answer: _made(plain, answer)
    if isinstance(kind, type) and issubclass(kind, PydanticModel):
        raise TypeError(f"{kind.__name__} must be a subclass of tzafon.BaseModel, which keeps members that it does not know")
    if isinstance(kind, type) and kind not in (object, dict, list, *UNIONS):
        raise RuntimeError(
            f"An answer cannot be made a {kind.__name__}: give cast_to a subclass of tzafon.BaseModel, object, dict, list, "
            "Union, NoneType, str, bytes, int, float, bool, APIResponse, Stream or httpx.Response"
        )
    builder = builder_of(plain)

    def parse(answer: Answer) -> Any:
        value = _json_of(answer)
        if answer.strict:
            return _checked(answer, plain, value)
        return value if builder is None else builder(value)

    return parse


def _made(model: type[BaseModel], answer: Answer) -> Any:
    if answer.strict:
        return _checked(answer, model, _json_of(answer))
    return model.from_answer(_members(answer))


def _checked(answer: Answer, kind: Any, value: object) -> Any:
    from ._building import checked

    try:
        return checked(kind, value)
    except ValueError as error:
        message = f"The answer is not what its type says: {error}"
        raise APIResponseValidationError(answered(answer.head, answer.body), value, message=message) from error.__cause__


def _generated(name: str) -> type[BaseModel]:
    # Late, for the models bring pydantic with them.
    from ._generated import models

    found: type[BaseModel] = getattr(models, name)
    return found


def _members(answer: Answer) -> dict[str, Any]:
    """The members of an answer that is a JSON object.

    Raises:
        APIError: It is none.
    """
    value = _json_of(answer)
    if not isinstance(value, dict):
        raise not_an_object(answer.head, answer.body)
    return cast("dict[str, Any]", value)


def _json_of(answer: Answer) -> object:
    """The body decoded if it is JSON, else its text, which strictly is an error."""
    text = _text(answer)
    if answer.strict:
        response = answered(answer.head, answer.body)
        named = response.headers.get("content-type", "*").split(";")[0].strip()
        if not named.endswith("json"):
            message = f"The answer should have been of the type application/json, not {named}."
            raise APIResponseValidationError(response, text, message=message)
    return decoded(text)


def _text(answer: Answer) -> str:
    return answer.body.decode(errors="replace")


def _is_httpx_response(kind: Any) -> bool:
    # Without loading httpx, which this package does not need: whoever has the class has loaded it.
    return isinstance(kind, type) and kind is getattr(sys.modules.get("httpx"), "Response", None)


def _httpx_response(kind: Any, answer: Answer) -> Any:
    record = json.loads(bytes(answer.head))
    request = sys.modules["httpx"].Request(record["method"], record["url"], headers=record["request_headers"])
    return kind(record["status"], headers=record["headers"], content=answer.body, request=request)
