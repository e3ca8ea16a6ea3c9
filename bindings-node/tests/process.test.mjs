// What keeps a process alive, what ends it, and what it prints.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { frame, json, serve, stream, until } from "./support/server.mjs";

const PACKAGE = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Runs a program; gives how it ended and what it printed. */
async function run(program, url, onOutput) {
  const environment = { ...process.env, TZAFON_API_KEY: "sk_test", LIGHTCONE_BASE_URL: url };
  const source = `import Lightcone from "@tzafon/lightcone";\nconst client = new Lightcone({ maxRetries: 0 });\n${program}`;
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", source], { cwd: HERE, env: environment });
  let output = "";
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on("data", (text) => {
      output += text;
      onOutput?.(output, child);
    });
  }
  const [code, signal] = await once(child, "close");
  return { code, signal, output };
}

test("an idle client, used or not, keeps nothing alive", { timeout: 20_000 }, async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "paused" }));
  assert.deepEqual(await run(`console.log((await client.agent.tasks.pause("t")).status);`, server.url), { code: 0, signal: null, output: "paused\n" });
  assert.deepEqual(await run("", server.url), { code: 0, signal: null, output: "" });
});

test("a stream that nobody reads keeps nothing alive", { timeout: 20_000 }, async (t) => {
  const server = await serve(t, (_, response) => stream(response));
  const program = `await client.agent.tasks.startStream({ instruction: "go" }); console.log("opened");`;
  assert.deepEqual(await run(program, server.url), { code: 0, signal: null, output: "opened\n" });
  await server.requests[0].closed;
});

test("a stream being read keeps the process alive", { timeout: 20_000 }, async (t) => {
  let answer;
  const server = await serve(t, (_, response) => {
    stream(response);
    answer = response;
    response.write(frame(0, { n: 0 }));
  });
  const program = `for await (const event of await client.agent.tasks.startStream({ instruction: "go" })) console.log(event.n);`;
  let sent = 0;
  const done = await run(program, server.url, (output) => {
    // Only once the last event was printed comes the next, so that the program waits each time.
    if (output.split("\n").length - 1 <= sent) return;
    sent += 1;
    if (sent < 3) setTimeout(() => answer.write(frame(sent, { n: sent })), 100);
    else answer.end();
  });
  assert.deepEqual(done, { code: 0, signal: null, output: "0\n1\n2\n" });
});

test("a stream that is let go closes, though its signal lives on", { timeout: 20_000 }, async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(frame(0, {}));
  });
  const program = `
    const { signal } = new AbortController();
    signal.onabort = () => {};
    const open = async () => (await client.agent.tasks.startStream({ instruction: "go" }, { signal }))[Symbol.asyncIterator]().next();
    await open();
    console.log("let go");
    setInterval(gc, 10);
  `;
  const done = run(program, server.url, async (_, child) => {
    await server.requests[0].closed;
    child.kill();
  });
  assert.equal((await done).output, "let go\n");
});

test("workers that are terminated in the middle of a stream", { timeout: 20_000 }, async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    const more = setInterval(() => response.write(frame(0, {}).repeat(50)), 1);
    response.once("close", () => clearInterval(more));
  });
  const program = `
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    const source = \`
      import { parentPort } from "node:worker_threads";
      import Lightcone from "@tzafon/lightcone";
      let told = false;
      for await (const event of await new Lightcone().agent.tasks.startStream({ instruction: "go" })) {
        if (!told) parentPort.postMessage((told = true));
      }
    \`;
    for (let round = 0; round < 10; round++) {
      const workers = [0, 1].map(() => new Worker(source, { eval: true }));
      await Promise.all(workers.map((worker) => once(worker, "message")));
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
    console.log("all gone");
  `;
  assert.deepEqual(await run(program, server.url), { code: 0, signal: null, output: "all gone\n" });
  assert.equal(server.requests.length, 20);
  await Promise.all(server.requests.map((request) => request.closed));
});

test("a dropped promise that fails is reported as any other", { timeout: 20_000 }, async (t) => {
  const server = await serve(t, (_, response) => json(response, {}, 404));
  const done = await run(`client.agent.tasks.pause("t", { signal: new AbortController().signal });`, server.url);
  assert.equal(done.code, 1);
  assert.match(done.output, /NotFoundError: 404/);
});

test("Ctrl-C ends a program in the middle of a stream", { timeout: 20_000 }, async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(frame(0, {}));
  });
  const program = `for await (const event of await client.agent.tasks.startStream({ instruction: "go" })) console.log("event");`;
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

test("the command", { timeout: 20_000 }, async () => {
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
  test(`${signal} ends a server`, { timeout: 20_000 }, async (t) => {
    const { child, said } = lightcone("serve", "--port", "0", "--data", ":memory:");
    t.after(() => child.kill("SIGKILL"));
    const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(said.output)?.[0];
    await until(address, "the server's address");
    assert.equal((await fetch(`${address()}/agent/tasks/none`)).status, 401);
    child.kill(signal);
    assert.deepEqual(await once(child, "close"), [0, null]);
  });
}
