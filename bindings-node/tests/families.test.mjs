// Processes that belong together: `child_process.fork` and `cluster`, and contexts of `vm` within one.

import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CLIENT, run, well } from "./support/program.mjs";
import { frame, json, serve, stream } from "./support/server.mjs";

/** Streams send one event and wait; calls are answered. */
const server = (t) =>
  serve(t, (request, response) => {
    if (!request.path.endsWith("/stream")) return json(response, { status: "paused" });
    stream(response);
    response.write(frame(0, { type: "started" }));
  });

/** Runs a module from a file, as programs that start themselves again need. */
async function runFile(t, program, url) {
  // Within the package, so that it finds it by its name.
  const folder = fileURLToPath(new URL("../build/programs/", import.meta.url));
  await mkdir(folder, { recursive: true });
  const file = `${folder}${process.pid}-${t.name.replace(/\W+/g, "-")}.mjs`;
  await writeFile(file, program);
  t.after(() => rm(file));
  return run(`await import(${JSON.stringify(`file://${file}`)});`, url);
}

test("a process and one forked from it, each with streams of its own", { timeout: 60_000 }, async (t) => {
  const { url, requests } = await server(t);
  const program = `${CLIENT}
    import { fork } from "node:child_process";
    import { once } from "node:events";
    import { fileURLToPath } from "node:url";
    const events = (await tasks.startStream(start))[Symbol.asyncIterator]();
    await events.next();
    if (process.send) {
      process.send((await tasks.pause("child")).status);
      await events.next();
    }
    const child = fork(fileURLToPath(import.meta.url), { execArgv: [] });
    const [status] = await once(child, "message");
    child.kill();
    await once(child, "exit");
    console.log("child", status);
    const waiting = events.next();
    console.log("parent", (await tasks.pause("parent")).status);
    await events.return();
    console.log("left", (await waiting).done);
  `;
  assert.deepEqual(await runFile(t, program, url), well("child paused\nparent paused\nleft true\n"));
  assert.deepEqual(requests.map(({ path }) => path), ["/agent/tasks/stream", "/agent/tasks/stream", "/agent/tasks/child/pause", "/agent/tasks/parent/pause"]);
  await Promise.all([requests[0].closed, requests[1].closed]);
});

test("a cluster whose workers end in the middle of streams", { timeout: 60_000 }, async (t) => {
  const { url, requests } = await server(t);
  const program = `${CLIENT}
    import cluster from "node:cluster";
    import { once } from "node:events";
    import { fileURLToPath } from "node:url";
    const events = (await tasks.startStream(start))[Symbol.asyncIterator]();
    await events.next();
    if (cluster.isWorker) {
      process.send((await tasks.pause("worker")).status);
      await events.next();
    }
    cluster.setupPrimary({ exec: fileURLToPath(import.meta.url), execArgv: [] });
    const workers = [cluster.fork(), cluster.fork()];
    console.log((await Promise.all(workers.map((worker) => once(worker, "message")))).map(([status]) => status).join());
    workers[0].process.kill();
    workers[1].kill();
    await Promise.all(workers.map((worker) => once(worker, "exit")));
    console.log((await tasks.pause("primary")).status);
    await events.return();
  `;
  assert.deepEqual(await runFile(t, program, url), well("paused,paused\npaused\n"));
  await Promise.all(requests.filter(({ path }) => path.endsWith("/stream")).map(({ closed }) => closed));
  assert.equal(requests.length, 6);
});

test("contexts within a process, each of which loads the package anew", { timeout: 60_000 }, async (t) => {
  const { url } = await server(t);
  // As Jest does: modules are run in a context of their own, only native ones are shared.
  const program = `
    import { readFileSync } from "node:fs";
    import { createRequire } from "node:module";
    import { dirname } from "node:path";
    import vm from "node:vm";
    const load = (file, context, loaded) => {
      if (loaded.has(file)) return loaded.get(file).exports;
      const require = createRequire(file);
      const module = { exports: {} };
      loaded.set(file, module);
      const wrapped = vm.runInContext("(function (exports, require, module, __filename, __dirname) {" + readFileSync(file) + "\\n})", context, { filename: file });
      const own = (name) => (/^\\./.test(name) && !/\\.node$/.test(name) ? load(require.resolve(name), context, loaded) : require(name));
      wrapped(module.exports, own, module, file, dirname(file));
      return module.exports;
    };
    const { AbortController, AbortSignal, Headers, ReadableStream, Response, TextDecoder, TextEncoder } = globalThis;
    const web = { AbortController, AbortSignal, Headers, ReadableStream, Response, TextDecoder, TextEncoder };
    const entry = createRequire(import.meta.url).resolve("@tzafon/lightcone");
    for (let round = 0; round < 3; round++) {
      const context = vm.createContext({ process, console, URL, setTimeout, setInterval, clearInterval, ...web });
      const { Lightcone, APIConnectionError } = load(entry, context, new Map());
      const client = new Lightcone({ maxRetries: 0 });
      for await (const event of await client.agent.tasks.startStream({ instruction: "go" })) { console.log(event.type); break; }
      const lost = client.withOptions({ baseURL: "http://127.0.0.1:9" });
      console.log(await lost.agent.tasks.pause("t").catch((error) => error instanceof APIConnectionError));
    }
  `;
  assert.deepEqual(await run(program, url), well("started\ntrue\n".repeat(3)));
});
