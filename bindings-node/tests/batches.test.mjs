// Events that cross from the core together: each is what was sent, whatever it crosses with.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APIError } from "@tzafon/lightcone";
import { serve, stream } from "./support/server.mjs";

/** What a program gets of these events, written at once: values, with the position after each; and the error at the end. */
async function read(t, text) {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.end(text);
  });
  const read = await server.client({ maxRetries: 0 }).agent.tasks.startStream({ instruction: "x" });
  const seen = [];
  try {
    for await (const event of read) seen.push([event, read.lastEventId, read.eventName]);
  } catch (error) {
    return { seen, error, last: read.lastEventId };
  }
  return { seen, error: undefined, last: read.lastEventId };
}

test("short and long ones, of any letters, in their order", async (t) => {
  const values = [];
  for (let number = 0; number < 600; number++) {
    const letter = ["a", "é", "語", "🙂", "\r\n"][number % 5];
    values.push({ type: "update", number, text: letter.repeat([0, 1, 50, 4_000, 100_000][(number >> 3) % 5] / (number % 7 || 1)) });
  }
  values.push({ type: "completed" });
  const frames = values.map((value, number) => `id: ${number}\n${number % 3 ? "" : "event: third\n"}data: ${JSON.stringify(value)}\n\n`);
  const { seen, error } = await read(t, frames.join(""));
  assert.equal(error, undefined);
  assert.equal(seen.length, values.length);
  for (const [number, one] of seen.entries()) assert.deepEqual(one, [values[number], `${number}`, number % 3 ? null : "third"]);
});

for (const [what, wrong] of [
  ["two values", "1,2"],
  ["the beginning of a list", "[1"],
  ["the beginning of a string", '"a'],
  ["nothing but a space", "  "],
]) {
  test(`${what} is no event, and no part of one`, async (t) => {
    const { seen, error, last } = await read(t, `id: a\ndata: 0\n\nid: b\ndata: ${wrong}\n\nid: c\ndata: 2]\n\nid: d\ndata: "\n\n`);
    assert.deepEqual(seen, [[0, "a", null]]);
    assert.ok(error instanceof APIError, String(error));
    assert.match(error.message, /an event that is not JSON/);
    assert.equal(last, "a");
  });
}
