"""The guide's snippets in Python: start and poll, pause, resume, inject, stream."""

import time

from tzafon import Lightcone

client = Lightcone()
task = client.agent.tasks.start(
    instruction="Go to github.com and find the trending Python repositories",
    kind="browser",
)
print(task.task_id)  # Use this to check status later

client.agent.tasks.pause(task.task_id)
# ... do something ...
client.agent.tasks.resume(task.task_id)

client.agent.tasks.inject_message(
    task.task_id,
    message="Focus on the top 3 results only",
)

while True:
    status = client.agent.tasks.retrieve_status(task.task_id)
    print(status.status)  # e.g., "running", "completed"
    print(status.exit_code)  # 0 on success
    if status.status in ("completed", "failed", "cancelled"):
        break
    time.sleep(0.5)

for event in client.agent.tasks.start_stream(
    instruction="Search for 'machine learning' on Wikipedia and summarize the first paragraph",
    kind="browser",
):
    print(event)
