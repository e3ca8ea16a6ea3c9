// Stopping: before, during and after; what it closes and what it leaves (contract, section 8.7).

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { after, test as unlimited } from "node:test";
import { APIError, APIUserAbortError } from "@tzafon/lightcone";
import { all, frame, json, rejection, serve, stream, until } from "./support/server.mjs";

/** What hangs has failed. */
const test = (name, body) => unlimited(name, { timeout: 100_000 }, body);

const complaints = [];
for (const kind of ["unhandledRejection", "warning"]) process.on(kind, (reason) => complaints.push(reason));
after(() => assert.deepEqual(complaints, []));

const listeners = (signal) => getEventListeners(signal, "abort").length;
const start = { instruction: "go" };

/** Each kind of call. */
const calls = [
  (tasks, options) => tasks.pause("t", options),
  (tasks, options) => tasks.pause("t", options).asResponse(),
  (tasks, options) => tasks.startStream(start, options),
  (tasks, options) => tasks.list({}, options),
  (tasks, options) => tasks.wait("t", options),
  (tasks, options) => tasks.run(start, options),
];

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
  for (const call of calls) {
    const error = await rejection(call(tasks, { signal }));
    assert.equal(error.constructor, APIUserAbortError);
    assert.ok(error instanceof APIError);
    assert.equal(error.message, "Request was aborted.");
    assert.equal(error.cause, why);
    void call(tasks, { signal });
  }
  assert.equal(server.requests.length, 0);
  assert.equal(listeners(signal), 0);
});

test("during the call: the connection closes", async (t) => {
  const server = await serve(t, () => {});
  const { tasks } = server.client().agent;
  for (const call of calls) {
    const controller = new AbortController();
    const before = server.requests.length;
    const called = call(tasks, { signal: controller.signal });
    await until(() => server.requests.length > before, "the request");
    controller.abort();
    const error = await rejection(called);
    assert.deepEqual([error.constructor, error.cause.name], [APIUserAbortError, "AbortError"]);
    await server.requests.at(-1).closed;
    assert.equal(listeners(controller.signal), 0);
  }
});

test("in the middle of an answer's body: the connection closes", async (t) => {
  const server = await serve(t, (_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write("{");
  });
  const { tasks } = server.client().agent;
  const controller = new AbortController();
  const { signal } = controller;
  const response = await tasks.pause("t", { signal }).asResponse();
  const called = [tasks.pause("t", { signal }), response.text()].map(rejection);
  await until(() => server.requests.length === 2, "the requests");
  controller.abort("enough");
  for (const error of await Promise.all(called)) assert.deepEqual([error.constructor, error.cause], [APIUserAbortError, "enough"]);
  await Promise.all(server.requests.map((request) => request.closed));
  assert.equal(listeners(signal), 0);
});

const LATER = { "retry-after": "60" };

test("while a call waits to be sent again: it is not", async (t) => {
  let answered;
  const server = await serve(t, (_, response) => {
    json(response, {}, 503, LATER);
    response.once("close", answered);
  });
  const { tasks } = server.client({ maxRetries: 2 }).agent;
  for (const [number, call] of calls.entries()) {
    const controller = new AbortController();
    const waits = new Promise((resolve) => (answered = resolve));
    const called = rejection(call(tasks, { signal: controller.signal }));
    await Promise.race([waits, until(() => server.requests.length > number)]);
    setTimeout(() => controller.abort(), 50);
    assert.equal((await called).constructor, APIUserAbortError);
    assert.equal(server.requests.length, number + 1);
    assert.equal(listeners(controller.signal), 0);
  }
});

test("while a stream waits to be taken up again: it ends", async (t) => {
  const server = await serve(t, (request, response) => {
    if (!request.path.endsWith("/stream")) return json(response, {}, 503, LATER);
    stream(response, { "x-task-id": "t", link: '<t/events>; rel="events"' });
    response.write(frame(0, { type: "started" }), () => response.destroy());
  });
  const controller = new AbortController();
  const events = await server.client({ maxRetries: 2 }).agent.tasks.startStream(start, { signal: controller.signal });
  const iterator = events[Symbol.asyncIterator]();
  await iterator.next();
  const waiting = iterator.next();
  await until(() => server.requests.length === 2, "the second request");
  setTimeout(() => controller.abort(), 50);
  assert.deepEqual(await waiting, { done: true, value: undefined });
  assert.equal(server.requests.length, 2);
});

test("while it is waited for a task: no more questions", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "running" }));
  const controller = new AbortController();
  const waiting = server.client().agent.tasks.wait("t", { signal: controller.signal, pollInterval: 60_000 });
  await until(() => server.requests.length > 0, "a question");
  setTimeout(() => controller.abort(), 50);
  assert.equal((await rejection(waiting)).constructor, APIUserAbortError);
  assert.equal(listeners(controller.signal), 0);
});

test("in the middle of a run, with and without `onEvent`: the connection closes", async (t) => {
  const server = await holding(t);
  for (const heard of [false, true]) {
    const controller = new AbortController();
    const abort = () => setImmediate(() => controller.abort("enough"));
    const before = server.requests.length;
    const running = rejection(server.client().agent.tasks.run(start, { signal: controller.signal, onEvent: heard ? abort : undefined }));
    await until(() => server.requests.length > before, "the request");
    if (!heard) abort();
    const error = await running;
    assert.deepEqual([error.constructor, error.cause], [APIUserAbortError, "enough"]);
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
  assert.equal((await tasks.run(start, { signal })).status, "completed");
  assert.equal(listeners(signal), 0);
  controller.abort();
  assert.equal(events.controller.signal.aborted, false);
  events.controller.abort();
});

// Over 10,000 calls in `memory.test.mjs`.
test("one signal over many calls and streams: no listener stays, the user's own are heard", async (t) => {
  const server = await serve(t, (request, response, number) => {
    if (!request.path.endsWith("/stream")) return json(response, {}, number % 3 ? 200 : 404);
    stream(response);
    response.end(frame(0, { type: "completed" }));
  });
  const { tasks } = server.client().agent;
  const controller = new AbortController();
  const { signal } = controller;
  const heard = [];
  const onabort = () => heard.push("onabort");
  signal.onabort = onabort;
  signal.addEventListener("abort", () => heard.push("listener"));
  const own = listeners(signal);
  const repeated = (count, call) => Array.from({ length: count }, call);
  for (let round = 0; round < 10; round++) {
    const called = [
      ...repeated(100, () => tasks.pause("t", { signal })),
      ...repeated(2, async () => all(await tasks.startStream(start, { signal }))),
      ...[tasks.pause("", { signal }), tasks.start(null, { signal }), tasks.startStream(null, { signal })],
    ];
    assert.ok(listeners(signal) <= own + 1, "at any time at most one is ours");
    await Promise.allSettled(called);
    assert.equal(listeners(signal), own);
  }
  assert.equal(signal.onabort, onabort);
  controller.abort();
  assert.deepEqual(heard, ["onabort", "listener"]);
});

test("what one signal stops goes on under another", async (t) => {
  let answer;
  const server = await serve(t, (_, response, number) => number === 1 && (answer = response));
  const { tasks } = server.client().agent;
  const [one, other] = [new AbortController(), new AbortController()];
  const stopped = rejection(tasks.pause("one", { signal: one.signal }));
  await until(() => server.requests.length === 1, "the first request");
  const going = tasks.pause("other", { signal: other.signal }).then();
  await until(() => answer, "the second request");
  one.abort();
  assert.equal((await stopped).constructor, APIUserAbortError);
  json(answer, { status: "paused" });
  assert.equal((await going).status, "paused");
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
