"""A server that streams bytes rendered beforehand, so that it is never what is slow.

Prints its address and serves until its standard input closes.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def frames(count: int, size: int) -> list[bytes]:
    """So many frames whose data has about so many bytes."""
    all_frames = []
    for number in range(count):
        event = {"type": "screenshot", "step": number, "screenshot_url": ""}
        event["screenshot_url"] = "x" * max(0, size - len(json.dumps(event)))
        all_frames.append(f"id: {number}\ndata: {json.dumps(event)}\n\n".encode())
    all_frames.append(b'id: %d\ndata: {"type":"completed","result":"done"}\n\n' % count)
    return all_frames


def body(count: int, size: int, per_chunk: int) -> bytes:
    all_frames = frames(count, size)
    chunks = (b"".join(all_frames[at : at + per_chunk]) for at in range(0, len(all_frames), per_chunk))
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def serve(connection: socket.socket, rendered: bytes) -> None:
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = b""
        while True:
            received = connection.recv(65536)
            if not received:
                return
            request += received
            head, separator, rest = request.partition(b"\r\n\r\n")
            if not separator:
                continue
            length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
            if len(rest) < length:
                continue
            request = rest[length:]
            connection.sendall(HEAD + rendered)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--size", type=int, required=True, help="bytes of data per event")
    parser.add_argument("--per-chunk", type=int, default=1, help="events per HTTP chunk")
    options = parser.parse_args()
    rendered = body(options.events, options.size, options.per_chunk)
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, rendered), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
