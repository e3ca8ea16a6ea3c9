// Ending clients, streams and servers: `close` and `await using` (`Symbol.asyncDispose`).

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import Lightcone, { LightconeError, Stream } from "@tzafon/lightcone";
import { LocalServer } from "@tzafon/lightcone/local";
import { all, frame, json, rejection, serve, stream, until } from "./support/server.mjs";

const start = { instruction: "go" };

/** What a program that knows `await using` does at the end of a block. */
const endOfBlock = (subject) => subject[Symbol.asyncDispose]();

test("a closed client says so, whatever is asked of it", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "running" }));
  const client = server.client();
  const sharing = client.withOptions({ maxRetries: 1 });
  const apart = client.withOptions({ limits: { maxConnections: 1 } });
  assert.equal(await client.close(), undefined);
  await client.close();
  for (const closed of [client, sharing]) {
    const { tasks } = closed.agent;
    for (const call of [
      () => tasks.start(start),
      () => tasks.startStream(start),
      () => tasks.pause("t"),
      () => tasks.list(),
      () => tasks.wait("t"),
      () => tasks.run(start),
      () => tasks.pause("t").asResponse(),
      () => closed.get("/x"),
      async () => closed.buildURL("/x"),
      async () => closed.withOptions({ maxRetries: 2 }),
    ]) {
      const error = await rejection(call());
      assert.ok(error instanceof LightconeError && /closed.*new one/.test(error.message), `${call}: ${error}`);
    }
  }
  assert.equal(server.requests.length, 0);
  await apart.agent.tasks.pause("t");
  assert.equal(server.requests.length, 1);
});

test("closing a client closes its connections, and ends what is under way", async (t) => {
  const server = await serve(t, (request, response) => {
    if (request.path.endsWith("/resume")) return;
    if (!request.path.endsWith("/stream")) return json(response, { status: "running" });
    stream(response);
    response.write(frame(0, 1));
  });
  // Else either side would close idle ones by itself, some seconds later.
  server.http.keepAliveTimeout = 0;
  const client = server.client({ limits: { idleTimeout: null } });
  let open = 0;
  server.http.on("connection", (socket) => {
    open += 1;
    socket.once("close", () => (open -= 1));
  });
  await client.agent.tasks.pause("t");
  assert.equal(open, 1);
  const events = (await client.agent.tasks.startStream(start))[Symbol.asyncIterator]();
  await events.next();
  const waiting = [rejection(events.next()), rejection(client.withOptions({ maxRetries: 1 }).agent.tasks.resume("t"))];
  await until(() => server.requests.length === 3, "the call that waits");
  await client.agent.tasks.pause("t");
  await endOfBlock(client);
  for (const error of await Promise.all(waiting)) assert.ok(error instanceof LightconeError && /closed/.test(error.message), String(error));
  await until(() => open === 0, "the connections to close");
});

test("a stream at the end of its block: begun, not begun, ended", async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(frame(0, 1) + frame(1, 2));
  });
  const { tasks } = server.client().agent;
  const fresh = await tasks.startStream(start);
  await endOfBlock(fresh);
  const begun = await tasks.startStream(start);
  const iterator = begun[Symbol.asyncIterator]();
  await iterator.next();
  await endOfBlock(begun);
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  await endOfBlock(begun);
  await Promise.all(server.requests.map((request) => request.closed));
  assert.ok(fresh.controller.signal.aborted && begun.controller.signal.aborted);
});

test("one half of a tee at the end of its block leaves the other", async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(frame(0, 1) + frame(1, 2));
  });
  const [left, right] = (await server.client().agent.tasks.startStream(start)).tee();
  await endOfBlock(left);
  const iterator = right[Symbol.asyncIterator]();
  assert.deepEqual([(await iterator.next()).value, (await iterator.next()).value], [1, 2]);
  await endOfBlock(right);
  await server.requests[0].closed;
});

test("a stream from lines of JSON, begun or not, while a line is waited for too", async () => {
  for (const reads of [0, 1, 2]) {
    let cancelled = false;
    const readable = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("1\n")),
      cancel: () => void (cancelled = true),
    });
    const lines = Stream.fromReadableStream(readable, new AbortController());
    const iterator = reads > 0 ? lines[Symbol.asyncIterator]() : undefined;
    const results = Array.from({ length: reads }, () => iterator.next());
    await results[0];
    await endOfBlock(lines);
    await until(() => cancelled, `the cancelling after ${reads} reads`);
    assert.ok(lines.controller.signal.aborted);
    if (reads === 2) assert.equal((await results[1]).done, true);
  }
});

test("a server at the end of its block", async () => {
  const server = await LocalServer.start();
  const client = server.client({ maxRetries: 0 });
  await client.agent.tasks.list();
  await endOfBlock(server);
  await assert.rejects(client.agent.tasks.list(), Lightcone.APIConnectionError);
});

test("a runtime without the symbol has everything else", async () => {
  const program = `
    globalThis.Symbol = Object.create(Symbol, { asyncDispose: { value: undefined } });
    const { Lightcone, Stream } = require("@tzafon/lightcone");
    const { LocalServer } = require("@tzafon/lightcone/local");
    for (const Class of [Lightcone, Stream, LocalServer]) if ("undefined" in Class.prototype) throw new Error(Class.name);
    new Lightcone({ apiKey: "k" }).close().then(() => console.log("ok"));`;
  assert.equal((await promisify(execFile)(process.execPath, ["-e", program])).stdout.trim(), "ok");
});
