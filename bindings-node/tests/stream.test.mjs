// What comes of the bytes of a stream (contract, section 3).

import assert from "node:assert/strict";
import { test } from "node:test";
import { APIError, StreamInterruptedError } from "@tzafon/lightcone";
import { all, frame, rejection, serve, stream, streamOf } from "./support/server.mjs";

const DONE = 'id: 9\ndata: {"type":"completed"}\n\n';
const done = { type: "completed" };
const open = (server, options) => server.client().agent.tasks.startStream({ instruction: "go" }, options);

const ROWS = [
  ["comments and pings", ": hi\n\nid: 1\n: ping\n\n", []],
  ["frames without data", "\n\nid: 1\n\nretry: 5\n\nevent: x\n\n", []],
  ["a byte order mark", '\ufeffdata: {"a":1}\n\n', [{ a: 1 }]],
  ["every line end", 'data: {"a":\rdata: 1}\r\rdata: {"b":2}\r\n\r\ndata: {"c":3}\n\n', [{ a: 1 }, { b: 2 }, { c: 3 }]],
  ["raw line separators", 'data: {"a":"\u2028\u2029"}\n\n', [{ a: "\u2028\u2029" }]],
  ["data that is no object", 'data: null\n\ndata: 1\n\ndata: "s"\n\ndata: [1]\n\ndata:  true \n\n', [null, 1, "s", [1], true]],
  ["lone surrogates", 'data: {"a":"\\ud800"}\n\n', [{ a: "\ud800" }]],
  ["big numbers", "data: [1e400, -0, 12345678901234567890]\n\n", [JSON.parse("[1e400, -0, 12345678901234567890]")]],
  ["__proto__ as a member", 'data: {"__proto__":{"a":1}}\n\n', [JSON.parse('{"__proto__":{"a":1}}')]],
  ["repeated members", 'data: {"a":1,"a":2}\n\n', [{ a: 2 }]],
];

for (const [name, bytes, events] of ROWS) {
  test(name, async (t) => {
    const whole = Buffer.from(bytes + DONE);
    const server = await serve(t, (_, response, number) =>
      number === 0 ? streamOf(response, whole) : streamOf(response, ...Array.from(whole, (byte) => Buffer.of(byte))),
    );
    assert.deepEqual(await all(await open(server)), [...events, done]);
    assert.deepEqual(await all(await open(server)), [...events, done], "byte by byte");
  });
}

test("invalid UTF-8 is replaced", async (t) => {
  const server = await serve(t, (_, response) => streamOf(response, Buffer.concat([Buffer.from('data: {"a":"'), Buffer.of(0xff), Buffer.from(`"}\n\n${DONE}`)])));
  assert.deepEqual(await all(await open(server)), [{ a: "\ufffd" }, done]);
});

test("[DONE] ends the stream", async (t) => {
  const server = await serve(t, (_, response) => streamOf(response, frame(0, { a: 1 }), "data: [DONE]\n\n", frame(1, { b: 1 })));
  assert.deepEqual(await all(await open(server)), [{ a: 1 }]);
});

test("a last frame without its blank line", async (t) => {
  const server = await serve(t, (_, response, number) => streamOf(response, frame(0, { a: 1 }), number === 0 ? "data: [2]\n" : "data: 2\n"));
  assert.deepEqual(await all(await open(server)), [{ a: 1 }, [2]]);
  assert.deepEqual(await all(await open(server)), [{ a: 1 }]);
});

test("very deep nesting", async (t) => {
  const depth = 20_000;
  const server = await serve(t, (_, response) => streamOf(response, frame(0, "[".repeat(depth) + "]".repeat(depth)), DONE));
  let [value] = await all(await open(server));
  let found = 0;
  for (; value !== undefined; value = value[0]) found += 1;
  assert.equal(found, depth);
});

// Frames whose data is no value by itself, but would be with its neighbours', or with what
// holds a batch together.
const HOSTILE = ["1,2", "[1", "2]", '{"a":1},{"b":2}', '"a', 'b"', "", "]", '1],"values":[2', "NaN", "Infinity", "undefined", "01", "'a'", '{"a":1}]}', "\\", "1 2", '"\t"'];

for (const data of HOSTILE.filter(Boolean)) {
  test(`hostile data: ${data}`, async (t) => {
    const server = await serve(t, (_, response) => {
      stream(response);
      // In one write, so that all of it crosses in one batch.
      response.write(frame(0, { a: 1 }) + frame(1, '"between"') + frame(2, data) + frame(3, data) + DONE);
    });
    const events = await open(server);
    const seen = [];
    const error = await rejection(
      (async () => {
        for await (const event of events) seen.push([event, events.lastEventId]);
      })(),
    );
    assert.deepEqual(seen, [[{ a: 1 }, "0"], ["between", "1"]]);
    assert.equal(error.constructor, APIError);
    assert.ok(error.message.includes(JSON.stringify(data)), error.message);
    assert.ok(error.cause instanceof SyntaxError);
    await server.requests[0].closed;
  });
}

test("where the stream stands", async (t) => {
  const frames = ["id: a\nevent: one\ndata: 1\n\n", "data: 2\n\n", "id: b\n\n", "event: three\ndata: 3\n\n", "id\ndata: 4\n\n"];
  const server = await serve(t, (_, response) => streamOf(response, frames.join("")));
  const events = await open(server);
  const seen = [[events.lastEventId, events.eventName]];
  for await (const event of events) seen.push([event, events.lastEventId, events.eventName]);
  assert.deepEqual(seen, [[null, null], [1, "a", "one"], [2, "a", null], [3, "b", "three"], [4, "", null]]);
  assert.equal(events.lastEventId, "");
});

test("a thousand events in one write, in order", async (t) => {
  const count = 1000;
  const bytes = Array.from({ length: count }, (_, id) => frame(id, { id })).join("");
  const server = await serve(t, (_, response) => streamOf(response, bytes));
  assert.deepEqual(await all(await open(server)), Array.from({ length: count }, (_, id) => ({ id })));
});

test("one event of 10 MiB", async (t) => {
  const text = "x".repeat(10 << 20);
  const server = await serve(t, (_, response) => streamOf(response, `data: "${text}"\n\n`));
  assert.deepEqual(await all(await open(server)), [text]);
});

test("events as they come", async (t) => {
  let send;
  const server = await serve(t, (_, response) => {
    stream(response);
    send = (text) => response.write(text);
  });
  const iterator = (await open(server))[Symbol.asyncIterator]();
  for (let id = 0; id < 3; id++) {
    const next = iterator.next();
    send(frame(id, { id }));
    assert.deepEqual(await next, { done: false, value: { id } });
  }
  await iterator.return();
  await server.requests[0].closed;
});

test("a connection that breaks off", async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(frame(0, { type: "started", task_id: "t7" }) + frame(1, { type: "thinking" }), () => response.destroy());
  });
  const events = await open(server);
  const seen = [];
  const error = await rejection(
    (async () => {
      for await (const event of events) seen.push(event.type);
    })(),
  );
  assert.deepEqual(seen, ["started", "thinking"]);
  assert.equal(error.constructor, StreamInterruptedError);
  assert.deepEqual([error.taskId, error.lastEventId], ["t7", "1"]);
  assert.deepEqual(await events.controller.signal.aborted, false);
});
