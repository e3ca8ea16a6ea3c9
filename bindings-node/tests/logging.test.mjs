// What is logged, where it goes, and what is never in it (contract, section 7).

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import Lightcone from "@tzafon/lightcone";
import { all, frame, json, serve, streamOf } from "./support/server.mjs";

const SOON = { "retry-after-ms": "1" };

function keeping() {
  const lines = [];
  const keep = (level) => (message, fields) => lines.push({ level, message, fields });
  return { lines, logger: { error: keep("error"), warn: keep("warn"), info: keep("info"), debug: keep("debug") } };
}

/** 503 once, then an answer. */
const once503 = (_, response, number) => (number === 0 ? json(response, {}, 503, SOON) : json(response, { status: "running" }, 200, { "x-request-id": "r2" }));

test("by default nothing is logged of what goes well", async (t) => {
  const server = await serve(t, once503);
  const { lines, logger } = keeping();
  await server.client({ logger, maxRetries: 2 }).agent.tasks.pause("t1");
  for (const logLevel of ["off", "error", "warn"]) await server.client({ logger, logLevel }).agent.tasks.pause("t1");
  assert.deepEqual(lines, []);
});

test("a call's waits and its outcome", async (t) => {
  const server = await serve(t, once503);
  const { lines, logger } = keeping();
  await server.client({ logger, logLevel: "info", maxRetries: 2 }).agent.tasks.pause("t1");
  assert.deepEqual(lines.map(({ level }) => level), ["info", "info"]);
  const place = `POST ${server.url}/agent/tasks/t1/pause: `;
  assert.ok(lines[0].message.startsWith(`${place}sent again after a wait why="status 503"`), lines[0].message);
  assert.ok(lines[1].message.startsWith(`${place}answered status=200 request_id=r2 retries=1`), lines[1].message);
  const { operation, status, request_id, retries } = lines[1].fields;
  assert.deepEqual({ operation, status, request_id, retries }, { operation: "pause", status: 200, request_id: "r2", retries: 1 });
});

test("debug has headers and no secret", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "running" }, 200, { "set-cookie": "sid=cookie-secret" }));
  const { lines, logger } = keeping();
  const client = server.client({ logger, logLevel: "debug", apiKey: "sk_secret", defaultQuery: { token: "query-secret" } });
  await client.agent.tasks.start({ instruction: "my password is hunter2" }, { headers: { "X-A": "b" } });
  assert.deepEqual(lines.map(({ level }) => level), ["debug", "debug", "info"]);
  const text = JSON.stringify(lines);
  assert.match(lines[0].message, /"x-a": "b"/);
  for (const secret of ["sk_secret", "cookie-secret", "query-secret", "hunter2"]) assert.ok(!text.includes(secret), secret);
});

test("a stream's end, and that it was left", async (t) => {
  const server = await serve(t, (_, response, number) =>
    number === 0 ? streamOf(response, frame(0, { type: "completed" })) : streamOf(response, frame(0, { type: "started" }), frame(1, { type: "step" })),
  );
  const { lines, logger } = keeping();
  const { tasks } = server.client({ logger, logLevel: "info" }).agent;
  await all(await tasks.startStream({ instruction: "x" }));
  assert.match(lines.at(-1).message, /: ended events=1 bytes=\d+ resumed=0 task_ended=true last_event_id=0 /);
  const stream = await tasks.startStream({ instruction: "x" });
  stream.controller.abort();
  await all(stream);
  assert.ok(/closed by the caller|ended/.test(lines.at(-1).message), lines.at(-1).message);
});

test("what happens during a wait is logged during it", async (t) => {
  let goOn;
  const gone = new Promise((resolve) => (goOn = resolve));
  const server = await serve(t, async (request, response, number) => {
    if (number > 0) await gone;
    once503(request, response, number);
  });
  const { lines, logger } = keeping();
  const first = new Promise((resolve) => {
    logger.info = (message) => (lines.push(message), resolve());
  });
  const call = server.client({ logger, logLevel: "info", maxRetries: 2 }).agent.tasks.pause("t1").then();
  await first;
  assert.equal(lines.length, 1);
  goOn();
  await call;
  assert.equal(lines.length, 2);
});

test("a client with other options has its own logger", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "running" }));
  const [one, other] = [keeping(), keeping()];
  const client = server.client({ logger: one.logger, logLevel: "info" });
  await client.withOptions({ logger: other.logger }).agent.tasks.pause("t1");
  await client.withOptions({ logLevel: "off" }).agent.tasks.pause("t1");
  assert.deepEqual([one.lines.length, other.lines.length], [0, 1]);
});

test("a fault of the logger is no fault of the call's", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "running" }));
  const warned = new Promise((resolve) => process.once("warning", resolve));
  const { logger } = keeping();
  logger.info = () => {
    throw new Error("a fault");
  };
  await server.client({ logger, logLevel: "info" }).agent.tasks.pause("t1");
  assert.equal((await warned).message, "a fault");
});

test("the environment says what is logged, unless the program does", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "running" }));
  const program = `
    const { Lightcone } = require("@tzafon/lightcone");
    new Lightcone({ apiKey: "sk_secret", baseURL: "${server.url}", ...JSON.parse(process.argv[1]) }).agent.tasks.pause("t1").then();`;
  const run = async (level, options) => {
    const env = { ...process.env, LIGHTCONE_LOG: level, NO_PROXY: "127.0.0.1" };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["-e", program, JSON.stringify(options)], { env });
    return stdout + stderr;
  };
  assert.match(await run("info", {}), /^POST \S+: answered status=200 [^\n]*\n$/);
  assert.equal((await run(" DEBUG ", {})).trim().split("\n").length, 3);
  assert.equal(await run("", {}), "");
  assert.equal(await run("debug", { logLevel: "off" }), "");
  assert.match(await run("loud", {}), /LIGHTCONE_LOG is "loud"/);
});
