// Waiting for a task, running a whole one, and what a stream tells of its task (contract, sections 8.3 to 8.5).

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  APIConnectionTimeoutError,
  APIUserAbortError,
  LightconeError,
  NotFoundError,
  Stream,
  StreamInterruptedError,
  TaskFailedError,
  TaskResult,
} from "@tzafon/lightcone";
import { LocalServer } from "@tzafon/lightcone/local";
import { all, frame, json, rejection, serve, stream, streamOf } from "./support/server.mjs";

const STARTED = frame(0, { type: "started", task_id: "t1", computer_id: "c1", model: "m" });
const COMPLETED = frame(1, { type: "completed", result: "done", step: 3 });
const FAILED = frame(1, { type: "failed", result: "no such page", step: 3 });
const ENDED = { status: "completed", exit_code: 0, result: "from the status", task_id: "t1", steps: 4, model: "rules" };

/** Answers each start with a stream, and each question with the next of the statuses, the last again and again. */
function task(t, start, ...statuses) {
  let asked = 0;
  return serve(t, (request, response) => {
    if (request.method === "POST") return start(request, response);
    json(response, statuses[Math.min(asked++, statuses.length - 1)]);
  });
}

test("wait asks until the task has ended", async (t) => {
  const server = await task(t, undefined, { status: "queued" }, { status: "running" }, ENDED);
  const result = await server.client().agent.tasks.wait("t1", { pollInterval: 1, timeout: 20_000, headers: { "x-a": "1" } });
  assert.ok(result instanceof TaskResult);
  assert.deepEqual({ ...result }, ENDED);
  assert.equal(JSON.stringify(result), '{"status":"completed","exit_code":0,"result":"from the status","task_id":"t1","steps":4,"model":"rules"}');
  assert.match(inspect(result), /^TaskResult \{\n  status: 'completed'/);
  assert.deepEqual(server.requests.map(({ method, path, headers }) => [method, path, headers["x-a"]]), Array(3).fill(["GET", "/agent/tasks/t1", "1"]));
});

test("wait is over by its time, and by its signal", async (t) => {
  const running = await task(t, undefined, { status: "running" });
  const silent = await serve(t, () => {});
  for (const server of [running, silent]) {
    const error = await rejection(server.client().agent.tasks.wait("t1", { timeout: 200 }));
    assert.ok(error instanceof APIConnectionTimeoutError, `${error}`);
    assert.match(error.message, /^Request timed out\. Task t1 had not ended after 0\.2 s/);
    assert.equal(error.taskId, "t1");
    const stopped = await rejection(server.client().agent.tasks.wait("t1", { signal: AbortSignal.timeout(100) }));
    assert.ok(stopped instanceof APIUserAbortError, `${stopped}`);
  }
});

test("what wait cannot do it says", async (t) => {
  const server = await serve(t, (_, response) => json(response, { detail: "no t1" }, 404));
  const { tasks } = server.client().agent;
  assert.ok((await rejection(tasks.wait("t1"))) instanceof NotFoundError);
  const asked = server.requests.length;
  for (const options of [{ timeout: -1 }, { timeout: NaN }, { pollInterval: 0 }, { pollInterval: "1" }]) {
    assert.ok((await rejection(tasks.wait("t1", options))) instanceof LightconeError);
  }
  assert.ok((await rejection(tasks.wait(undefined))) instanceof LightconeError);
  assert.equal(server.requests.length, asked);
});

test("a run gives its result and its events", async (t) => {
  const server = await task(t, (_, response) => streamOf(response, STARTED, COMPLETED), ENDED);
  const seen = [];
  const onEvent = async (event) => {
    await null;
    seen.push(event.type);
  };
  for (const options of [undefined, { onEvent }, null]) {
    const result = await server.client().agent.tasks.run({ instruction: "go", max_steps: 5 }, options);
    assert.deepEqual({ ...result }, { ...ENDED, result: "done" });
    assert.equal(result.raiseForStatus(), result);
    assert.ok(result.isCompleted);
  }
  assert.deepEqual(seen, ["started", "completed"]);
  assert.deepEqual(Object.keys(server.requests[0].body), ["instruction", "idempotency_key", "max_steps"]);
});

test("a failed run is a result too", async (t) => {
  const server = await task(t, (_, response) => streamOf(response, STARTED, FAILED), { status: "failed", exit_code: 1 });
  const result = await server.client().agent.tasks.run({ instruction: "go" });
  assert.deepEqual({ ...result }, { status: "failed", exit_code: 1, result: "no such page", task_id: "t1", steps: 3, model: "m" });
  assert.throws(
    () => result.raiseForStatus(),
    (error) => {
      assert.ok(error instanceof TaskFailedError && error instanceof LightconeError);
      assert.equal(error.message, "Task t1 failed (exit code 1): no such page");
      assert.equal(error.result, result);
      return true;
    },
  );
});

test("a run that breaks off is waited for", async (t) => {
  const cut = (_, response) => {
    stream(response, { "x-task-id": "t1" });
    response.write(STARTED, () => response.destroy());
  };
  const server = await task(t, cut, { status: "running" }, ENDED);
  const seen = [];
  const result = await server.client().agent.tasks.run({ instruction: "go" }, { onEvent: (event) => seen.push(event.type) });
  assert.equal(result.result, "from the status");
  assert.deepEqual([seen, server.requests.length], [["started"], 3]);
});

test("a run that cannot know its end says so", async (t) => {
  const server = await task(t, (_, response) => streamOf(response, STARTED), { status: "running" });
  const error = await rejection(server.client().agent.tasks.run({ instruction: "go" }));
  assert.ok(error instanceof StreamInterruptedError, `${error}`);
  assert.deepEqual([error.taskId, error.lastEventId], ["t1", "0"]);
});

test("an error in onEvent, or a signal, ends a run and closes its connection", async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(STARTED);
  });
  const { tasks } = server.client().agent;
  const own = new Error("enough");
  const thrown = await rejection(
    tasks.run(
      { instruction: "go" },
      {
        onEvent: () => {
          throw own;
        },
      },
    ),
  );
  assert.equal(thrown, own);
  await server.requests[0].closed;
  for (const withEvents of [true, false]) {
    const controller = new AbortController();
    const options = { signal: controller.signal, ...(withEvents && { onEvent: () => controller.abort() }) };
    const run = rejection(tasks.run({ instruction: "go" }, options));
    if (!withEvents) setTimeout(() => controller.abort(), 100);
    assert.ok((await run) instanceof APIUserAbortError);
    await server.requests.at(-1).closed;
  }
});

test("a stream tells of its task", async (t) => {
  const late = frame(2, { type: "failed", result: "late" });
  const server = await serve(t, (_, response) => streamOf(response, STARTED, COMPLETED, late));
  const events = await server.client().agent.tasks.startStream({ instruction: "go" });
  assert.equal(events.terminalEvent, null);
  const iterator = events[Symbol.asyncIterator]();
  assert.equal((await iterator.next()).value.type, "started");
  assert.deepEqual([events.taskId, events.computerId, events.terminalEvent], ["t1", "c1", null]);
  assert.equal(await events.result(), "done");
  assert.deepEqual(events.terminalEvent, { type: "completed", result: "done", step: 3 });
  assert.deepEqual([events.lastEventId, events.eventName], ["2", null]);
  assert.equal(await events.result(), "done");
});

test("the result is what the last event has", async (t) => {
  const frames = [FAILED, frame(0, { type: "cancelled" }), frame(0, { type: "completed", result: null }), ": nothing\n\n"];
  const server = await serve(t, (_, response, number) => streamOf(response, frames[number]));
  const results = [];
  for (const _ of frames) results.push(await (await server.client().agent.tasks.startStream({ instruction: "go" })).result());
  assert.deepEqual(results, ["no such page", null, null, null]);
});

test("both halves of a tee know the task and its end", async (t) => {
  const server = await serve(t, (_, response) => streamOf(response, STARTED, COMPLETED));
  const [left, right] = (await server.client().agent.tasks.startStream({ instruction: "go" })).tee();
  assert.equal((await all(left)).length, 2);
  assert.deepEqual([left.taskId, right.computerId, left.terminalEvent.result, right.terminalEvent], ["t1", "c1", "done", null]);
  assert.equal(await right.result(), "done");
  const again = Stream.fromReadableStream((await server.client().agent.tasks.startStream({ instruction: "go" })).toReadableStream(), new AbortController());
  assert.deepEqual([again.taskId, again.terminalEvent], [null, null]);
  assert.deepEqual([await again.result(), again.terminalEvent.type], ["done", "completed"]);
});

test("the task is known from the headers or the call", async (t) => {
  const server = await serve(t, (request, response) => {
    stream(response, request.method === "POST" ? { "x-task-id": "t7" } : {});
    response.end(COMPLETED);
  });
  const { tasks } = server.client().agent;
  assert.equal((await tasks.startStream({ instruction: "go" })).taskId, "t7");
  assert.equal((await tasks.events("t8")).taskId, "t8");
});

test("events are waited for only so long", async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(STARTED);
    const timer = setInterval(() => response.write(": ping\n\n"), 20);
    response.once("close", () => clearInterval(timer));
  });
  const patient = server.client().agent.tasks;
  const hasty = server.client({ eventTimeout: 300 }).agent.tasks;
  for (const start of [
    () => patient.startStream({ instruction: "go" }, { eventTimeout: 300 }),
    () => hasty.startStream({ instruction: "go" }),
    () => hasty.events("t1"),
  ]) {
    const error = await rejection(start().then(all));
    assert.ok(error instanceof APIConnectionTimeoutError, `${error}`);
    assert.match(error.message, /no event came for 0\.3 s/);
    assert.equal(error.taskId, "t1");
  }
  assert.ok((await rejection(hasty.run({ instruction: "go" }))) instanceof APIConnectionTimeoutError);
  const unlimited = await hasty.startStream({ instruction: "go" }, { eventTimeout: null });
  for await (const event of unlimited) {
    assert.equal(event.type, "started");
    break;
  }
  assert.ok((await rejection(patient.startStream({ instruction: "go" }, { eventTimeout: -1 }))) instanceof LightconeError);
});

test("whole tasks on a real server", async (t) => {
  const scripts = [
    { instruction: "price", steps: [{ finish: "12 €" }] },
    { instruction: "lost", steps: [{ fail: { error_code: "not_found", result: "no such thing" } }] },
    { instruction: "stay", steps: [{ wait_ms: 60000 }] },
  ];
  const server = await LocalServer.start({ scripts });
  t.after(() => server.close());
  const { tasks } = server.client().agent;
  // Its stream breaks and is taken up again meanwhile.
  server.dropNext("startStream", { afterEvents: 1 });
  const seen = [];
  const done = await tasks.run({ instruction: "price" }, { onEvent: (event) => seen.push(event.type) });
  assert.deepEqual([done.status, done.exit_code, done.result, done.model, seen], ["completed", 0, "12 €", "scripted", ["started", "completed"]]);
  const lost = await tasks.run({ instruction: "lost" });
  assert.throws(() => lost.raiseForStatus(), /no such thing/);

  const { task_id: stay } = await tasks.start({ instruction: "stay" });
  assert.match((await rejection(tasks.wait(stay, { timeout: 500 }))).message, /its status is running/);
  assert.equal((await tasks.cancel(stay)).status, "cancelled");
  const cancelled = await tasks.wait(stay, { timeout: 20_000 });
  assert.deepEqual([cancelled.status, cancelled.exit_code], ["cancelled", 130]);

  const kinds = async (from) => (await all(await tasks.events(done.task_id, from))).map((event) => event.type);
  assert.deepEqual([await kinds(), await kinds({ lastEventId: "0" }), await kinds({ lastEventId: "1" })], [["started", "completed"], ["completed"], []]);
  assert.equal((await rejection(tasks.cancel("nobody"))).constructor, NotFoundError);

  const listed = await all(tasks.list({ limit: 1 }));
  assert.deepEqual(listed.map((task) => task.task_id), [stay, lost.task_id, done.task_id]);
  assert.deepEqual((await all(tasks.list({ status: "failed" }))).map((task) => task.instruction), ["lost"]);
});
