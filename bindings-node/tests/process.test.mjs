// What keeps a process alive, what ends it, and what it prints.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { CLIENT, rounds, run, well } from "./support/program.mjs";
import { frame, json, serve, stream, until } from "./support/server.mjs";

const PACKAGE = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** One event, and then nothing. */
const one = (_, response) => {
  stream(response);
  response.write(frame(0, { n: 0 }));
};

test("an idle client, used or not, keeps nothing alive", { timeout: 60_000 }, async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "paused" }));
  assert.deepEqual(await run(CLIENT, server.url), well(""));
  assert.deepEqual(await run(`${CLIENT} console.log((await tasks.pause("t")).status);`, server.url), well("paused\n"));
  const logging = `${CLIENT} const told = () => {};
    const logger = { error: told, warn: told, info: told, debug: told };
    console.log((await client.withOptions({ logLevel: "debug", logger }).agent.tasks.pause("t")).status);`;
  assert.deepEqual(await run(logging, server.url), well("paused\n"));
});

test("an idle server keeps nothing alive, and ends with its process", { timeout: 60_000 }, async () => {
  const program = `
    import { LocalServer } from "@tzafon/lightcone/local";
    console.log((await LocalServer.start()).url);
  `;
  const { code, output } = await run(program, "http://127.0.0.1:9");
  assert.equal(code, 0, output);
  await assert.rejects(fetch(output.trim()), TypeError);
});

test("a stream that nobody reads keeps nothing alive", { timeout: 60_000 }, async (t) => {
  const server = await serve(t, (_, response) => stream(response));
  assert.deepEqual(await run(`${CLIENT} await tasks.startStream(start); console.log("opened");`, server.url), well("opened\n"));
  await server.requests[0].closed;
});

test("a stream being read keeps the process alive", { timeout: 60_000 }, async (t) => {
  let answer;
  const server = await serve(t, (request, response) => {
    one(request, response);
    answer = response;
  });
  let sent = 0;
  const done = await run(`${CLIENT} for await (const event of await tasks.startStream(start)) console.log(event.n);`, server.url, (output) => {
    // Only once the last event was printed comes the next, so that the program waits each time.
    if (output.split("\n").length - 1 <= sent) return;
    sent += 1;
    if (sent < 3) setTimeout(() => answer.write(frame(sent, { n: sent })), 100);
    else answer.end();
  });
  assert.deepEqual(done, well("0\n1\n2\n"));
});

test("a call under way keeps the process alive", { timeout: 60_000 }, async (t) => {
  const server = await serve(t, (_, response) => setTimeout(() => json(response, { status: "completed" }), 500));
  const calls = [`tasks.pause("t")`, `tasks.wait("t")`, `tasks.startStream(start).catch((error) => ({ status: error.status }))`];
  for (const call of calls) {
    const { code, output } = await run(`${CLIENT} ${call}.then(({ status }) => console.log(status));`, server.url);
    assert.deepEqual([code, output], [0, call.includes("Stream") ? "200\n" : "completed\n"]);
  }
});

/** Each way to have done with a stream. */
const WAYS = `
  const ways = {
    break: async (events) => { for await (const _ of events) break; },
    throw: async (events) => { try { for await (const _ of events) throw new Error(); } catch {} },
    return: async (events) => {
      const iterator = events[Symbol.asyncIterator]();
      await iterator.next();
      const waiting = [iterator.next(), iterator.next()];
      await iterator.return();
      await Promise.all(waiting);
    },
    abort: async (events) => {
      setImmediate(() => events.controller.abort());
      for await (const _ of events);
    },
    tee: async (events) => {
      for (const half of events.tee()) for await (const _ of half) break;
    },
    cancel: async (events) => { await events.toReadableStream().cancel(); },
    "cancel while it waits": async (events) => {
      const reader = events.toReadableStream().getReader();
      await reader.read();
      const waiting = reader.read();
      await reader.cancel();
      await waiting;
    },
    unread: async (events) => { events.controller.abort(); },
  };
`;

test("streams that were left, in each way, leave nothing behind", { timeout: 60_000 }, async (t) => {
  const server = await serve(t, one);
  const program = `${CLIENT} ${WAYS}
    const about = () => process.getActiveResourcesInfo().sort().join();
    await ways.break(await tasks.startStream(start));
    const handles = { before: about() };
    for (const [name, leave] of Object.entries(ways)) {
      for (let round = 0; round < 5; round++) await leave(await tasks.startStream(start));
      handles[name] = about();
    }
    console.log(new Set(Object.values(handles)).size === 1 ? "left" : handles);
  `;
  // That the process ends shows that no handle was left which keeps it alive.
  assert.deepEqual(await run(program, server.url), well("left\n"));
  assert.equal(server.requests.length, 41);
  await Promise.all(server.requests.map((request) => request.closed));
});

/** Events as fast as they are taken. */
const flood = (_, response) => {
  stream(response);
  const more = () => {
    while (!response.destroyed && response.write(frame(0, { n: 0 }).repeat(50)));
  };
  response.on("drain", more);
  more();
};

test("process.exit in the middle of a stream", { timeout: 60_000 * rounds(1) }, async (t) => {
  for (const answer of [one, flood]) {
    const server = await serve(t, answer);
    const program = `${CLIENT}
      let count = 0;
      const read = async () => { for await (const _ of await tasks.startStream(start)) if (++count === 4) process.exit(7); };
      tasks.pause("t");
      await Promise.all([read(), read(), read(), read()]);
    `;
    for (let round = 0; round < rounds(5); round++) {
      assert.deepEqual(await run(program, server.url), { code: 7, signal: null, output: "" });
    }
    await Promise.all(server.requests.map((request) => request.closed));
  }
});

test("Ctrl-C ends a program in the middle of a stream", { timeout: 60_000 }, async (t) => {
  const server = await serve(t, one);
  const program = `${CLIENT} for await (const event of await tasks.startStream(start)) console.log("event");`;
  const done = await run(program, server.url, (_, child) => child.kill("SIGINT"));
  assert.equal(done.signal, "SIGINT");
  await server.requests[0].closed;
});

/** Runs the package's command. */
function lightcone(...args) {
  const file = fileURLToPath(new URL(PACKAGE.bin.lightcone, new URL("../../", import.meta.url)));
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, TZAFON_API_KEY: "sk_test" } });
  const said = { output: "" };
  for (const pipe of [child.stdout, child.stderr]) pipe.on("data", (text) => (said.output += text));
  return { child, said };
}

test("the command", { timeout: 60_000 }, async () => {
  for (const [args, code, text] of [
    [["--version"], 0, `lightcone ${PACKAGE.version}`],
    [["nonsense"], 2, "nonsense"],
  ]) {
    const { child, said } = lightcone(...args);
    assert.deepEqual(await once(child, "close"), [code, null]);
    assert.ok(said.output.includes(text), said.output);
  }
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  test(`${signal} ends a server`, { timeout: 60_000 }, async (t) => {
    const { child, said } = lightcone("serve", "--port", "0", "--data", ":memory:");
    t.after(() => child.kill("SIGKILL"));
    const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(said.output)?.[0];
    await until(address, "the server's address");
    assert.equal((await fetch(`${address()}/agent/tasks/none`)).status, 401);
    child.kill(signal);
    assert.deepEqual(await once(child, "close"), [0, null]);
  });
}
