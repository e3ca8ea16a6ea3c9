"""All six operations with the vendor's released client; needs nothing of ours but the server."""

import threading
import time

import tzafon
from tzafon import Lightcone

assert tzafon.__version__ == "2.44.1", tzafon.__version__
client = Lightcone(max_retries=0)
tasks = client.agent.tasks

task = tasks.start(instruction="Go to github.com and find the trending Python repositories", kind="browser")
assert task.task_id and task.status == "running", task
assert tasks.pause(task.task_id).status == "paused"
assert tasks.retrieve_status(task.task_id).status == "paused"
# Longer than the server's heartbeat, so that a stream of a paused task carries one.
events = []
paused = threading.Event()


def act(task_id: str) -> None:
    tasks.pause(task_id)
    paused.set()
    time.sleep(17)
    tasks.inject_message(task_id, message="Focus on the top 3 results only")
    tasks.resume(task_id)


for event in tasks.start_stream(instruction="Search for 'machine learning' on Wikipedia and summarize the first paragraph", kind="browser"):
    events.append(event)
    if event["type"] == "started":
        threading.Thread(target=act, args=(event["task_id"],)).start()
assert paused.is_set()
types = [event["type"] for event in events]
assert types[0] == "started" and types[-1] == "completed" and "paused" in types and "resumed" in types, types

assert tasks.inject_message(task.task_id, message="Focus on the top 3 results only").status == "queued"
assert tasks.resume(task.task_id).status == "running"
deadline = time.monotonic() + 60
while (status := tasks.retrieve_status(task.task_id)).status not in ("completed", "failed", "cancelled"):
    assert time.monotonic() < deadline, status
    time.sleep(0.2)
assert (status.status, status.exit_code) == ("completed", 0), status
print("all six operations: ok")
