"""The guide's programs against a local server with a real browser."""

from __future__ import annotations

import ast
import asyncio
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from tzafon import AsyncLightcone, Lightcone

from conftest import ROOT, Service

PROGRAMS = Path(__file__).parent / "programs"
ARTICLE = ROOT / "server/web/demo/wikipedia.org/wiki/Machine_learning.html"
FIND = "Go to github.com and find the trending Python repositories"
SEARCH = "Search for 'machine learning' on Wikipedia and summarize the first paragraph"


def run(command: list[str], environment: dict[str, str]) -> list[str]:
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()


def is_read_from_the_page(result: str) -> bool:
    page = " ".join(ARTICLE.read_text(encoding="utf-8").split())
    first = " ".join(result.split())[:60]
    return len(first) == 60 and first in page


def check_status_lines(lines: list[str]) -> None:
    """A task's id, then status and exit code by turns until the task has ended well."""
    assert len(lines[0]) > 8
    assert lines[1] in ("running", "paused")
    assert lines[-2:] == ["completed", "0"]


def check_events(events: list[dict[str, Any]]) -> None:
    types = [event["type"] for event in events]
    assert types[0] == "started" and types[-1] == "completed"
    assert {"screenshot", "thinking", "action", "executed"} <= set(types)
    assert events[0]["model"] == "rules"
    assert "machine learning" in events[-1]["result"].lower()


@pytest.mark.parametrize("program", ["guide.py", "guide_async.py"])
def test_python(program: str, program_environment: dict[str, str]) -> None:
    lines = run([sys.executable, str(PROGRAMS / program)], program_environment)
    first_event = next(at for at, line in enumerate(lines) if line.startswith("{"))
    check_status_lines(lines[:first_event])
    check_events([ast.literal_eval(line) for line in lines[first_event:]])


def test_typescript(program_environment: dict[str, str]) -> None:
    # `make build` compiled it, strictly, beside the package.
    lines = run(["node", str(ROOT / "bindings-node/build/compat/guide.mjs")], program_environment)
    first_event = next(at for at, line in enumerate(lines) if line.startswith("{"))
    check_status_lines(lines[:first_event])
    text = "\n".join(lines[first_event:])
    assert "type: 'started'" in text and "type: 'completed'" in text


def test_the_answer_was_read_from_the_page(service: Service) -> None:
    client = Lightcone(api_key=service.api_key, base_url=service.url)
    with client.agent.tasks.start_stream(instruction=SEARCH, kind="browser") as stream:
        events = list(stream)
    check_events([dict(event) for event in events])
    assert is_read_from_the_page(str(events[-1]["result"]))
    # Events are plain data.
    assert json.loads(json.dumps(events)) == events


def test_pause_resume_and_a_message_while_streaming(service: Service) -> None:
    client = Lightcone(api_key=service.api_key, base_url=service.url)
    types, result = [], None
    for event in client.agent.tasks.start_stream(instruction=FIND, kind="browser"):
        types.append(event["type"])
        if event["type"] == "started":
            task_id = str(event["task_id"])
            assert client.agent.tasks.pause(task_id).status == "paused"
        if event["type"] == "paused":
            assert client.agent.tasks.retrieve_status(task_id).status == "paused"
            message = "Focus on the top 3 results only"
            threading.Thread(target=client.agent.tasks.inject_message, args=(task_id,), kwargs={"message": message}).start()
        if event["type"] == "message_injected":
            assert client.agent.tasks.resume(task_id).status == "running"
        result = event.get("result", result)
    order = [kind for kind in types if kind in ("started", "paused", "message_injected", "resumed", "completed")]
    assert order == ["started", "paused", "message_injected", "resumed", "completed"]
    # The agent looks again before it goes on.
    assert types[types.index("resumed") + 1] == "screenshot"
    assert len(str(result).strip().splitlines()) == 3
    assert client.agent.tasks.retrieve_status(task_id).exit_code == 0


def test_a_cancelled_reader_leaves_the_task_running(service: Service) -> None:
    async def watch_a_little() -> str:
        async with AsyncLightcone(api_key=service.api_key, base_url=service.url) as client:
            stream = await client.agent.tasks.start_stream(instruction=FIND, kind="browser")
            task_id = str((await stream.__anext__())["task_id"])

            async def drain() -> None:
                async for _ in stream:
                    pass

            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(drain(), 0.2)
            assert (await client.agent.tasks.retrieve_status(task_id)).status == "running"
            return task_id

    assert asyncio.run(watch_a_little())
