// Many streams at once, and readers that are slower than their servers (contract, section 8.7).

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { all, frame, serve, stream, until } from "./support/server.mjs";

const start = { instruction: "go" };
const EVENTS = 5;

/** Sends events one by one; `open` is how many streams there are, `most` how many there were at a time. */
async function counting(t, wait = async () => {}) {
  const count = { open: 0, most: 0 };
  const server = await serve(t, async (request, response) => {
    stream(response);
    count.open += 1;
    count.most = Math.max(count.most, count.open);
    response.once("close", () => (count.open -= 1));
    for (let id = 0; id < EVENTS; id++) {
      response.write(frame(id, { name: request.body.instruction, id }));
      await wait();
    }
    response.end();
  });
  return { server, count };
}

/** Follows that many streams at once; each sees its own events, each once. */
async function follow(tasks, number) {
  const streams = Array.from({ length: number }, (_, n) => tasks.startStream({ instruction: `stream ${n}` }).then(all));
  for (const [n, events] of (await Promise.all(streams)).entries()) {
    assert.deepEqual(events, Array.from({ length: EVENTS }, (_, id) => ({ name: `stream ${n}`, id })));
  }
}

test("a thousand streams at once, with default settings", { timeout: 120_000 }, async (t) => {
  let goOn;
  const allThere = new Promise((resolve) => (goOn = resolve));
  const { server, count } = await counting(t, () => (count.open === 1000 ? goOn() : undefined) ?? allThere);
  await follow(server.client({ timeout: 120_000 }).agent.tasks, 1000);
  assert.equal(count.most, 1000);
  await until(() => count.open === 0, "the streams' end");
});

test("a thousand streams with a limit take turns", { timeout: 120_000 }, async (t) => {
  const { server, count } = await counting(t);
  await follow(server.client({ timeout: 120_000, limits: { maxConnections: 10 } }).agent.tasks, 1000);
  assert.equal(server.requests.length, 1000);
  assert.ok(count.most <= 10, `${count.most} at a time`);
  await until(() => count.open === 0, "the streams' end");
});

const MEGABYTE = 1 << 20;
/** An event of 64 KiB, as it is written, and how many of them the server has to send: 64 MiB. */
const LARGE = { text: "x".repeat(65_000) };
const WRITTEN = `data: ${JSON.stringify(LARGE)}\n\n`;
const MANY = 1024;

/** Readers that take one event and then no more, until they are told to go on; they give how many came in all. */
const readers = {
  "an iterator": async (tasks, taken) => {
    let count = 0;
    for await (const _ of await tasks.startStream(start)) if (++count === 1) await taken();
    return count;
  },
  "a web stream": async (tasks, taken) => {
    let count = 0;
    for await (const _ of (await tasks.startStream(start)).toReadableStream()) if (++count === 1) await taken();
    return count;
  },
  "an answer": async (tasks, taken) => {
    let count = 0;
    for await (const _ of (await tasks.startStream(start).asResponse()).body) if (++count === 1) await taken();
    return count;
  },
  "the body of an answer": async (tasks, taken) => {
    let bytes = 0;
    for await (const chunk of (await tasks.retrieveStatus("t").asResponse()).body) {
      if (bytes === 0) await taken();
      bytes += chunk.byteLength;
    }
    return bytes / WRITTEN.length;
  },
};

for (const [what, read] of Object.entries(readers)) {
  test(`a slow reader stops the sender: ${what}`, { timeout: 120_000 }, async (t) => {
    let sent = 0;
    const server = await serve(t, async (_, response) => {
      stream(response);
      for (let n = 0; n < MANY; n++) {
        if (!response.write(WRITTEN)) await once(response, "drain");
        sent += WRITTEN.length;
      }
      response.end();
    });
    const before = process.memoryUsage.rss();
    let most;
    const taken = async () => {
      // The sender has stopped when it sends nothing for a while.
      for (let last = -1; last !== sent; ) {
        last = sent;
        await new Promise((resolve) => setTimeout(resolve, 400));
      }
      most = { sent, held: process.memoryUsage.rss() - before };
    };
    const count = await read(server.client().agent.tasks, taken);
    // What is read ahead is 4 MiB; the rest is in the sockets of the system, which takes up to 10.
    assert.ok(most.sent < 32 * MEGABYTE, `${most.sent / MEGABYTE} MiB were sent`);
    assert.ok(most.held < 48 * MEGABYTE, `${most.held / MEGABYTE} MiB more are held`);
    assert.equal(count, MANY);
    t.diagnostic(`sent ${(most.sent / MEGABYTE).toFixed(1)} MiB, held ${(most.held / MEGABYTE).toFixed(1)} MiB`);
  });
}
