// The guide's snippets in TypeScript: start and poll, pause, resume, inject, stream.

import Lightcone from "@tzafon/lightcone";
const client = new Lightcone();
const task = await client.agent.tasks.start({
  instruction: "Go to github.com and find the trending Python repositories",
  kind: "browser",
});
console.log(task.task_id);

await client.agent.tasks.pause(task.task_id!);
// ... do something ...
await client.agent.tasks.resume(task.task_id!);

await client.agent.tasks.injectMessage(task.task_id!, {
  message: "Focus on the top 3 results only",
});

for (;;) {
  const status = await client.agent.tasks.retrieveStatus(task.task_id!);
  console.log(status.status);
  console.log(status.exit_code);
  if (["completed", "failed", "cancelled"].includes(status.status!)) break;
  await new Promise((resolve) => setTimeout(resolve, 500));
}

const stream = await client.agent.tasks.startStream({
  instruction: "Search for 'machine learning' on Wikipedia and summarize the first paragraph",
  kind: "browser",
});
for await (const event of stream) {
  console.log(event);
}
