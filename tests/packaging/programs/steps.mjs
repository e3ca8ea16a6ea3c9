// What the package is tried with wherever it is to run: a whole task, steering, an abort, an error, a wrong option.
// It is handed the package, so that programs of each kind can bring it in in their own way.

import assert from "node:assert/strict";

export async function tour({ Lightcone, APIUserAbortError, LightconeError, NotFoundError }, { LocalServer }) {
  const server = await LocalServer.start();
  const client = server.client();
  const { tasks } = client.agent;

  server.script("Search", { events: [{ type: "progress_update", message: "looking" }], steps: [{ finish: "found" }] });
  const types = [];
  const stream = await tasks.startStream({ instruction: "Search", kind: "browser" });
  for await (const event of stream) types.push(event.type);
  assert.deepEqual(types, ["started", "progress_update", "completed"]);
  assert.equal(stream.terminalEvent.result, "found");

  server.script("Wait", { steps: [{ message: "go on" }, { finish: "went on" }] });
  const { task_id } = await tasks.start({ instruction: "Wait" });
  assert.equal((await tasks.pause(task_id)).status, "paused");
  assert.equal((await tasks.resume(task_id)).status, "running");
  await tasks.injectMessage(task_id, { message: "go on" });
  assert.equal((await tasks.wait(task_id)).result, "went on");

  // In the middle of a stream, and before a request.
  const stop = new AbortController();
  const waiting = await tasks.startStream({ instruction: "Wait" }, { signal: stop.signal });
  for await (const event of waiting) if (event.type === "started") stop.abort();
  await assert.rejects(tasks.pause(task_id, { signal: stop.signal }), APIUserAbortError);

  await assert.rejects(tasks.retrieveStatus("nowhere"), (error) => error instanceof NotFoundError && error.status === 404 && error instanceof LightconeError);
  assert.throws(() => new Lightcone({ apiKey: "sk_test", maxRetries: -1 }), LightconeError);

  const { response } = await tasks.retrieveStatus(task_id).withResponse();
  assert.ok(response instanceof Response && response.ok);

  const lines = (await tasks.startStream({ instruction: "Search" })).toReadableStream();
  assert.match(await new Response(lines).text(), /^\{"type":"started".*\}\n(\{.*\}\n)*\{"type":"completed".*\}\n$/);

  await server.close();
  console.log("all is well");
}
