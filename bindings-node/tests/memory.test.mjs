// Programs that go on for long: nothing grows after they have warmed up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CLIENT, rounds, run } from "./support/program.mjs";
import { frame, json, serve, stream } from "./support/server.mjs";

/** How many times a program measures itself; before the second it has warmed up. */
const PARTS = 10;

/**
 * The most that may be added after that. `native` is what the process has in memory besides V8's heap,
 * which grows by steps of its own as long as there is memory; what is used in it is `heapUsed`.
 */
const MOST = { native: 8 << 20, heapUsed: 2 << 20, external: 1 << 20, arrayBuffers: 1 << 20, handles: 0, listeners: 0 };

/** A program that does `part` over and over and prints its figures as JSON after each. */
const measuring = (part) => `${CLIENT}
  import { getEventListeners } from "node:events";
  const { signal } = new AbortController();
  const part = async () => { ${part} };
  const figures = [];
  for (let number = 0; number < ${PARTS}; number++) {
    await part();
    // What is collected says so in turns of its own.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve, gc()));
    const { rss, heapTotal, ...used } = process.memoryUsage();
    const handles = process.getActiveResourcesInfo().length;
    figures.push({ ...used, rss, native: rss - heapTotal, handles, listeners: getEventListeners(signal, "abort").length });
  }
  console.log(JSON.stringify(figures));
`;

async function grows(t, program, url, most) {
  const { code, output } = await run(program, url);
  assert.equal(code, 0, output);
  const figures = JSON.parse(output);
  const [warm, end] = [figures[1], figures.at(-1)];
  const growth = Object.fromEntries(Object.keys(MOST).map((name) => [name, end[name] - warm[name]]));
  t.diagnostic(JSON.stringify({ end, growth }));
  for (const [name, limit] of Object.entries({ ...MOST, ...most })) assert.ok(growth[name] <= limit, `${name}: ${figures.map((each) => each[name])}`);
}

const CALLS = rounds(10_000);

test(`${CALLS} calls, answered, refused and read as they come`, { timeout: 120_000 * rounds(1) }, async (t) => {
  const server = await serve(t, (_, response, number) => {
    server.requests.length = 0;
    json(response, { status: "paused", text: "x".repeat(1000) }, number % 10 ? 200 : 404);
  });
  const program = measuring(`
    for (let n = 0; n < ${CALLS / PARTS}; n += 20) {
      await Promise.allSettled(Array.from({ length: 20 }, async (_, place) => {
        const call = tasks.pause("t", { signal });
        if (place % 10 === 1) await (await call.asResponse()).text();
        else await call;
      }));
    }`);
  await grows(t, program, server.url);
});

const STREAMS = rounds(100);

/** How streams end; of those that are let go, what was read ahead is held until they are collected. */
const ends = {
  "read": ["let count = 0; for await (const _ of events) count += 1; if (count !== 1000) throw new Error(count + ' events');", { native: 16 << 20 }],
  "left": ["for await (const _ of events) break;", { native: 16 << 20 }],
  "let go": ["events;", { native: 48 << 20 }],
};

for (const [what, [end, most]] of Object.entries(ends)) {
  test(`${STREAMS} streams of 1000 events, ${what}`, { timeout: 120_000 * rounds(1) }, async (t) => {
    const events = Array.from({ length: 1000 }, (_, id) => frame(id, { type: "progress_update", text: "x".repeat(200) })).join("");
    const server = await serve(t, (_, response) => {
      server.requests.length = 0;
      stream(response);
      response.end(events);
    });
    const program = measuring(`
      for (let n = 0; n < ${STREAMS / PARTS}; n++) {
        const events = await tasks.startStream(start, { signal });
        ${end}
      }`);
    await grows(t, program, server.url, most);
  });
}

test("clients, and clients with other options", { timeout: 120_000 * rounds(1) }, async (t) => {
  const server = await serve(t, (_, response) => {
    server.requests.length = 0;
    json(response, { status: "paused" });
  });
  const program = measuring(`
    for (let n = 0; n < ${rounds(5)}; n++) {
      const one = new Lightcone({ maxRetries: 0 });
      await one.agent.tasks.pause("t");
      await one.withOptions({ timeout: 5000 }).agent.tasks.pause("t");
    }`);
  await grows(t, program, server.url);
});
