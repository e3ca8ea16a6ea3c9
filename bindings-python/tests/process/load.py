"""A server that is never what is slow: it answers with bytes made beforehand. Prints its address, and serves until its input ends.

A process of its own, so that what it needs is not counted.
"""

from __future__ import annotations

import asyncio
import sys

EVENTS = 1000
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
FRAMES = b"".join(b'id: %d\ndata: {"type":"thinking","text":"step %d","n":[1,2,{"a":null}]}\n\n' % (n, n) for n in range(EVENTS))
STREAM = HEAD + b"%x\r\n%s\r\n0\r\n\r\n" % (len(FRAMES), FRAMES)
BODY = b'{"status":"running","task_id":"t1","new":{"a":[1,2]}}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Answering(asyncio.Protocol):
    """Answers one request after another."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._seen = b""

    def data_received(self, data: bytes) -> None:
        self._seen += data
        while b"\r\n\r\n" in self._seen:
            head, _, rest = self._seen.partition(b"\r\n\r\n")
            _, _, length = head.lower().partition(b"content-length: ")
            size = int(length.split(b"\r\n")[0] or b"0")
            if len(rest) < size:
                return
            self._seen = rest[size:]
            self._transport.write(STREAM if b"/stream " in head else ANSWER)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
