"""A server within the process: `tzafon.local`."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Iterator
from urllib.parse import urlsplit

import pytest
from programs import posix, run

from tzafon import APIConnectionError, AuthenticationError, InternalServerError, LightconeError, NotFoundError, StreamInterruptedError
from tzafon.local import LocalServer


@pytest.fixture
def local() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


def kinds(server: LocalServer, instruction: str) -> list[str]:
    with server.client().agent.tasks.start_stream(instruction=instruction) as stream:
        return [event["type"] for event in stream]


def last(server: LocalServer, instruction: str, **options: Any) -> Any:
    with server.client(**options).agent.tasks.start_stream(instruction=instruction) as stream:
        return list(stream)[-1]


def is_listening(url: str) -> bool:
    address = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((address.hostname, address.port)) == 0


def test_a_script_by_text_and_one_by_pattern(local: LocalServer) -> None:
    local.script("Find the price", steps=[{"finish": "12 €"}])
    local.script(re.compile("^BOOK a", re.IGNORECASE), events=[{"type": "progress_update", "message": "looking"}], steps=[{"finish": "booked"}])
    assert last(local, " Find the price ")["result"] == "12 €"
    assert kinds(local, "Book a table") == ["started", "progress_update", "completed"]
    assert last(local, "Find the prices")["error_code"] == "no_script"
    local.script("Find the price", steps=[{"finish": "13 €"}])
    assert last(local, "Find the price")["result"] == "13 €"


def test_scripts_from_the_start(tmp_path: Path) -> None:
    file = tmp_path / "scripts.yaml"
    file.write_text("- {instruction: hello, steps: [{finish: from a file}]}\n", encoding="utf-8")
    for scripts in (file, str(file), [{"instruction": "hello", "steps": [{"finish": "from a file"}]}]):
        with LocalServer(scripts=scripts) as server:  # type: ignore[arg-type]
            assert last(server, "hello")["result"] == "from a file"


def test_without_scripts_it_goes_by_rules(local: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    # Rules need a browser, and say so where there is none.
    monkeypatch.setenv("LIGHTCONE_CHROMIUM", "/nowhere/at/all")
    assert "/nowhere/at/all" in str(last(local, "x"))
    local.script("x")
    assert last(local, "x")["type"] == "completed"


class Page(BaseHTTPRequestHandler):
    """A page of the user's own: a form that tells its server what was saved."""

    saved: list[str] = []
    body = b"""<!doctype html><html lang=en><title>Guests</title><h1>Guests</h1>
        <label>Name <input id=name></label> <button onclick="fetch('/saved?' + document.getElementById('name').value)
        .then(() => document.querySelector('h1').textContent = 'Welcome, ' + document.getElementById('name').value)">Save</button>"""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/saved":
            self.saved.append(query)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def page() -> Iterator[str]:
    Page.saved.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as site:
        serving = threading.Thread(target=site.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{site.server_port}/"
        site.shutdown()
        serving.join()


def test_ones_own_page_in_a_real_browser(local: LocalServer, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    instruction = "Type Ada into Name, press Save, then wait for Welcome and read the heading"
    with local.client().agent.tasks.start_stream(instruction=instruction, start_url=page, model="rules") as stream:
        end = list(stream)[-1]
    if end["type"] == "config_error":
        pytest.skip(f"there is no browser here: {end['error']}")
    assert end["type"] == "completed" and "Welcome, Ada" in end["result"], end
    assert Page.saved == ["Ada"]


def test_a_model_of_ones_own_is_recorded_and_played_again(tmp_path: Path) -> None:
    agent, config = tmp_path / "agent.py", tmp_path / "models.toml"
    agent.write_text(
        "import json, sys\nfor line in sys.stdin: print(json.dumps({'done': json.loads(line)['instruction'].upper()}), flush=True)\n",
        encoding="utf-8",
    )
    program = f"use = '''command:'{sys.executable}' '{agent}''''"
    config.write_text(f"model = 'shouter'\n[models.shouter]\n{program}\nrecord = 'said.jsonl'\n", encoding="utf-8")
    with LocalServer(config=config) as server:
        end = last(server, "hello")
    if end["type"] == "config_error":
        pytest.skip(f"there is no browser here: {end['error']}")
    assert (end["type"], end["result"]) == ("completed", "HELLO")
    agent.unlink()
    with LocalServer(model=f"cassette:{tmp_path / 'said.jsonl'}") as server:
        assert last(server, "hello")["result"] == "HELLO"
        assert "/instruction was recorded as" in last(server, "goodbye")["result"]
        server.script("goodbye", steps=[{"finish": "bye"}])
        assert last(server, "goodbye")["result"] == "bye"


def test_it_is_up_in_milliseconds() -> None:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        with LocalServer():
            times.append(time.perf_counter() - began)
    assert min(times) < 0.2, times


def test_failures_of_a_task(local: LocalServer) -> None:
    local.script("badly", steps=[{"fail": {"error_code": "not_found", "result": "nothing there", "retryable": True}}])
    local.script("halfway", events=[{"type": "thinking"}], steps=[{"finish": "never"}], fail_at=2)
    end = last(local, "badly")
    assert (end["type"], end["error_code"], end["result"]) == ("failed", "not_found", "nothing there")
    assert kinds(local, "halfway") == ["started", "thinking", "failed"]
    assert last(local, "halfway")["error_code"] == "scripted_failure"


def test_a_slow_task_is_paused_told_something_and_resumed(local: LocalServer) -> None:
    local.script("wait", events=[{"type": "thinking"}], steps=[{"wait_ms": 30}, {"message": "go (on|ahead)"}, {"finish": "heard"}])
    tasks = local.client().agent.tasks
    with tasks.start_stream(instruction="wait") as stream:
        task = next(iter(stream))["task_id"]
        tasks.pause(task)
        assert tasks.retrieve_status(task).status == "paused"
        tasks.inject_message(task, message="go on")
        tasks.resume(task)
        events = list(stream)
    assert events[-1]["result"] == "heard"
    assert tasks.retrieve_status(task).exit_code == 0


def test_an_http_error_is_tried_again_and_then_raised(local: LocalServer) -> None:
    local.script("x", steps=[{"finish": "done"}])
    local.fail_next("start_stream", status=503, times=2, headers={"retry-after": "0"})
    assert last(local, "x")["result"] == "done"
    local.fail_next("start_stream", status=503, headers={"retry-after": "0"})
    with pytest.raises(InternalServerError) as caught:
        last(local, "x", max_retries=0)
    assert caught.value.status_code == 503
    local.fail_next("retrieve_status", status=404)
    with pytest.raises(NotFoundError):
        local.client().agent.tasks.retrieve_status("any")


def test_a_dropped_connection(local: LocalServer) -> None:
    local.script("x", events=[{"type": "thinking"}, {"type": "thinking"}], steps=[{"finish": "done"}])
    local.drop_next(after_events=2)
    came = []
    with local.client(max_retries=0).agent.tasks.start_stream(instruction="x") as stream:
        with pytest.raises(StreamInterruptedError) as caught:
            for event in stream:
                came.append(event["type"])
    assert came == ["started", "thinking"]
    assert caught.value.last_event_id == "1"
    local.drop_next("start")
    with pytest.raises(APIConnectionError):
        local.client(max_retries=0).agent.tasks.start(instruction="x")
    local.drop_next("start")
    assert local.client().agent.tasks.start(instruction="x").reused


def test_several_at_once() -> None:
    with LocalServer() as one, LocalServer() as other:
        for server, result in ((one, "one"), (other, "other")):
            server.script("who", steps=[{"finish": result}])
        assert (last(one, "who")["result"], last(other, "who")["result"]) == ("one", "other")
        assert one.url != other.url and one.api_key != other.api_key
        with pytest.raises(AuthenticationError):
            one.client().copy(api_key=other.api_key).agent.tasks.retrieve_status("any")
        assert one.api_key not in repr(one)


def test_no_proxy_of_the_environment_is_used(local: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    local.script("x", steps=[{"finish": "done"}])
    assert last(local, "x", max_retries=0)["result"] == "done"


async def test_with_asyncio() -> None:
    async with LocalServer(scripts=[{"instruction": "x", "steps": [{"wait_ms": 20}, {"finish": "done"}]}]) as server:
        server.drop_next(after_events=1)
        async with server.async_client(max_retries=0) as client:
            with pytest.raises(StreamInterruptedError):
                async with await client.agent.tasks.start_stream(instruction="x") as stream:
                    [event async for event in stream]
            streams = await asyncio.gather(*(client.agent.tasks.start_stream(instruction="x") for _ in range(5)))
            for stream in streams:
                assert [event async for event in stream][-1]["result"] == "done"
    assert not is_listening(server.url)
    await server.aclose()
    server.close()


def test_closing_ends_tasks_under_way(local: LocalServer) -> None:
    local.script("stay", events=[{"type": "thinking"}], steps=[{"wait_ms": 600_000}])
    with local.client(max_retries=0).agent.tasks.start_stream(instruction="stay") as stream:
        events = iter(stream)
        assert next(events)["type"] == "started"
        closing = threading.Thread(target=local.close)
        closing.start()
        assert list(events)[-1]["type"] == "failed"
        closing.join()
    assert not is_listening(local.url)
    local.close()


def test_one_that_nobody_has_any_more_ends() -> None:
    server = LocalServer()
    url = server.url
    del server
    gc.collect()
    assert not is_listening(url)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: LocalServer(web="/nowhere/at/all"), "/nowhere/at/all"),
        (lambda: LocalServer(scripts=[{"steps": []}]), "script 1"),
        (lambda: LocalServer(model="gpt"), 'there is no model "gpt"'),
        (lambda: LocalServer(model="rules", scripts=[]), "give one or the other"),
        (lambda: LocalServer(config="nowhere.toml"), "nowhere.toml cannot be read"),
        (lambda: LocalServer().script(re.compile("(?=x)")), "look-around"),
        (lambda: LocalServer().script("x", steps=[{"finish": "a", "wait_ms": 1}]), "step 1: say exactly one of"),
        (lambda: LocalServer().script("x", fail_at=1), "fail_at"),
        (lambda: LocalServer().fail_next("stop"), "there is no operation"),  # type: ignore[arg-type]
        (lambda: LocalServer().fail_next("start", status=200), "400 to 599"),
        (lambda: LocalServer().drop_next("start", after_events=1), "without events"),
    ],
)
def test_what_cannot_be_is_said(make: Any, says: str) -> None:
    with pytest.raises(LightconeError, match=re.escape(says)):
        make()


def test_a_program_that_forgets_to_close_ends_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = """
        import os
        from tzafon.local import LocalServer
        server = LocalServer()
        server.script("stay", events=[{"type": "thinking"}], steps=[{"wait_ms": 600000}])
        stream = server.client().agent.tasks.start_stream(instruction="stay")
        print(next(iter(stream))["type"], bool(os.listdir(os.environ["TMPDIR"])))
    """
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    began = time.monotonic()
    assert run(program, warnings="ignore::ResourceWarning").split() == ["started", "True"]
    assert time.monotonic() - began < 10
    assert os.listdir(tmp_path) == []


@posix
def test_a_forked_child_leaves_its_parents_server_alone() -> None:
    program = """
        import os
        from tzafon import LightconeError
        from tzafon.local import LocalServer
        server = LocalServer(scripts=[{"instruction": "x", "steps": [{"finish": "done"}]}])
        if os.fork() == 0:
            try:
                server.script("y")
            except LightconeError as error:
                print("another one in the child" in str(error), flush=True)
            with LocalServer() as own:
                own.script("x", steps=[{"finish": "own"}])
                print(list(own.client().agent.tasks.start_stream(instruction="x"))[-1]["result"], flush=True)
            server.close()
        else:
            os.wait()
            print(list(server.client().agent.tasks.start_stream(instruction="x"))[-1]["result"])
    """
    assert run(program, warnings="ignore::DeprecationWarning").split() == ["True", "own", "done"]
