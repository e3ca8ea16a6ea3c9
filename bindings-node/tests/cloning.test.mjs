// What is sent on: to a worker, or as JSON.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APIError, NotFoundError, StreamInterruptedError } from "@tzafon/lightcone";
import { LocalServer } from "@tzafon/lightcone/local";
import { all, frame, json, rejection, serve, stream } from "./support/server.mjs";

const start = { instruction: "x" };

/** As a worker gets it that it is posted to. */
function posted(value) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    port2.once("message", resolve);
    port1.postMessage(value);
  }).finally(() => port1.close());
}

test("answers, events and results are plain data", async (t) => {
  const server = await LocalServer.start({ scripts: [{ instruction: "x", steps: [{ finish: "done" }] }] });
  t.after(() => server.close());
  const { tasks } = server.client().agent;
  const result = await tasks.run(start);
  const page = await tasks.list();
  for (const value of [await tasks.start(start), await all(await tasks.startStream(start)), { ...result }, { ...page }]) {
    assert.deepEqual(await posted(value), value);
    assert.deepEqual(JSON.parse(JSON.stringify(value)), value);
  }
  for (const value of [result, page]) assert.deepEqual(await posted(value), { ...value });
});

test("errors keep their text when they are posted, and what the server said as JSON", async (t) => {
  const server = await serve(t, (request, response) => {
    if (!request.path.endsWith("/stream")) return json(response, { message: "no such task" }, 404);
    stream(response);
    response.write(frame(3, { type: "started", task_id: "t1" }), () => response.destroy());
  });
  const { tasks } = server.client().agent;
  const refused = await rejection(tasks.pause("t"));
  const broken = await rejection(tasks.startStream(start).then(all));
  assert.deepEqual([refused.constructor, broken.constructor], [NotFoundError, StreamInterruptedError]);
  for (const error of [refused, broken]) {
    const copy = await posted(error);
    assert.ok(copy instanceof Error && !(copy instanceof APIError));
    assert.deepEqual([copy.message, copy.stack], [error.message, error.stack]);
  }
  const { status, error, attempts } = JSON.parse(JSON.stringify(refused));
  assert.deepEqual({ status, error, attempts }, { status: 404, error: { message: "no such task" }, attempts: 1 });
  const { taskId, lastEventId } = JSON.parse(JSON.stringify(broken));
  assert.deepEqual({ taskId, lastEventId }, { taskId: "t1", lastEventId: "3" });
});

test("a call is no data, and neither are clients, streams and servers where Node can be told so", async (t) => {
  const server = await LocalServer.start({ scripts: [{ instruction: "x" }] });
  t.after(() => server.close());
  const client = server.client();
  const cannot = (value) => assert.throws(() => structuredClone(value), { name: "DataCloneError" });
  cannot(client.agent.tasks.list());
  const [major, minor] = process.versions.node.split(".").map(Number);
  const canBeTold = major > 22 || (major === 22 && minor >= 10);
  const stream = await client.agent.tasks.startStream(start);
  for (const value of [client, client.agent, client.agent.tasks, stream, server]) {
    if (canBeTold) cannot(value);
    // Before, it is a copy without methods.
    else assert.equal(structuredClone(value) instanceof value.constructor, false);
  }
  await all(stream);
});
