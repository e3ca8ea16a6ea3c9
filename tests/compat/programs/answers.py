"""Has a `tzafon` package answered in many ways, and writes down what a program sees of each answer, as JSON.

It runs with ours and with the vendor's released one.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, Optional, Union

import tzafon

JSON = "application/json"
TASK = b'{"status":"running","task_id":"t1","new":{"a":[1]},"reused":null}'
EVENTS = b'id: 1\ndata: {"type":"started","task_id":"t1"}\n\nid: 2\ndata: {"type":"completed","result":"\xc3\xa9"}\n\n'
ANSWER = [200, JSON, b""]


class Scripted(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else each answer waits for the other side to say that the head has come.
    disable_nagle_algorithm = True

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status, kind, body = ANSWER
        self.send_response(status)
        for name, value in (("content-type", kind), ("content-length", str(len(body))), ("X-Request-Id", "r1"), ("x-should-retry", "false")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


class Part(tzafon.BaseModel):
    name: str
    weight: float = 1.5


class Machine(tzafon.BaseModel):
    name: str
    parts: List[Part]
    spare: Optional[Part] = None
    either: Union[Part, int, None] = None


async def settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def of_model(model: Any) -> dict[str, Any]:
    return {
        "repr": repr(model),
        "str": str(model),
        "to_dict": model.to_dict(),
        "to_json": model.to_json(),
        "one line": model.to_json(indent=None, exclude_none=True),
        "dump": model.model_dump(),
        "extra": model.model_extra,
        "set": sorted(set(model.model_fields_set) & set(type(model).model_fields)),
    }


def of_value(value: Any) -> Any:
    if isinstance(value, tzafon.BaseModel):
        return of_model(value)
    if isinstance(value, list):
        return [of_value(each) for each in value]
    return [type(value).__name__, repr(value)]


def of_error(error: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {"type": type(error).__name__, "str": str(error), "args": repr(error.args)}
    if isinstance(error, tzafon.APIError):
        seen["repr"] = repr(error)
        seen.update({name: getattr(error, name) for name in ("message", "body")})
        seen["request"] = [error.request.method, str(error.request.url).partition("/agent")[2], "x-stainless-lang" in error.request.headers]
    if isinstance(error, tzafon.APIStatusError):
        response = error.response
        seen["response"] = [response.status_code, response.text, response.read().decode(errors="replace"), response.headers["X-REQUEST-ID"]]
        seen["status_code"] = error.status_code
    return seen


async def of_raw(response: Any) -> dict[str, Any]:
    return {
        "head": [response.status_code, response.method, str(response.url).partition("/agent")[2], response.http_version, response.retries_taken],
        "headers": [response.headers["x-request-id"], response.headers.get("none"), "X-REQUEST-ID" in response.headers],
        "request": [response.http_request.method, response.http_request.headers["X-STAINLESS-LANG"]],
        "parsed": of_value(await settled(response.parse())),
        "same": await settled(response.parse()) is await settled(response.parse()),
        "as": [of_value(await settled(response.parse(to=kind))) for kind in (Part, Dict[str, object], str)],
        "text": [await settled(response.text()), (await settled(response.read())).decode(), await settled(response.json())],
        "closed": response.is_closed,
    }


STATUSES = (400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429, 451, 500, 501, 502, 503, 504, 599)
BODIES = {
    "a problem": [JSON, b'{"title":"No","status":0,"detail":"it\'s \\u00fc","errors":[{"field":"a"}],"ok":true,"n":null,"f":1.50}'],
    "empty": [JSON, b""],
    "text": ["text/plain", b" down for\nrepair "],
    "html": ["text/html", b"<html>\xc3\xa9</html>"],
    "a list": [JSON, b"[1, null]"],
    "a string": [JSON, b'"text"'],
    "null": [JSON, b"null"],
    "broken": [JSON, b'{"a":'],
}

Make = Callable[[Any], Any]
PAUSE: Make = lambda client: client.agent.tasks.pause("t1")  # noqa: E731
ASKED: dict[str, tuple[list[Any], Make]] = {
    "start": ([200, JSON, TASK], lambda client: client.agent.tasks.start(instruction="x")),
    "retrieve_status": ([200, JSON, b'{"status":"completed","task_id":"t1","exit_code":0}'], lambda client: client.agent.tasks.retrieve_status("t1")),
    "wrong types": ([200, JSON, b'{"status":5,"task_id":null,"reused":"perhaps"}'], lambda client: client.agent.tasks.start(instruction="x")),
    "nothing": ([200, JSON, b"{}"], lambda client: client.agent.tasks.start(instruction="x")),
    "inject_message": ([202, JSON, b'{"status":"queued"}'], lambda client: client.agent.tasks.inject_message("t1", message="x")),
    "models": ([200, JSON, b'{"name":"m","parts":[{"name":"a","x":1},{}],"spare":{"name":"s","weight":2},"either":{"name":"e"}}'], lambda client: client.get("/x", cast_to=Machine)),
    "models that do not fit": ([200, JSON, b'{"name":1,"parts":{"a":1},"spare":[1]}'], lambda client: client.get("/x", cast_to=Machine)),
    "a dict of models": ([200, JSON, b'{"a":{"name":"p"},"b":1}'], lambda client: client.get("/x", cast_to=Dict[str, Part])),
    "a list of models": ([200, JSON, b'[{"name":"p"},1]'], lambda client: client.get("/x", cast_to=List[Part])),
    "a union": ([200, JSON, b'{"name":"p","weight":3}'], lambda client: client.get("/x", cast_to=Union[Part, Machine])),
    "an object": ([200, JSON, b'{"a":1.0}'], lambda client: client.get("/x", cast_to=object)),
    "no JSON": ([200, "text/plain", b"text"], lambda client: client.get("/x", cast_to=object)),
    "str": ([200, JSON, b'{"a":1}'], lambda client: client.get("/x", cast_to=str)),
    "bytes": ([200, JSON, b"\xff"], lambda client: client.get("/x", cast_to=bytes)),
    "int": ([200, "text/plain", b"7"], lambda client: client.get("/x", cast_to=int)),
    "float": ([200, "text/plain", b"7.5"], lambda client: client.get("/x", cast_to=float)),
    "bool": ([200, "text/plain", b"True"], lambda client: client.get("/x", cast_to=bool)),
    "None": ([200, JSON, b""], lambda client: client.get("/x", cast_to=tzafon.NoneType)),
}


async def attempt(client: Any, make: Make) -> Any:
    try:
        return of_value(await settled(make(client)))
    except Exception as error:
        return of_error(error)


async def stream_of(client: Any) -> Any:
    stream: Any = await settled(client.agent.tasks.start_stream(instruction="x"))
    first = await anext_of(stream)
    seen = [first, *([event async for event in stream] if hasattr(stream, "__anext__") else list(stream))]
    again = [event async for event in stream] if hasattr(stream, "__anext__") else list(stream)
    return [seen, again, stream.response.status_code, stream.response.headers["X-Request-ID"]]


async def anext_of(stream: Any) -> Any:
    return await stream.__anext__() if hasattr(stream, "__anext__") else next(stream)


async def main(client: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for status in STATUSES:
        for name, (kind, body) in BODIES.items():
            ANSWER[:] = [status, kind, body]
            seen[f"{status} {name}"] = await attempt(client, PAUSE)
    for name, (answer, make) in ASKED.items():
        ANSWER[:] = answer
        seen[name] = await attempt(client, make)
    ANSWER[:] = [200, JSON, TASK]
    seen["raw"] = await of_raw(await settled(client.agent.tasks.with_raw_response.start(instruction="x")))
    ANSWER[:] = [200, "text/event-stream", EVENTS]
    seen["stream"] = await stream_of(client)
    seen["sentinels"] = [bool(tzafon.NOT_GIVEN), repr(tzafon.NOT_GIVEN), bool(tzafon.omit), bool(tzafon.not_given)]
    seen["made by hand"] = made_by_hand(client)
    return seen


def made_by_hand(client: Any) -> Any:
    request: Any = type("Request", (), {"method": "GET", "url": "http://a"})()
    response: Any = type("Response", (), {"status_code": 404, "request": request, "headers": {}})()
    made = [
        tzafon.APIConnectionError(request=request),
        tzafon.APIConnectionError(message="m", request=request),
        tzafon.APITimeoutError(request),
        tzafon.APITimeoutError(request=request),
        tzafon.APIError("m", request, body=None),
        tzafon.NotFoundError("m", response=response, body={"a": 1}),
        tzafon.LightconeError("m"),
    ]
    return [[repr(error), str(error), getattr(error, "message", None), getattr(error, "body", None)] for error in made]


server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
threading.Thread(target=server.serve_forever, daemon=True).start()
kind = tzafon.AsyncLightcone if sys.argv[1] == "async" else tzafon.Lightcone
print(json.dumps(asyncio.run(main(kind(api_key="sk_x", base_url=f"http://127.0.0.1:{server.server_port}", max_retries=0)))))
