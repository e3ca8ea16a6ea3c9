"""The examples of the vendor's README, read from its installed package and run with ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Iterator, NamedTuple

import pytest
from conftest import ROOT

from tzafon.local import LocalServer

VENDOR_PACKAGES = next((ROOT / ".venv-vendor").glob("**/site-packages/tzafon")).parent
README = next(VENDOR_PACKAGES.glob("tzafon-*.dist-info")).joinpath("METADATA").read_text(encoding="utf-8")
CLIENT = "from tzafon import Lightcone\nclient = Lightcone()\n"
HTTPX = f"import sys\nsys.path.append({str(VENDOR_PACKAGES)!r})\nimport httpx\n"
"""The vendor's package brings httpx with it, ours does not: its own modules are found first."""
FIELD = """
class Answer(__import__("tzafon").BaseModel):
    my_field: object = None
response = client.get("/agent/tasks/" + client.agent.tasks.start(instruction="x").task_id, cast_to=Answer)
"""


class Expected(NamedTuple):
    before: str = ""
    """What the example takes for granted."""
    prints: str = ""
    raises: str = ""
    """The last line of the traceback, where it is about what is not here."""


TASK = r"^[\w-]{8,}\n$"
EXAMPLES = {
    "Usage": Expected(prints=TASK),
    "Async usage": Expected(prints=TASK),
    "With aiohttp": Expected(raises="ImportError: tzafon has no 'DefaultAioHttpClient': .*limits, proxy, ca_bundle"),
    "Nested params": Expected(raises=r'AttributeError: .*no attribute .computers.*client\.post\("/computers"'),
    "Handling errors": Expected(prints="^$"),
    "Retries": Expected(prints="^$"),
    "Timeouts": Expected(before=HTTPX, prints="^$"),
    "How to tell whether `None` means `null` or missing": Expected(before=CLIENT + FIELD, prints="without a .my_field. key"),
    "Accessing raw response data (e.g. headers)": Expected(prints=r"^None\n[\w-]{8,}\n$"),
    "`.with_streaming_response`": Expected(before=CLIENT, prints=r'^None\n\{.*"task_id":.*\}\n$'),
    "Undocumented endpoints": Expected(before=HTTPX + CLIENT, prints="^bar\n$"),
    "Configuring the HTTP client": Expected(before=HTTPX, raises="ImportError: tzafon has no 'DefaultHttpxClient': .*limits, proxy, ca_bundle"),
    "Configuring the HTTP client 2": Expected(
        before=HTTPX + CLIENT + "DefaultHttpxClient = lambda *given: httpx.Client()\n", raises="TypeError: http_client cannot be used, .*proxy, ca_bundle"
    ),
    "Managing HTTP resources": Expected(prints="^$"),
    "Determining the installed version": Expected(prints=r"^\d+\.\d+\.\d+\n$"),
}


def examples() -> dict[str, str]:
    """Each block of Python by the heading over it."""
    found: dict[str, str] = {}
    heading = ""
    for title, language, code in re.findall(r"^#+ ([^\n]+)$|^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
        if title:
            heading = title
        elif language in ("py", "python"):
            found[f"{heading} 2" if heading in found else heading] = code
    return found


@pytest.fixture(scope="module")
def local() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.fixture(scope="module")
def foo() -> Iterator[str]:
    """The address of a server with one undocumented route."""

    class Foo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/foo" and self.rfile.read(int(self.headers["content-length"])) == b'{"my_param":true}'
            self.send_response(200)
            self.send_header("X-Foo", "bar")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Foo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def run(program: str, key: str, url: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "TZAFON_API_KEY": key, "LIGHTCONE_BASE_URL": url, "PYTHONWARNINGS": "default"}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=120)


def test_every_example_is_here() -> None:
    assert list(examples()) == list(EXAMPLES)


@pytest.mark.parametrize("heading", EXAMPLES)
def test_an_example(heading: str, local: LocalServer, foo: str) -> None:
    expected = EXAMPLES[heading]
    done = run(expected.before + examples()[heading], local.api_key, foo if heading == "Undocumented endpoints" else local.url)
    if expected.raises:
        assert done.returncode == 1 and re.search(expected.raises, done.stderr.splitlines()[-1]), done.stderr
    else:
        assert (done.returncode, done.stderr) == (0, "")
        assert re.search(expected.prints, done.stdout), done.stdout


@pytest.mark.parametrize(
    ("status", "prints"),
    [
        (None, "The server could not be reached\nNone\n"),
        (429, "A 429 status code was received; we should back off a bit.\n"),
        (503, "Another non-200-range status code was received\n503\n<Response [503]>\n"),
    ],
)
def test_the_example_of_errors_with_errors(status: "int | None", prints: str, local: LocalServer) -> None:
    if status is None:
        done = run(examples()["Handling errors"], "sk_x", "http://127.0.0.1:1")
    else:
        local.fail_next("start", status=status, headers={"x-should-retry": "false"})
        done = run(examples()["Handling errors"], local.api_key, local.url)
    assert (done.stdout, done.stderr) == (prints, "")
