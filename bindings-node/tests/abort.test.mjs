// Stopping: before, during and after; what it closes and what it leaves (contract, section 8.7).

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { after, test } from "node:test";
import { APIError, APIUserAbortError } from "@tzafon/lightcone";
import { all, frame, json, rejection, serve, stream, until } from "./support/server.mjs";

const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
after(() => assert.deepEqual(unhandled, []));

const listeners = (signal) => getEventListeners(signal, "abort").length;
const start = { instruction: "go" };

/** A server that holds calls for ever, and streams after one event. */
const holding = (t) =>
  serve(t, (request, response) => {
    if (!request.path.endsWith("/stream")) return;
    stream(response);
    response.write(frame(0, { type: "started" }));
  });

test("before the call: nothing is sent", async (t) => {
  const server = await holding(t);
  const { tasks } = server.client().agent;
  const why = new Error("why");
  const signal = AbortSignal.abort(why);
  for (const call of [() => tasks.pause("t", { signal }), () => tasks.startStream(start, { signal })]) {
    const error = await rejection(call());
    assert.equal(error.constructor, APIUserAbortError);
    assert.ok(error instanceof APIError);
    assert.equal(error.message, "Request was aborted.");
    assert.equal(error.cause, why);
    void call();
  }
  assert.equal(server.requests.length, 0);
  assert.equal(listeners(signal), 0);
});

test("during the call: the connection closes", async (t) => {
  const server = await serve(t, () => {});
  const { tasks } = server.client().agent;
  for (const call of [(options) => tasks.pause("t", options), (options) => tasks.startStream(start, options)]) {
    const controller = new AbortController();
    const before = server.requests.length;
    const called = call({ signal: controller.signal });
    await until(() => server.requests.length > before, "the request");
    controller.abort();
    assert.equal((await rejection(called)).constructor, APIUserAbortError);
    await server.requests.at(-1).closed;
    assert.equal(listeners(controller.signal), 0);
  }
});

test("during the call, the promise dropped: no unhandled rejection", async (t) => {
  const server = await serve(t, () => {});
  const controller = new AbortController();
  const { signal } = controller;
  void server.client().agent.tasks.pause("t", { signal });
  void server.client().agent.tasks.startStream(start, { signal });
  await until(() => server.requests.length === 2, "the requests");
  controller.abort();
  await Promise.all(server.requests.map((request) => request.closed));
  await until(() => listeners(signal) === 0, "the listeners to go");
});

for (const [name, abort] of [
  ["the user's signal", (controller) => controller.abort()],
  ["the stream's controller", (_, events) => events.controller.abort()],
]) {
  test(`in the middle of a stream, by ${name}: it ends without an error`, async (t) => {
    const server = await holding(t);
    const controller = new AbortController();
    const events = await server.client().agent.tasks.startStream(start, { signal: controller.signal });
    const iterator = events[Symbol.asyncIterator]();
    assert.deepEqual(await iterator.next(), { done: false, value: { type: "started" } });
    const waiting = [iterator.next(), iterator.next()];
    setImmediate(() => abort(controller, events));
    assert.deepEqual(await Promise.all(waiting), Array(2).fill({ done: true, value: undefined }));
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    await server.requests[0].closed;
    assert.equal(events.lastEventId, "0");
    assert.equal(listeners(controller.signal), 0);
  });
}

test("between the answer and the loop: the connection closes, the loop is empty", async (t) => {
  const server = await holding(t);
  const events = await server.client().agent.tasks.startStream(start);
  events.controller.abort();
  await server.requests[0].closed;
  assert.deepEqual(await all(events), []);
});

test("after the end: nothing", async (t) => {
  const server = await serve(t, (request, response) => {
    if (!request.path.endsWith("/stream")) return json(response, { status: "paused" });
    stream(response);
    response.end(frame(0, { type: "completed" }));
  });
  const { tasks } = server.client().agent;
  const controller = new AbortController();
  const { signal } = controller;
  assert.deepEqual(await tasks.pause("t", { signal }), { status: "paused" });
  const events = await tasks.startStream(start, { signal });
  assert.deepEqual(await all(events), [{ type: "completed" }]);
  assert.equal(listeners(signal), 0);
  controller.abort();
  assert.equal(events.controller.signal.aborted, false);
  events.controller.abort();
});

test("one signal over many calls: no listener stays, the user's own onabort is heard", async (t) => {
  const server = await serve(t, (_, response, number) => json(response, {}, number % 3 ? 200 : 404));
  const { tasks } = server.client().agent;
  const controller = new AbortController();
  const { signal } = controller;
  let heard = 0;
  signal.onabort = () => (heard += 1);
  const own = listeners(signal);
  for (let round = 0; round < 10; round++) {
    await Promise.allSettled(Array.from({ length: 20 }, () => tasks.pause("t", { signal })));
    await rejection(tasks.pause("", { signal }));
    await rejection(tasks.start(null, { signal }));
    await rejection(tasks.startStream(null, { signal }));
  }
  assert.equal(listeners(signal), own);
  controller.abort();
  assert.equal(heard, 1);
});

test("AbortSignal.timeout and AbortSignal.any", async (t) => {
  const server = await serve(t, () => {});
  const { tasks } = server.client().agent;
  const late = AbortSignal.timeout(50);
  for (const signal of [late, AbortSignal.any([late, new AbortController().signal])]) {
    const error = await rejection(tasks.pause("t", { signal }));
    assert.equal(error.constructor, APIUserAbortError);
    assert.equal(error.cause.name, "TimeoutError");
  }
  // If the request had left before the time was over.
  await Promise.all(server.requests.map((request) => request.closed));
});

test("leaving the loop closes the connection", async (t) => {
  const server = await holding(t);
  const { tasks } = server.client().agent;
  const left = await tasks.startStream(start);
  for await (const event of left) {
    assert.equal(event.type, "started");
    break;
  }
  await server.requests[0].closed;
  assert.ok(left.controller.signal.aborted);

  const thrown = new Error("in the loop");
  const events = await tasks.startStream(start);
  const error = await rejection(
    (async () => {
      for await (const _ of events) throw thrown;
    })(),
  );
  assert.equal(error, thrown);
  await server.requests[1].closed;
});

test("return() while a next() waits", async (t) => {
  const server = await holding(t);
  const events = await server.client().agent.tasks.startStream(start);
  const iterator = events[Symbol.asyncIterator]();
  await iterator.next();
  const waiting = iterator.next();
  assert.deepEqual(await iterator.return(), { done: true, value: undefined });
  assert.deepEqual(await waiting, { done: true, value: undefined });
  await server.requests[0].closed;
});
