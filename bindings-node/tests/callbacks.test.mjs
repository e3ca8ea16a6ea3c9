// Faults in what the program gives: they reach the program, and nothing hangs (contract, section 8.7).

import assert from "node:assert/strict";
import { test } from "node:test";
import { CLIENT, run } from "./support/program.mjs";
import { all, frame, json, rejection, serve, stream, streamOf, until } from "./support/server.mjs";

const start = { instruction: "go" };
const EVENTS = [frame(0, { type: "started", task_id: "t" }), frame(1, { type: "progress_update" }), frame(2, { type: "completed", result: "done" })];

test("what `onEvent` throws, or rejects with, is what the run rejects with", async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(EVENTS[0] + EVENTS[1]);
  });
  const fault = new Error("a fault");
  const faults = [
    () => {
      throw fault;
    },
    async () => {
      await new Promise(setImmediate);
      throw fault;
    },
  ];
  for (const onEvent of faults) {
    let calls = 0;
    const running = server.client().agent.tasks.run(start, { onEvent: (event) => ((calls += 1), onEvent(event)) });
    assert.equal(await rejection(running), fault);
    await server.requests.at(-1).closed;
    assert.equal(calls, 1);
    assert.equal(server.requests.at(-1).path, "/agent/tasks/stream", "the task goes on");
  }
});

test("`onEvent` is called again when it has finished", async (t) => {
  const server = await serve(t, (_, response) => streamOf(response, ...EVENTS));
  const heard = [];
  const onEvent = async ({ type }) => {
    heard.push(`${type} begins`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    heard.push(`${type} ends`);
  };
  assert.equal((await server.client().agent.tasks.run(start, { onEvent })).result, "done");
  assert.deepEqual(heard, ["started", "progress_update", "completed"].flatMap((type) => [`${type} begins`, `${type} ends`]));
});

test("faults of the logger leave a stream alone and are warned of", async (t) => {
  const warnings = [];
  const warned = (warning) => warnings.push(warning.message);
  process.on("warning", warned);
  t.after(() => process.off("warning", warned));
  const server = await serve(t, (_, response) => streamOf(response, ...EVENTS));
  const fault = () => {
    throw new Error("a fault of the logger");
  };
  const { tasks } = server.client({ logLevel: "debug", logger: { error: fault, warn: fault, info: fault, debug: fault } }).agent;
  assert.equal((await all(await tasks.startStream(start))).length, 3);
  assert.equal((await tasks.run(start)).result, "done");
  await until(() => warnings.length >= 8, "the warnings");
  assert.deepEqual([...new Set(warnings)], ["a fault of the logger"]);
});

test("what a logger rejects with is the program's to handle", { timeout: 60_000 }, async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "paused" }));
  const program = `${CLIENT}
    const logger = { error() {}, warn() {}, debug() {}, info: async () => { throw new Error("a fault of the logger"); } };
    console.log((await client.withOptions({ logger, logLevel: "info" }).agent.tasks.pause("t")).status);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  `;
  const { code, output } = await run(program, server.url);
  assert.equal(code, 1);
  assert.match(output, /a fault of the logger/);
});

test("records wait for a busy program up to a bound", { timeout: 60_000 }, async (t) => {
  const CALLS = 500;
  let answered = 0;
  const server = await serve(t, (_, response) => {
    response.once("finish", () => (answered += 1));
    json(response, { status: "paused" });
  });
  // Three records for each call: the attempt, the head, the outcome.
  const program = `${CLIENT}
    import { readSync, writeSync } from "node:fs";
    const lines = [];
    const keep = (level) => (message, fields) => lines.push({ level, fields });
    const logger = { error: keep("error"), warn: keep("warn"), info: keep("info"), debug: keep("debug") };
    const busy = client.withOptions({ logger, logLevel: "debug", limits: { maxConnections: null } }).agent.tasks;
    const calls = Array.from({ length: ${CALLS} }, () => busy.pause("t"));
    await new Promise(setImmediate);
    writeSync(1, "busy\\n");
    readSync(0, Buffer.alloc(1));
    await Promise.all(calls);
    const dropped = lines.filter(({ level }) => level === "warn").reduce((sum, { fields }) => sum + fields.dropped, 0);
    const kept = lines.filter(({ level }) => level !== "warn").length;
    console.log(JSON.stringify({ dropped, kept }));
  `;
  const { code, output } = await run(program, server.url, async (output, child) => {
    if (output !== "busy\n") return;
    await until(() => answered === CALLS, "all answers");
    child.stdin.end("\n");
  });
  assert.equal(code, 0, output);
  const { dropped, kept } = JSON.parse(output.split("\n")[1]);
  assert.equal(dropped + kept, 3 * CALLS);
  assert.ok(dropped > 0 && kept >= 1000, output);
});
