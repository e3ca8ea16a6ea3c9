"""A scripted HTTP server on loopback: it answers what a test tells it, byte by byte, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable

DEADLINE = 20.0
"""Seconds that anything in a test may take; far more than it needs."""


@dataclass
class Request:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The header's value; None if it did not come. A name that came twice is an error."""
        values = [value for given, value in self.headers if given.lower() == name.lower()]
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Exchange:
    """One request and the way to answer it."""

    request: Request
    connection: socket.socket
    gone: threading.Event = field(default_factory=threading.Event)

    def send(self, *parts: bytes) -> None:
        """Sends each part by itself, so that they are read apart."""
        for part in parts:
            self.connection.sendall(part)

    def end(self) -> None:
        """Closes the connection."""
        self.connection.shutdown(socket.SHUT_RDWR)

    def wait_until_gone(self) -> None:
        """Waits for the client to close the connection."""
        self.connection.settimeout(DEADLINE)
        try:
            while self.connection.recv(65536):
                pass
        except ConnectionError:
            pass
        self.gone.set()


Script = Callable[[Exchange], None]


def answer(body: object = None, *, status: int = 200, headers: Iterable[tuple[str, str]] = (), raw: bytes | None = None) -> Script:
    """Answers with JSON, or with raw bytes."""
    content = json.dumps({"status": "running", "task_id": "t1"} if body is None else body).encode() if raw is None else raw

    def script(exchange: Exchange) -> None:
        lines = [f"HTTP/1.1 {status} Something", "content-type: application/json", f"content-length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        exchange.send("\r\n".join(lines).encode() + b"\r\n\r\n" + content)

    return script


SSE_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


def stream(*parts: bytes, hold: bool = False, headers: bytes = b"") -> Script:
    """Answers with a stream of these bytes, then closes it, or holds it open until the client closes."""

    def script(exchange: Exchange) -> None:
        exchange.send(SSE_HEAD[:-2] + headers + b"\r\n")
        exchange.send(*parts)
        if hold:
            exchange.wait_until_gone()
        else:
            exchange.end()

    return script


def hang(exchange: Exchange) -> None:
    """Never answers."""
    exchange.wait_until_gone()


class Server:
    """Answers by the scripts it was given, in turn; the last one again and again."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.exchanges: list[Exchange] = []
        self._scripts: list[Script] = [answer()]
        self._arrived = threading.Condition()
        self._connections: list[socket.socket] = []
        self.ended = threading.Semaphore(0)
        """One more for each connection that has ended."""
        threading.Thread(target=self._accept, daemon=True).start()

    def script(self, *scripts: Script) -> None:
        self._scripts = list(scripts)

    @property
    def requests(self) -> list[Request]:
        return [exchange.request for exchange in self.exchanges]

    @property
    def connections(self) -> int:
        """How many connections there have been."""
        return len(self._connections)

    def wait_for(self, count: int) -> Exchange:
        """Waits until that many requests have come; gives the last of them."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.exchanges) >= count, DEADLINE), f"only {len(self.exchanges)} requests came"
            return self.exchanges[count - 1]

    def close(self) -> None:
        self._listener.close()
        for connection in self._connections:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as reader:
                while request := _read_request(reader):
                    exchange = Exchange(request, connection)
                    with self._arrived:
                        self.exchanges.append(exchange)
                        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
                        self._arrived.notify_all()
                    try:
                        script(exchange)
                    except ConnectionError:
                        # It went before it could be answered.
                        exchange.gone.set()
                        return
        except (OSError, ValueError):
            pass
        finally:
            self.ended.release()


def _read_request(reader: Any) -> Request | None:
    line = reader.readline()
    if not line.strip():
        return None
    method, target, _ = line.decode().split(" ")
    headers: list[tuple[str, str]] = []
    while (line := reader.readline()).strip():
        name, _, value = line.decode().partition(":")
        headers.append((name, value.strip()))
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return Request(method, target, headers, reader.read(length))
