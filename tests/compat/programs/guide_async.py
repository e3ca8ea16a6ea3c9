"""The guide's snippets in asyncio: start and poll, pause, resume, inject, stream."""

import asyncio

from tzafon import AsyncLightcone


async def main() -> None:
    client = AsyncLightcone()
    task = await client.agent.tasks.start(
        instruction="Go to github.com and find the trending Python repositories",
        kind="browser",
    )
    print(task.task_id)  # Use this to check status later

    await client.agent.tasks.pause(task.task_id)
    # ... do something ...
    await client.agent.tasks.resume(task.task_id)

    await client.agent.tasks.inject_message(
        task.task_id,
        message="Focus on the top 3 results only",
    )

    while True:
        status = await client.agent.tasks.retrieve_status(task.task_id)
        print(status.status)  # e.g., "running", "completed"
        print(status.exit_code)  # 0 on success
        if status.status in ("completed", "failed", "cancelled"):
            break
        await asyncio.sleep(0.5)

    async for event in await client.agent.tasks.start_stream(
        instruction="Search for 'machine learning' on Wikipedia and summarize the first paragraph",
        kind="browser",
    ):
        print(event)


asyncio.run(main())
