// A server within the process: `@tzafon/lightcone/local`.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { APIConnectionError, AuthenticationError, InternalServerError, LightconeError, StreamInterruptedError } from "@tzafon/lightcone";
import { LocalServer } from "@tzafon/lightcone/local";
import { all, rejection } from "./support/server.mjs";

/** Starts one; it ends with the test. */
async function local(test, options) {
  const server = await LocalServer.start(options);
  test.after(() => server.close());
  return server;
}

const events = async (server, instruction, options) => all(await server.client(options).agent.tasks.startStream({ instruction }));
const last = async (...args) => (await events(...args)).at(-1);
const kinds = (events) => events.map((event) => event.type);

const listens = (url) =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => resolve(true) || socket.destroy()).on("error", () => resolve(false));
  });

test("a script by text and one by pattern", async (t) => {
  const server = await local(t);
  server.script("Find the price", { steps: [{ finish: "12 €" }] });
  server.script(/^BOOK a/i, { events: [{ type: "progress_update", message: "looking" }], steps: [{ finish: "booked" }] });
  assert.equal((await last(server, " Find the price ")).result, "12 €");
  assert.deepEqual(kinds(await events(server, "Book a table")), ["started", "progress_update", "completed"]);
  assert.equal((await last(server, "Find the prices")).error_code, "no_script");
  server.script("Find the price", { steps: [{ finish: "13 €" }] });
  assert.equal((await last(server, "Find the price")).result, "13 €");
});

test("scripts from the start", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "lightcone-local-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "scripts.yaml");
  await writeFile(file, "- {instruction: hello, steps: [{finish: hi}]}\n");
  for (const scripts of [file, [{ instruction: /^hello$/, steps: [{ finish: "hi" }] }]]) {
    assert.equal((await last(await local(t, { scripts }), "hello")).result, "hi");
  }
});

test("one's own page in a real browser", async (t) => {
  const saved = [];
  const page = `<!doctype html><html lang=en><title>Guests</title><h1>Guests</h1>
    <label>Name <input id=name></label> <button onclick="fetch('/saved?' + document.getElementById('name').value)
    .then(() => document.querySelector('h1').textContent = 'Welcome, ' + document.getElementById('name').value)">Save</button>`;
  const site = createServer((request, response) => {
    const [path, query] = request.url.split("?");
    if (path === "/saved") saved.push(query);
    response.setHeader("content-type", "text/html").end(page);
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  t.after(() => site.close());
  const server = await local(t);
  const instruction = "Type Ada into Name, press Save, then wait for Welcome and read the heading";
  const start_url = `http://127.0.0.1:${site.address().port}/`;
  const end = (await all(await server.client().agent.tasks.startStream({ instruction, start_url, model: "rules" }))).at(-1);
  if (end.type === "config_error") return t.skip(`there is no browser here: ${end.error}`);
  assert.deepEqual([end.type, saved], ["completed", ["Ada"]]);
  assert.match(end.result, /Welcome, Ada/);
});

test("it is up in milliseconds", async () => {
  const times = [];
  for (let n = 0; n < 5; n += 1) {
    const began = performance.now();
    const server = await LocalServer.start();
    times.push(performance.now() - began);
    await server.close();
  }
  assert.ok(Math.min(...times) < 200, String(times));
});

test("failures of a task", async (t) => {
  const server = await local(t);
  server.script("badly", { steps: [{ fail: { error_code: "not_found", result: "nothing there" } }] });
  server.script("halfway", { events: [{ type: "thinking" }], steps: [{ finish: "never" }], failAt: 2 });
  const { type, error_code, result } = await last(server, "badly");
  assert.deepEqual([type, error_code, result], ["failed", "not_found", "nothing there"]);
  assert.deepEqual(kinds(await events(server, "halfway")), ["started", "thinking", "failed"]);
});

test("a slow task is paused, told something and resumed", async (t) => {
  const server = await local(t);
  server.script("wait", { steps: [{ wait_ms: 30 }, { message: "go (on|ahead)" }, { finish: "heard" }] });
  const { tasks } = server.client().agent;
  const stream = (await tasks.startStream({ instruction: "wait" }))[Symbol.asyncIterator]();
  const { task_id } = (await stream.next()).value;
  await tasks.pause(task_id);
  assert.equal((await tasks.retrieveStatus(task_id)).status, "paused");
  await tasks.injectMessage(task_id, { message: "go on" });
  await tasks.resume(task_id);
  let end;
  for (let next; !(next = await stream.next()).done; ) end = next.value;
  assert.equal(end.result, "heard");
});

test("an HTTP error is tried again and then raised", async (t) => {
  const server = await local(t, { scripts: [{ instruction: "x", steps: [{ finish: "done" }] }] });
  server.failNext("startStream", { status: 503, times: 2, headers: { "retry-after": "0" } });
  assert.equal((await last(server, "x")).result, "done");
  server.failNext("startStream", { status: 503 });
  const error = await rejection(events(server, "x", { maxRetries: 0 }));
  assert.deepEqual([error.constructor, error.status], [InternalServerError, 503]);
});

test("a dropped connection", async (t) => {
  const server = await local(t, { scripts: [{ instruction: "x", events: [{ type: "thinking" }, { type: "thinking" }] }] });
  server.dropNext("startStream", { afterEvents: 2 });
  const stream = await server.client({ maxRetries: 0 }).agent.tasks.startStream({ instruction: "x" });
  const came = [];
  const error = await rejection((async () => {
    for await (const event of stream) came.push(event.type);
  })());
  assert.deepEqual([error.constructor, error.lastEventId, came], [StreamInterruptedError, "1", ["started", "thinking"]]);
  server.dropNext("start");
  assert.equal((await rejection(server.client({ maxRetries: 0 }).agent.tasks.start({ instruction: "x" }))).constructor, APIConnectionError);
});

test("several at once", async (t) => {
  const servers = [await local(t), await local(t)];
  for (const [number, server] of servers.entries()) server.script("who", { steps: [{ finish: String(number) }] });
  const results = await Promise.all(servers.map((server) => last(server, "who")));
  assert.deepEqual(results.map(({ result }) => result), ["0", "1"]);
  const [one, other] = servers;
  const { Lightcone } = await import("@tzafon/lightcone");
  const stranger = new Lightcone({ apiKey: other.apiKey, baseURL: one.url });
  assert.equal((await rejection(stranger.agent.tasks.retrieveStatus("any"))).constructor, AuthenticationError);
});

test("no proxy of the environment is used", async () => {
  const program = `
    import { LocalServer } from "@tzafon/lightcone/local";
    const server = await LocalServer.start();
    server.script("x", {});
    console.log((await server.client({ maxRetries: 0 }).agent.tasks.start({ instruction: "x" })).status);
    await server.close();
  `;
  const env = { ...process.env, HTTP_PROXY: "http://127.0.0.1:9", http_proxy: "http://127.0.0.1:9", NO_PROXY: "", no_proxy: "" };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { env });
  assert.equal(stdout.trim(), "running");
});

test("closing ends tasks under way", async () => {
  const server = await LocalServer.start();
  server.script("stay", { steps: [{ wait_ms: 600_000 }] });
  const stream = (await server.client().agent.tasks.startStream({ instruction: "stay" }))[Symbol.asyncIterator]();
  assert.equal((await stream.next()).value.type, "started");
  const [, end] = await Promise.all([server[Symbol.asyncDispose](), stream.next()]);
  assert.equal(end.value.type, "failed");
  assert.equal(await listens(server.url), false);
  await server.close();
});

test("a model of one's own is recorded and played again", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "lightcone-local-"));
  t.after(() => rm(folder, { recursive: true }));
  const [agent, config, record] = ["agent.mjs", "models.toml", "said.jsonl"].map((name) => join(folder, name));
  await writeFile(
    agent,
    `import { createInterface } from "node:readline";
    for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify({ done: JSON.parse(line).instruction.toUpperCase() }));`,
  );
  const program = `use = '''command:'${process.execPath}' '${agent}''''`;
  await writeFile(config, `model = "shouter"\n[models.shouter]\n${program}\nrecord = "said.jsonl"\n`);
  const recorded = await LocalServer.start({ config });
  const end = await last(recorded, "hello");
  await recorded.close();
  if (end.type === "config_error") return t.skip(`there is no browser here: ${end.error}`);
  assert.deepEqual([end.type, end.result], ["completed", "HELLO"]);
  await rm(agent);
  const server = await local(t, { model: `cassette:${record}` });
  assert.equal((await last(server, "hello")).result, "HELLO");
  assert.match((await last(server, "goodbye")).result, /\/instruction was recorded as/);
  server.script("goodbye", { steps: [{ finish: "bye" }] });
  assert.equal((await last(server, "goodbye")).result, "bye");
});

test("what cannot be is said", async (t) => {
  const refused = async (promise, text) => {
    const error = await rejection(promise);
    assert.ok(error.constructor === LightconeError && error.message.includes(text), String(error));
  };
  const server = await local(t);
  await refused(LocalServer.start({ web: "/nowhere/at/all" }), "/nowhere/at/all");
  await refused(LocalServer.start({ model: "gpt" }), 'there is no model "gpt"');
  await refused(LocalServer.start({ model: "rules", scripts: [] }), "give one or the other");
  await refused(LocalServer.start({ config: "nowhere.toml" }), "nowhere.toml cannot be read");
  await refused(LocalServer.start({ key: "x" }), "no option `key`");
  await refused(LocalServer.start({ pace: -1 }), "`pace`");
  await refused((async () => server.script(/(?=x)/, {}))(), "look-around");
  await refused((async () => server.script("x", { failAt: 1 }))(), "fail_at");
  await refused((async () => server.failNext("stop"))(), "there is no operation");
  await refused((async () => server.dropNext("start", { afterEvents: 1 }))(), "without events");
});

test("a program that forgets to close ends and leaves nothing", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "lightcone-local-"));
  t.after(() => rm(folder, { recursive: true }));
  const program = `
    import { LocalServer } from "@tzafon/lightcone/local";
    import { readdirSync } from "node:fs";
    const server = await LocalServer.start();
    server.script("stay", { steps: [{ wait_ms: 600000 }] });
    await server.client().agent.tasks.start({ instruction: "stay" });
    console.log(readdirSync(process.env.TMPDIR).length);
  `;
  const options = { env: { ...process.env, TMPDIR: folder }, timeout: 10_000 };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], options);
  assert.equal(stdout.trim(), "1");
  assert.deepEqual(await readdir(folder), []);
});
