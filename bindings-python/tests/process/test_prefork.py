"""Servers that load a program once and fork their workers: gunicorn with --preload, and celery."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from programs import posix, python
from server import DEADLINE, Server, answer, stream

pytestmark = posix

LONG = 3 * DEADLINE
"""Seconds; these servers take their time to begin and to end."""

WEB = """
import os, sys
from tzafon import Lightcone, LightconeError

# Made, and used, before the workers are forked.
client = Lightcone(base_url=os.environ["AT"])
events = client.agent.tasks.start_stream(instruction="x")
assert next(events) == 1
PARENT = os.getpid()

def app(environ, start_response):
    assert os.getpid() != PARENT
    status = client.agent.tasks.retrieve_status("t1").status
    with client.agent.tasks.start_stream(instruction="y") as own:
        seen = next(own)
    try:
        next(events)
    except LightconeError as error:
        seen = f"{status} {seen} {os.getpid()} {error}"
    start_response("200 OK", [("content-type", "text/plain")])
    return [seen.encode()]
"""

HELD = stream(b"data: 1\n\n", hold=True)


def by_request(exchange: Any) -> None:
    (HELD if exchange.request.target.endswith("/stream") else answer())(exchange)




def test_gunicorn_with_a_client_made_before_the_fork(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.script(by_request)
    (tmp_path / "web.py").write_text(WEB)
    monkeypatch.setenv("AT", server.url)
    socket = tmp_path / "at"
    arguments = ["-m", "gunicorn", "--preload", "--workers", "2", "--bind", "127.0.0.1:0", "--pid", str(socket), "--chdir", str(tmp_path)]
    arguments += ["--worker-tmp-dir", str(tmp_path), "web:app"]
    with python(*arguments, warnings="ignore") as process:
        assert process.stderr is not None
        address = next(line.split(" at: ")[1].split()[0] for line in process.stderr if "Listening at" in line)
        opener = build_opener(ProxyHandler({}))
        workers = set()
        for _ in range(20):
            with opener.open(address, timeout=LONG) as response:
                status, event, worker, *error = response.read().decode().split(" ", 3)
            assert (status, event) == ("running", "1")
            assert error[0].startswith("This stream was opened before the process forked")
            workers.add(worker)
        assert str(process.pid) not in workers
        # The parent's stream is as it was.
        assert not server.exchanges[0].gone.is_set()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=LONG)
        assert process.returncode == 0, err
        assert "Traceback" not in err and "Exception ignored" not in err, err
    assert server.exchanges[0].gone.wait(DEADLINE)


WORKER = """
import os
from celery import Celery
from tzafon import Lightcone, LightconeError

FOLDER = os.environ["FOLDER"]
app = Celery(broker="filesystem://", backend="file://" + FOLDER)
app.conf.update(
    broker_transport_options={"data_folder_in": FOLDER, "data_folder_out": FOLDER, "control_folder": FOLDER + "/control"},
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)

# Made, and used, before the workers are forked.
client = Lightcone(base_url=os.environ["AT"])
events = client.agent.tasks.start_stream(instruction="x")
assert next(events) == 1

@app.task(name="work")
def work(number):
    status = client.agent.tasks.retrieve_status(f"t{number}").status
    with client.agent.tasks.start_stream(instruction="y") as own:
        seen = next(own)
    try:
        next(events)
    except LightconeError as error:
        return [status, seen, os.getpid(), str(error)]
"""

ASKING = """
import os, sys
from worker import app, work, client, events
events.close()
results = [work.delay(number) for number in range(8)]
for result in results:
    print(*result.get(timeout=60))
print("parent", client.agent.tasks.pause("t1").status)
"""


def test_celery_with_a_client_made_before_the_fork(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.script(by_request)
    (tmp_path / "worker.py").write_text(WORKER)
    (tmp_path / "asking.py").write_text(ASKING)
    folder = tmp_path / "queue"
    folder.mkdir()
    monkeypatch.setenv("AT", server.url)
    monkeypatch.setenv("FOLDER", str(folder))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    arguments = ["-m", "celery", "-A", "worker", "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO"]
    arguments += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with open(tmp_path / "log", "w") as log, python(*arguments, warnings="ignore", cwd=tmp_path, errors=log) as worker:
        # Its stream is the first.
        server.wait_for(1)
        with python(str(tmp_path / "asking.py"), warnings="ignore", cwd=tmp_path) as asking:
            out, err = asking.communicate(timeout=2 * LONG)
        said = (tmp_path / "log").read_text()
        assert asking.returncode == 0, err + said
        *lines, last = out.splitlines()
        assert last == "parent running"
        assert len(lines) == 8
        for line in lines:
            status, event, pid, error = line.split(" ", 3)
            assert (status, event) == ("running", "1") and int(pid) != worker.pid
            assert error.startswith("This stream was opened before the process forked")
        # The parent's stream is as it was.
        assert not server.exchanges[0].gone.is_set()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(LONG) == 0, (tmp_path / "log").read_text()
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert server.exchanges[0].gone.wait(DEADLINE)
