// What is sent: methods, paths, headers, bodies, queries (contract, sections 1, 2 and 7).

import assert from "node:assert/strict";
import { test } from "node:test";
import { VERSION } from "@tzafon/lightcone";
import { all, frame, json, rejection, serve, streamOf } from "./support/server.mjs";

test("every operation", async (t) => {
  const server = await serve(t, (request, response) =>
    request.path.endsWith("/stream") ? streamOf(response, frame(0, { type: "completed" })) : json(response, { status: "running", task_id: "t1", exit_code: null, more: [1] }),
  );
  const { tasks } = server.client().agent;
  assert.deepEqual(await tasks.start({ instruction: "go", kind: "browser", max_steps: 5, idempotency_key: "k" }), {
    status: "running",
    task_id: "t1",
    exit_code: null,
    more: [1],
  });
  assert.deepEqual(await all(await tasks.startStream({ instruction: "go", idempotency_key: "k" })), [{ type: "completed" }]);
  await tasks.retrieveStatus("t/1 é?");
  await tasks.injectMessage("t1", { message: "more" });
  await tasks.pause("t1");
  await tasks.resume("t1");
  assert.deepEqual(
    server.requests.map(({ method, path, text }) => [method, path, text]),
    [
      ["POST", "/agent/tasks", '{"instruction":"go","kind":"browser","max_steps":5,"idempotency_key":"k"}'],
      ["POST", "/agent/tasks/stream", '{"instruction":"go","idempotency_key":"k"}'],
      ["GET", "/agent/tasks/t%2F1%20%C3%A9%3F", ""],
      ["POST", "/agent/tasks/t1/messages", '{"message":"more"}'],
      ["POST", "/agent/tasks/t1/pause", ""],
      ["POST", "/agent/tasks/t1/resume", ""],
    ],
  );
  assert.equal(server.requests[4].headers["content-length"], "0");
});

test("headers of our own", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "running" }));
  const { tasks } = server.client().agent;
  await tasks.start({ instruction: "go" });
  await tasks.retrieveStatus("t1", { timeout: 2500 });
  const [start, status] = server.requests.map((request) => request.headers);
  assert.equal(start.authorization, "Bearer sk_test");
  assert.equal(start.accept, "application/json");
  assert.equal(start["content-type"], "application/json");
  assert.equal(start["user-agent"], `Lightcone/JS ${VERSION}`);
  assert.equal(start["x-stainless-lang"], "js");
  assert.equal(start["x-stainless-package-version"], VERSION);
  assert.equal(start["x-stainless-runtime"], "node");
  assert.equal(start["x-stainless-runtime-version"], process.version);
  assert.equal(start["x-stainless-retry-count"], "0");
  assert.ok(start["x-stainless-os"] && start["x-stainless-arch"]);
  assert.equal(start["x-stainless-timeout"], undefined);
  assert.equal(status["x-stainless-timeout"], "2");
  assert.equal(status["content-type"], undefined);
});

test("headers and query of the client and of the call", async (t) => {
  const server = await serve(t, (_, response) => json(response, {}));
  const client = server.client({
    baseURL: `${server.url}/prefix/`,
    defaultHeaders: { "X-One": "client", "X-Two": "client", "x-stainless-lang": null, "X-Undefined": undefined },
    defaultQuery: { a: "client", b: "client" },
  });
  await client.agent.tasks.retrieveStatus("t", {
    headers: new Headers({ "x-one": "call" }),
    query: { b: ["x", "y"], c: { d: true, e: null } },
  });
  await client.agent.tasks.retrieveStatus("t", { headers: [["x-two", null]] });
  const [first, second] = server.requests;
  assert.equal(first.path, "/prefix/agent/tasks/t?a=client&b=x%2Cy&c%5Bd%5D=true");
  assert.equal(first.headers["x-one"], "call");
  assert.equal(first.headers["x-two"], "client");
  assert.equal("x-stainless-lang" in first.headers, false);
  assert.equal(second.headers["x-one"], "client");
  assert.equal("x-two" in second.headers, false);
});

test("the key of a start is the same on every attempt", async (t) => {
  const server = await serve(t, (_, response, number) =>
    number === 1 ? json(response, {}) : json(response, {}, 503, { "retry-after-ms": "1" }),
  );
  const { tasks } = server.client({ maxRetries: 2 }).agent;
  await tasks.start({ instruction: "go" });
  const [first, second] = server.requests;
  assert.ok(first.body.idempotency_key);
  assert.equal(second.body.idempotency_key, first.body.idempotency_key);
  assert.deepEqual([first, second].map((request) => request.headers["x-stainless-retry-count"]), ["0", "1"]);
  await rejection(tasks.start({ instruction: "go" }, { idempotencyKey: "mine", maxRetries: 0 }));
  assert.equal(server.requests.length, 3);
  assert.equal(server.requests[2].body.idempotency_key, "mine");
});

test("what JSON can say is sent as it is", async (t) => {
  const server = await serve(t, (_, response) => json(response, {}));
  const { tasks } = server.client().agent;
  const twice = { a: "1" };
  class Own {
    kept = 1;
  }
  const params = { instruction: "\ud800 \u2028 é", metadata: twice, more: twice, "": { "": [] }, own: new Own(), made: { toJSON: () => "text" }, none: null, left: undefined };
  await tasks.start(params, { idempotencyKey: "k" });
  const { idempotency_key, ...body } = server.requests[0].body;
  assert.deepEqual(body, { instruction: "\ud800 \u2028 é", metadata: twice, more: twice, "": { "": [] }, own: { kept: 1 }, made: "text", none: null });
  await tasks.start(Object.assign(Object.create(null), { instruction: "go" }));
  assert.equal(server.requests[1].body.instruction, "go");
});
