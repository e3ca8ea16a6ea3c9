// Programs that go on for long: nothing grows after they have warmed up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CLIENT, rounds, run } from "./support/program.mjs";
import { frame, json, serve, stream } from "./support/server.mjs";

/** How many times a program measures itself; before the second it has warmed up. */
const PARTS = 10;

/** The most that may be added after that. What a collection frees it frees a little later or earlier. */
const MOST = { rss: 24 << 20, heapUsed: 2 << 20, external: 1 << 20, arrayBuffers: 1 << 20, handles: 0, listeners: 0 };

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
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    figures.push({ rss, heapUsed, external, arrayBuffers, handles: process.getActiveResourcesInfo().length, listeners: getEventListeners(signal, "abort").length });
  }
  console.log(JSON.stringify(figures));
`;

async function grows(t, program, url) {
  const { code, output } = await run(program, url);
  assert.equal(code, 0, output);
  const figures = JSON.parse(output);
  const [warm, end] = [figures[1], figures.at(-1)];
  const growth = Object.fromEntries(Object.keys(MOST).map((name) => [name, end[name] - warm[name]]));
  t.diagnostic(JSON.stringify({ end, growth }));
  for (const [name, most] of Object.entries(MOST)) assert.ok(growth[name] <= most, `${name}: ${figures.map((each) => each[name])}`);
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

test(`${STREAMS} streams of 1000 events, read, left and let go`, { timeout: 120_000 * rounds(1) }, async (t) => {
  const events = Array.from({ length: 1000 }, (_, id) => frame(id, { type: "progress_update", text: "x".repeat(200) })).join("");
  const server = await serve(t, (_, response) => {
    server.requests.length = 0;
    stream(response);
    response.end(events);
  });
  const program = measuring(`
    for (let n = 0; n < ${STREAMS / PARTS}; n++) {
      let count = 0;
      for await (const _ of await tasks.startStream(start, { signal })) count += 1;
      if (count !== 1000) throw new Error(count + " events");
      for await (const _ of await tasks.startStream(start, { signal })) break;
      await tasks.startStream(start, { signal });
    }`);
  await grows(t, program, server.url);
});

test(`clients, and clients with other options`, { timeout: 120_000 * rounds(1) }, async (t) => {
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
