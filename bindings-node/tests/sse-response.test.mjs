// Streams of answers that the program fetched itself (contract, section 7: `Stream.fromSSEResponse`).

import assert from "node:assert/strict";
import { test } from "node:test";
import { APIError, LightconeError, Stream } from "@tzafon/lightcone";
import { all, frame, rejection, serve, stream, until } from "./support/server.mjs";

const EVENT_STREAM = { "content-type": "text/event-stream" };
const events = (body, headers = EVENT_STREAM) => Stream.fromSSEResponse(new Response(body, { headers }), new AbortController());

/** A body of these chunks; `cancelled` tells of it when it was given up. */
function body(...chunks) {
  const told = { cancelled: false, readable: undefined };
  told.readable = new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) return;
      if (chunk === null) controller.close();
      else if (chunk instanceof Error) controller.error(chunk);
      else controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
    },
    cancel: () => void (told.cancelled = true),
  });
  return told;
}

test("the answer of the web's own fetch", async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response, { "x-task-id": "t1" });
    response.write(frame(0, { type: "started", task_id: "t1", computer_id: "c1" }));
    response.end(`: ping\n\nevent: named\n${frame(1, { type: "completed", result: "done" })}`);
  });
  const controller = new AbortController();
  const response = await fetch(server.url, { signal: controller.signal });
  const read = Stream.fromSSEResponse(response, controller);
  assert.ok(read instanceof Stream);
  assert.deepEqual([read.taskId, read.computerId, read.controller === controller], ["t1", null, true]);
  const seen = [];
  for await (const event of read) seen.push([event.type, read.lastEventId, read.eventName]);
  assert.deepEqual(seen, [["started", "0", null], ["completed", "1", "named"]]);
  assert.deepEqual([read.computerId, read.terminalEvent], ["c1", { type: "completed", result: "done" }]);
  assert.equal(await read.result(), "done");
  assert.equal(controller.signal.aborted, false);
});

test("the core decodes it, wherever it is split", async () => {
  const bytes = new TextEncoder().encode('\ufeffid: 7\r\nda: x\rdata: {"a":\ndata:1}\r\n\r\ndata: "é\u2028"\n\nid\n\ndata: [DONE]\n\ndata: 9\n\n');
  for (let split = 0; split <= bytes.length; split++) {
    assert.deepEqual(await all(events(body(bytes.slice(0, split), bytes.slice(split), null).readable)), [{ a: 1 }, "é\u2028"], `at ${split}`);
  }
});

test("a last frame without its blank line", async () => {
  assert.deepEqual(await all(events('data: 1\n\ndata: {"a":1}')), [1, { a: 1 }]);
  assert.deepEqual(await all(events("data: 1\n\ndata: 2")), [1]);
});

test("data that is not JSON", async () => {
  const wrong = body("data: 1\n\ndata: oops\n\n");
  const seen = [];
  const error = await rejection((async () => {
    for await (const event of events(wrong.readable)) seen.push(event);
  })());
  assert.deepEqual(seen, [1]);
  assert.ok(error instanceof APIError, String(error));
  assert.match(error.message, /oops/);
  assert.equal(error.headers.get("content-type"), "text/event-stream");
  await until(() => wrong.cancelled, "the body to be given up");
});

test("a body that breaks off says what its own reader says", async () => {
  const why = new Error("broken");
  const iterator = events(body("data: 1\n\n", why).readable)[Symbol.asyncIterator]();
  assert.deepEqual(await iterator.next(), { done: false, value: 1 });
  assert.equal(await rejection(iterator.next()), why);
});

test("leaving, aborting and disposing cancel the body", async () => {
  const ways = [
    async (read) => {
      for await (const _ of read) break;
    },
    async (read) => {
      for await (const _ of read) read.controller.abort();
    },
    (read) => read[Symbol.asyncDispose](),
    async (read) => {
      const iterator = read[Symbol.asyncIterator]();
      await iterator.next();
      const waiting = iterator.next();
      await iterator.return();
      assert.deepEqual(await waiting, { done: true, value: undefined });
    },
  ];
  for (const leave of ways) {
    const held = body("data: 1\n\n");
    const read = events(held.readable);
    await leave(read);
    await until(() => held.cancelled, `the cancelling by ${leave}`);
    assert.ok(read.controller.signal.aborted);
  }
});

test("aborted before it is read: nothing comes", async () => {
  const held = body("data: 1\n\n", null);
  const controller = new AbortController();
  const read = Stream.fromSSEResponse(new Response(held.readable), controller);
  controller.abort();
  assert.deepEqual(await all(read), []);
  assert.ok(held.cancelled);
});

test("tee, and lines of JSON", async () => {
  const [left, right] = events(frame(0, 1) + frame(1, 2)).tee();
  assert.deepEqual([await all(left), await all(right), right.lastEventId], [[1, 2], [1, 2], "1"]);
  assert.equal(await new Response(events(frame(0, 1)).toReadableStream()).text(), "1\n");
});

test("an event over 64 MiB is an error", async () => {
  const mebibyte = new Uint8Array(1 << 20).fill(0x78);
  const chunks = ["data: 1\n\ndata: ", ...Array.from({ length: 65 }, () => mebibyte)];
  const iterator = events(body(...chunks).readable)[Symbol.asyncIterator]();
  assert.equal((await iterator.next()).value, 1);
  const error = await rejection(iterator.next());
  assert.equal(error.constructor, APIError);
  assert.match(error.message, /67108864 bytes/);
});

test("what is no stream of events", async () => {
  const read = new Response("data: 1\n\n");
  await read.text();
  const locked = new Response("data: 1\n\n");
  locked.body.getReader();
  for (const [response, text] of [
    [undefined, /Response.*undefined/],
    ["data: 1\n\n", /Response.*"data/],
    [{}, /Response.*Object/],
    [new Response(null, { status: 204 }), /no body/],
    [read, /read already/],
    [locked, /read already/],
    [new Response("<h1>no</h1>", { status: 502, headers: { "content-type": "text/html" } }), /^502 .*text\/event-stream.*text\/html/],
    [new Response("no", { status: 500 }), /^500 /],
    [Response.json({ status: "running" }), /text\/event-stream.*application\/json/],
  ]) {
    assert.throws(() => Stream.fromSSEResponse(response, new AbortController()), (error) => error instanceof LightconeError && text.test(error.message), String(text));
  }
  for (const controller of [undefined, null, {}, new AbortController().signal]) {
    assert.throws(() => Stream.fromSSEResponse(new Response("x"), controller), /`controller`.*AbortController/);
    assert.throws(() => Stream.fromReadableStream(new Response("x").body, controller), /`controller`.*AbortController/);
  }
  assert.throws(() => Stream.fromReadableStream("1\n", new AbortController()), /ReadableStream.*"1/);
  const texts = new ReadableStream({ start: (controller) => controller.enqueue("text") });
  const fake = { body: texts, headers: new Headers(), bodyUsed: false, status: 200 };
  assert.match((await rejection(all(Stream.fromSSEResponse(fake, new AbortController())))).message, /bytes.*"text"/);
});
