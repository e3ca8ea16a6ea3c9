// Worker threads: each loads the native module, and any may be terminated in the middle of anything.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { CLIENT, rounds, run, well } from "./support/program.mjs";
import { frame, json, rejection, serve, stream, until } from "./support/server.mjs";

/** What a worker runs, with `client`, `tasks`, `start` and `tell`. */
const source = (program) => `
  import { parentPort } from "node:worker_threads";
  ${CLIENT}
  const tell = (message) => parentPort.postMessage(message);
  ${program}
`;

/** A worker of this process, which ends with the test at the latest. */
function worker(test, server, program) {
  const env = { ...process.env, TZAFON_API_KEY: "sk_test", LIGHTCONE_BASE_URL: server.url };
  const worker = new Worker(source(program), { eval: true, env });
  test.after(() => worker.terminate());
  return worker;
}

test("workers end by themselves, each with its own client", { timeout: 60_000 }, async (t) => {
  const server = await serve(t, (request, response) => json(response, { status: request.path }));
  const program = `
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => tasks.pause(String(n))));
    tell(answers.every(({ status }, n) => status === "/agent/tasks/" + n + "/pause"));
  `;
  const workers = Array.from({ length: 4 }, () => worker(t, server, program));
  const ends = workers.map((worker) => Promise.all([once(worker, "message"), once(worker, "exit")]));
  assert.deepEqual(await Promise.all(ends), Array(4).fill([[true], [0]]));
});

/** What a worker waits for when it is terminated; the server says nothing after the first event. */
const waits = {
  "the next event": `
    const events = (await tasks.startStream(start))[Symbol.asyncIterator]();
    await events.next();
    const waiting = events.next();
    tell("waiting");
    await waiting;`,
  "an answer": `const waiting = tasks.pause("t").then(); tell("waiting"); await waiting;`,
  "the rest of a body": `
    const body = (await tasks.retrieveStatus("t/stream").asResponse()).body.getReader();
    await body.read();
    const waiting = body.read();
    tell("waiting");
    await waiting;`,
  "the end of a task": `await tasks.run(start, { onEvent: () => setImmediate(() => tell("waiting")) });`,
  "nothing, and holds a stream": `const events = await tasks.startStream(start); tell("waiting"); setInterval(() => events, 1000);`,
};

for (const [what, program] of Object.entries(waits)) {
  test(`terminated, the connection closes: a worker that waits for ${what}`, { timeout: 60_000 }, async (t) => {
    const server = await serve(t, (request, response) => {
      if (!request.path.endsWith("stream")) return;
      stream(response);
      response.write(frame(0, { type: "started" }));
    });
    // This process has the module too: its runtime goes on after the worker's end.
    await rejection(server.client({ baseURL: "http://127.0.0.1:9" }).agent.tasks.pause("t"));
    const waiting = worker(t, server, program);
    await once(waiting, "message");
    await until(() => server.requests.length === 1, "the request");
    await waiting.terminate();
    await server.requests[0].closed;
  });
}

/** A program of rounds of two workers, terminated while events pour in; each round's workers begin as the last one's end. */
const terminating = (count) => `
  import { once } from "node:events";
  import { Worker } from "node:worker_threads";
  const source = ${JSON.stringify(source(`
    let told = false;
    for await (const event of await tasks.startStream(start)) told ||= (tell(event), true);
  `))};
  let ending = [];
  for (let round = 0; round < ${count}; round++) {
    const workers = [0, 1].map(() => new Worker(source, { eval: true }));
    await Promise.all([...workers.map((worker) => once(worker, "message")), ...ending]);
    ending = workers.map((worker) => worker.terminate());
  }
  await Promise.all(ending);
  console.log("all gone");
`;

for (const [what, before] of [
  ["of a program that uses the client itself", CLIENT],
  ["of a program that does not", ""],
]) {
  test(`workers terminated in the middle of streams, ${what}`, { timeout: 60_000 * rounds(1) }, async (t) => {
    const server = await serve(t, (_, response) => {
      stream(response);
      const more = setInterval(() => response.write(frame(0, {}).repeat(50)), 1);
      response.once("close", () => clearInterval(more));
    });
    const count = rounds(10);
    assert.deepEqual(await run(before + terminating(count), server.url), well("all gone\n"));
    assert.equal(server.requests.length, 2 * count);
    await Promise.all(server.requests.map((request) => request.closed));
  });
}

test("a worker that ends itself in the middle of a stream, by an error or by process.exit", { timeout: 60_000 }, async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(frame(0, {}));
  });
  for (const [end, code] of [[`process.exit(5)`, 5], [`setImmediate(() => { throw new Error("oops"); })`, 1]]) {
    const ending = worker(t, server, `for await (const _ of await tasks.startStream(start)) ${end};`);
    ending.on("error", () => {});
    assert.equal(await new Promise((resolve) => ending.once("exit", resolve)), code);
    await server.requests.at(-1).closed;
  }
});

test("a server within a worker ends with it", { timeout: 60_000 }, async (t) => {
  const server = await serve(t, () => {});
  const listens = (url) =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname, () => resolve(true) || socket.destroy()).on("error", () => resolve(false));
    });
  for (const stay of ["setInterval(() => local, 1000)", ""]) {
    const program = `
      const { LocalServer } = await import("@tzafon/lightcone/local");
      const local = await LocalServer.start();
      tell(local.url);
      ${stay}
    `;
    const serving = worker(t, server, program);
    const ended = once(serving, "exit");
    const [url] = await once(serving, "message");
    if (stay) {
      assert.equal(await listens(url), true);
      await serving.terminate();
    }
    await ended;
    await until(async () => !(await listens(url)), "the server's end");
  }
});
