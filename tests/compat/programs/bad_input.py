"""Uses a `tzafon` package wrongly in every way, against a server that accepts anything, and writes down what each comes to, as JSON.

It runs with ours and with the vendor's released one.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable

import pydantic

import tzafon


class Accepting(BaseHTTPRequestHandler):
    """Answers anything with the same."""

    protocol_version = "HTTP/1.1"
    # Else each answer waits for the other side to say that the head has come.
    disable_nagle_algorithm = True
    sent: list[str] = []

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.sent.append(f"{self.command} {self.path} {body.decode(errors='replace')}")
        reply = b'{"status":"completed","task_id":"t1"}'
        kind = "application/json"
        if self.path.endswith("/stream"):
            reply, kind = b'data: {"type":"completed","result":""}\n\n', "text/event-stream"
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


class NotOurs(pydantic.BaseModel):
    name: str = ""


SELF: list[Any] = []
SELF.append(SELF)
NAN = float("nan")

START: dict[str, dict[str, Any]] = {
    "no instruction": {},
    "a wrong keyword": {"instruction": "x", "instructions": "y"},
    "temperature NaN": {"instruction": "x", "temperature": NAN},
    "metadata with an object": {"instruction": "x", "metadata": {"a": object()}},
    "metadata with infinity": {"instruction": "x", "metadata": {"a": -float("inf")}},
    "instruction as bytes": {"instruction": b"x"},
    "instruction with a lone surrogate": {"instruction": "\ud800"},
    "context in itself": {"instruction": "x", "context": SELF},
    "metadata as a set": {"instruction": "x", "metadata": {1, 2}},
    "extra_body a list": {"instruction": "x", "extra_body": [1]},
    "extra_body with an object": {"instruction": "x", "extra_body": {"more": object()}},
    "extra_headers a string": {"instruction": "x", "extra_headers": "X-A: 1"},
    "extra_headers with a number": {"instruction": "x", "extra_headers": {"X-A": 1}},
    "extra_headers with a space in a name": {"instruction": "x", "extra_headers": {"X A": "1"}},
    "extra_headers with a line feed": {"instruction": "x", "extra_headers": {"X-A": "1\r\nX-B: 2"}},
    "extra_headers beyond latin": {"instruction": "x", "extra_headers": {"X-A": "€"}},
    "extra_query a string": {"instruction": "x", "extra_query": "a=1"},
    "extra_query with an object": {"instruction": "x", "extra_query": {"a": object()}},
    "timeout a string": {"instruction": "x", "timeout": "5"},
    "timeout negative": {"instruction": "x", "timeout": -1},
    "timeout NaN": {"instruction": "x", "timeout": NAN},
    "timeout an object": {"instruction": "x", "timeout": object()},
}
ID: dict[str, Any] = {"empty": "", "None": None, "a number": 7, "a dot": ".", "two dots": "..", "bytes": b"t1"}
CLIENT: dict[str, dict[str, Any]] = {
    "a wrong keyword": {"apikey": "sk_x"},
    "no key": {"api_key": None},
    "key a number": {"api_key": 5},
    "key with a line feed": {"api_key": "sk_x\nsk_y"},
    "base_url without a scheme": {"base_url": "example.com"},
    "base_url of another scheme": {"base_url": "ftp://example.com"},
    "base_url a number": {"base_url": 5},
    "timeout a string": {"timeout": "5"},
    "timeout negative": {"timeout": -1},
    "max_retries None": {"max_retries": None},
    "max_retries a string": {"max_retries": "2"},
    "max_retries negative": {"max_retries": -1},
    "default_headers a list": {"default_headers": [("a", "b")]},
    "default_headers with a number": {"default_headers": {"X-A": 1}},
    "default_query a string": {"default_query": "a=b"},
    "http_client an object": {"http_client": object()},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "a wrong keyword": {"time_out": 5},
    "headers in both ways": {"default_headers": {"a": "b"}, "set_default_headers": {"a": "c"}},
    "query in both ways": {"default_query": {"a": "b"}, "set_default_query": {"a": "c"}},
    "max_retries a string": {"max_retries": "2"},
    "timeout a string": {"timeout": "5"},
    "set_default_headers a list": {"set_default_headers": [1]},
}
OWN: dict[str, Callable[[Any], Any]] = {
    "no cast_to": lambda client: client.get("/x"),
    "path a number": lambda client: client.get(5, cast_to=object),
    "cast_to a model of pydantic": lambda client: client.get("/x", cast_to=NotOurs),
    "cast_to a class that is none of them": lambda client: client.get("/x", cast_to=threading.Thread),
    "a wrong option": lambda client: client.get("/x", cast_to=object, options={"parms": {}}),
    "body NaN": lambda client: client.post("/x", cast_to=object, body=NAN),
    "body an object": lambda client: client.post("/x", cast_to=object, body=object()),
    "body a list, with extra_json": lambda client: client.post("/x", cast_to=object, body=[1], options={"extra_json": {"a": 1}}),
    "max_retries a string": lambda client: client.get("/x", cast_to=object, options={"max_retries": "2"}),
}


def cases(make: Callable[..., Any]) -> dict[str, Callable[[], Any]]:
    """Each wrong use by its name: a call, which may give something to be awaited."""
    found: dict[str, Callable[[], Any]] = {}
    for name, given in START.items():
        found[f"start: {name}"] = lambda given=given: make().agent.tasks.start(**given)
        found[f"start_stream: {name}"] = lambda given=given: make().agent.tasks.start_stream(**given)
        found[f"raw start: {name}"] = lambda given=given: make().agent.tasks.with_raw_response.start(**given)
    found["start: instruction by position"] = lambda: make().agent.tasks.start("x")
    for name, id in ID.items():
        for operation in ("retrieve_status", "pause", "resume"):
            found[f"{operation}: id {name}"] = lambda id=id, operation=operation: getattr(make().agent.tasks, operation)(id)
        found[f"inject_message: id {name}"] = lambda id=id: make().agent.tasks.inject_message(id, message="x")
    found["inject_message: no message"] = lambda: make().agent.tasks.inject_message("t1")
    found["pause: no id"] = lambda: make().agent.tasks.pause()
    found["pause: a wrong keyword"] = lambda: make().agent.tasks.pause("t1", task="t2")
    for name, given in CLIENT.items():
        # Called as well: some is looked at only then.
        found[f"client: {name}"] = lambda given=given: make(**given).agent.tasks.pause("t1")
    for name, given in OPTIONS.items():
        found[f"with_options: {name}"] = lambda given=given: make().with_options(**given).agent.tasks.pause("t1")
    for name, call in OWN.items():
        found[f"own: {name}"] = lambda call=call: call(make())
    return found


async def outcome(call: Callable[[], Any]) -> dict[str, Any]:
    Accepting.sent.clear()
    try:
        made = call()
        if hasattr(made, "__await__"):
            await made
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        return {"raises": type(error).__name__, "kinds": kinds, "says": str(error), "sent": list(Accepting.sent)}
    return {"raises": None, "kinds": [], "says": "", "sent": list(Accepting.sent)}


async def main(kind: Callable[..., Any], url: str) -> dict[str, Any]:
    usual = {"api_key": "sk_x", "base_url": url, "max_retries": 0}
    client = kind(**usual)

    def make(**given: Any) -> Any:
        return kind(**{**usual, **given}) if given else client

    return {name: await outcome(call) for name, call in cases(make).items()}


server = ThreadingHTTPServer(("127.0.0.1", 0), Accepting)
threading.Thread(target=server.serve_forever, daemon=True).start()
kind = tzafon.AsyncLightcone if sys.argv[1] == "async" else tzafon.Lightcone
print(json.dumps(asyncio.run(main(kind, f"http://127.0.0.1:{server.server_port}"))))
