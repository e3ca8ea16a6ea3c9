// Which error for which answer (contract, sections 5 and 7).

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { test } from "node:test";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import Lightcone, * as lightcone from "@tzafon/lightcone";
import { json, rejection, serve, stream } from "./support/server.mjs";

const CLASSES = [
  [400, "BadRequestError"],
  [401, "AuthenticationError"],
  [403, "PermissionDeniedError"],
  [404, "NotFoundError"],
  [409, "ConflictError"],
  [418, "APIError"],
  [422, "UnprocessableEntityError"],
  [429, "RateLimitError"],
  [500, "InternalServerError"],
  [503, "InternalServerError"],
  [599, "InternalServerError"],
];

test("every status, at the call, for both kinds of operation", async (t) => {
  const problem = { title: "No", detail: "not like this" };
  const server = await serve(t, (request, response) => json(response, problem, Number(request.headers["x-status"]), { "x-request-id": "r1" }));
  const { tasks } = server.client().agent;
  for (const [status, name] of CLASSES) {
    const options = { headers: { "x-status": String(status) } };
    for (const call of [() => tasks.pause("t", options), () => tasks.startStream({ instruction: "go" }, options)]) {
      const error = await rejection(call());
      assert.equal(error.constructor, lightcone[name]);
      assert.equal(error.constructor, Lightcone[name]);
      assert.ok(error instanceof lightcone.APIError && error instanceof lightcone.LightconeError && error instanceof Error);
      assert.equal(error.status, status);
      assert.deepEqual(error.error, problem);
      assert.ok(error.headers instanceof Headers);
      assert.equal(error.headers.get("X-Request-Id"), "r1");
      assert.equal(error.message, `${status} ${JSON.stringify(problem)}`);
    }
  }
});

test("the text of the message", async (t) => {
  const bodies = [
    ['{"message":"own words"}', "400 own words", { message: "own words" }],
    ['{"message":{"a":1}}', '400 {"a":1}', { message: { a: 1 } }],
    ['{"message":""}', '400 {"message":""}', { message: "" }],
    ["plain text", "400 plain text", undefined],
    ["", "400 status code (no body)", undefined],
    ["null", "400 null", undefined],
    ['"a string"', '400 "a string"', "a string"],
    ['{"cut":', '400 {"cut":', undefined],
  ];
  const server = await serve(t, (_, response, number) => json(response, bodies[number][0], 400));
  for (const [, message, decoded] of bodies) {
    const error = await rejection(server.client().agent.tasks.pause("t"));
    assert.equal(error.message, message);
    assert.deepEqual(error.error, decoded);
  }
});

test("nobody there", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  const client = new Lightcone({ apiKey: "k", baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 });
  for (const call of [() => client.agent.tasks.pause("t"), () => client.agent.tasks.startStream({ instruction: "go" })]) {
    const error = await rejection(call());
    assert.equal(error.constructor, lightcone.APIConnectionError);
    assert.ok(error instanceof lightcone.APIError);
    assert.match(error.message, new RegExp(`^Connection error\\..*127\\.0\\.0\\.1:${port}`));
    assert.deepEqual([error.status, error.headers, error.error], [undefined, undefined, undefined]);
  }
});

test("silence", async (t) => {
  const server = await serve(t, (request, response) => request.path.endsWith("/stream") && stream(response));
  const { tasks } = server.client({ timeout: 100 }).agent;
  const error = await rejection(tasks.pause("t"));
  assert.equal(error.constructor, lightcone.APIConnectionTimeoutError);
  assert.ok(error instanceof lightcone.APIConnectionError);
  assert.match(error.message, /^Request timed out\./);
  const events = await tasks.startStream({ instruction: "go" });
  assert.equal((await rejection(events[Symbol.asyncIterator]().next())).constructor, lightcone.APIConnectionTimeoutError);
  await server.requests[1].closed;
  assert.equal((await rejection(server.client().agent.tasks.pause("t", { timeout: 50 }))).constructor, lightcone.APIConnectionTimeoutError);
});

test("a success that is not JSON", async (t) => {
  const server = await serve(t, (_, response, number) => {
    response.setHeader("content-type", "text/html");
    response.end(number === 0 ? "<html>hello" : "");
  });
  const { tasks } = server.client().agent;
  const error = await rejection(tasks.pause("t"));
  assert.equal(error.constructor, lightcone.APIError);
  assert.equal(error.status, 200);
  assert.match(error.message, /^200 .*JSON.*<html>hello/);
  assert.match((await rejection(tasks.pause("t"))).message, /empty/);
});

test("JSON where a stream was due", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "running" }));
  const error = await rejection(server.client().agent.tasks.startStream({ instruction: "go" }));
  assert.equal(error.constructor, lightcone.APIError);
  assert.match(error.message, /application\/json.*running/);
});

test("errors made by hand, as programs' own tests do", () => {
  const made = new lightcone.NotFoundError(404, { message: "gone" }, undefined, new Headers());
  assert.equal(made.message, "404 gone");
  assert.equal(new lightcone.APIError(undefined, undefined, undefined, undefined).message, "(no status code or body)");
  assert.equal(new lightcone.APIUserAbortError().message, "Request was aborted.");
  assert.equal(new lightcone.APIConnectionError({}).message, "Connection error.");
  assert.equal(new lightcone.APIConnectionTimeoutError().message, "Request timed out.");
  const cause = new Error("why");
  assert.equal(new lightcone.APIConnectionError({ message: "mine", cause }).cause, cause);
});

test("an error says its class, in its stack and to whoever prints it", () => {
  class Own extends lightcone.NotFoundError {}
  for (const Class of [lightcone.LightconeError, lightcone.NotFoundError, lightcone.APIUserAbortError, Own]) {
    const error = Class.length > 2 ? new Class(404, undefined, undefined, new Headers()) : new Class("text");
    assert.equal(error.name, Class.name);
    assert.ok(error.stack.startsWith(`${Class.name}: ${error.message}\n`), error.stack);
    assert.ok(inspect(error).startsWith(`${Class.name}: `), inspect(error));
    assert.deepEqual(Object.keys(error).filter((key) => key === "name"), []);
    error.name = "Mine";
    assert.equal(String(error), `Mine: ${error.message}`);
  }
});

test("a native error of another realm", () => {
  const { fromNative } = createRequire(import.meta.url)("../dist/core/error-record.js");
  const record = { kind: "conflict", message: "no", request: null, response: { status: 409, headers: [], body: "{}" }, attempts: 1, task_id: null, last_event_id: null };
  const error = fromNative(runInNewContext("new Error(text)", { text: JSON.stringify(record) }));
  assert.equal(error.constructor, lightcone.ConflictError);
  for (const other of [null, undefined, "text", { message: 1 }]) assert.equal(fromNative(other), other);
});

test("a fault of the native part asks to be reported", async () => {
  const { native } = await import("../dist/native.js").then((module) => module.default ?? module);
  const { fromNative } = await import("../dist/core/error-record.js").then((module) => module.default ?? module);
  for (const inWork of [false, true]) {
    const error = fromNative(await rejection((async () => native.panicForTest(inWork))()));
    assert.equal(error.constructor, lightcone.LightconeError);
    assert.match(error.message, /please report.*for a test/);
    assert.ok(error.message.includes(lightcone.VERSION));
  }
});
