"""Makes the same calls with a `tzafon` package, and writes down each request as it came to the server, as JSON.

It runs with ours and with the vendor's released one.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable

import tzafon
from tzafon import Timeout, omit


class Recording(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else each answer waits for the other side to say that the head has come.
    disable_nagle_algorithm = True
    came: list[dict[str, Any]] = []

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.came.append({"line": f"{self.command} {self.path}", "headers": headers, "body": body})
        is_refused = self.path.startswith("/refused") and len(self.came) % 2
        reply, kind = b'{"status":"completed","task_id":"t1"}', "application/json"
        if self.path.split("?")[0].endswith("/stream"):
            reply, kind = b'data: {"type":"completed","result":""}\n\n', "text/event-stream"
        self.send_response(503 if is_refused else 200)
        self.send_header("retry-after-ms", "1")
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


Call = Callable[[Any], Any]
START: dict[str, Any] = {"instruction": "é \u2028 \"quoted\" 'x' <&> 🙂", "kind": "browser", "max_steps": 5, "temperature": 0.1}
CALLS: dict[str, Call] = {
    "start": lambda client: client.agent.tasks.start(**START, metadata={"b": "1", "a": "2"}, context=({"role": "user", "content": "x"} for _ in "ab")),
    "start with null": lambda client: client.agent.tasks.start(instruction="x", model=None, persistent=False, viewport_width=1),
    "start_stream": lambda client: client.agent.tasks.start_stream(**START, stream_mode="concise"),
    "retrieve_status": lambda client: client.agent.tasks.retrieve_status("t 1/ä?#%:@!$&'()*+,;=~"),
    "inject_message": lambda client: client.agent.tasks.inject_message("t1", message="x\ny"),
    "pause": lambda client: client.agent.tasks.pause("t1"),
    "resume": lambda client: client.agent.tasks.resume("t1"),
    "raw": lambda client: client.agent.tasks.with_raw_response.pause("t1"),
    "extra headers": lambda client: client.agent.tasks.pause("t1", extra_headers={"X-A": "1", "user-agent": "mine", "X-Stainless-OS": omit}),
    "no key": lambda client: client.agent.tasks.pause("t1", extra_headers={"Authorization": omit}),
    "extra query": lambda client: client.agent.tasks.pause("t1", extra_query={"a": [1, True, "x y"], "b": {"c": {"d": 1.5}}, "e": None, "f": False}),
    "extra body": lambda client: client.agent.tasks.inject_message("t1", message="x", extra_body={"message": "y", "new": [1]}),
    "extra body alone": lambda client: client.agent.tasks.pause("t1", extra_body={"a": 1}),
    "timeout": lambda client: client.agent.tasks.pause("t1", timeout=7.5),
    "timeout None": lambda client: client.agent.tasks.pause("t1", timeout=None),
    "timeout by parts": lambda client: client.agent.tasks.pause("t1", timeout=Timeout(60, read=3)),
    "default headers": lambda client: client.with_options(default_headers={"X-B": "2", "X-Stainless-Lang": omit}).agent.tasks.pause("t1"),
    "default query": lambda client: client.with_options(default_query={"a": [1, 2]}).agent.tasks.pause("t1", extra_query={"b": 1}),
    "prefix": lambda client: client.with_options(base_url=f"{client.base_url}".rstrip("/") + "/a/b").agent.tasks.pause("t1"),
    "retries": lambda client: client.with_options(base_url=f"{client.base_url}".rstrip("/") + "/refused").agent.tasks.retrieve_status("t1"),
    "get": lambda client: client.get("/x?a=1", cast_to=object, options={"params": {"b": [1, 2]}}),
    "post": lambda client: client.post("x/y", cast_to=object, body={"a": None}, options={"extra_json": {"b": 1}, "headers": {"X-A": "1"}}),
    "put": lambda client: client.put("/x", cast_to=object, body=[1, "ü"]),
    "patch": lambda client: client.patch("/x", cast_to=object),
    "delete": lambda client: client.delete("/x", cast_to=object, options={"timeout": 5}),
}


async def main(client: Any) -> dict[str, Any]:
    requests: dict[str, Any] = {}
    for name, call in CALLS.items():
        Recording.came.clear()
        made = call(client)
        if hasattr(made, "__await__"):
            made = await made
        if name == "start_stream":
            await made.close() if hasattr(made, "__anext__") else made.close()
        requests[name] = list(Recording.came)
    return {"version": tzafon.__version__, "requests": requests}


server = ThreadingHTTPServer(("127.0.0.1", 0), Recording)
threading.Thread(target=server.serve_forever, daemon=True).start()
kind = tzafon.AsyncLightcone if sys.argv[1] == "async" else tzafon.Lightcone
print(json.dumps(asyncio.run(main(kind(api_key="sk_x", base_url=f"http://127.0.0.1:{server.server_port}")))))
