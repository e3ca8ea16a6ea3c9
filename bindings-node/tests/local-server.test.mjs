// The package's client against the package's own server, without a browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import Lightcone, { ConflictError, NotFoundError, UnprocessableEntityError } from "@tzafon/lightcone";
import { all, rejection, until } from "./support/server.mjs";

const ROOT = new URL("../../", import.meta.url);
const SCRIPTS = [
  { instruction: "finish", steps: [{ event: { type: "thinking", step: 1 } }, { finish: "done\nand told" }] },
  { instruction: "listen", steps: [{ message: "louder" }, { finish: "heard" }] },
];

let client;
let server;
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "lightcone-scripts-"));
  await writeFile(join(folder, "scripts.json"), JSON.stringify(SCRIPTS));
  const { bin } = JSON.parse(await readFile(new URL("package.json", ROOT), "utf8"));
  const command = [fileURLToPath(new URL(bin.lightcone, ROOT)), "serve", "--port", "0", "--data", ":memory:", "--scripts", join(folder, "scripts.json")];
  server = spawn(process.execPath, command, { env: { ...process.env, TZAFON_API_KEY: "sk_local" } });
  let said = "";
  for (const pipe of [server.stdout, server.stderr]) pipe.on("data", (text) => (said += text));
  const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
  await until(() => address() || server.exitCode !== null, "the server");
  assert.ok(address(), said);
  client = new Lightcone({ apiKey: "sk_local", baseURL: address() });
});
after(async () => {
  const ended = once(server, "close");
  server.kill();
  await ended;
  await rm(folder, { recursive: true });
});

const ended = async (id) => {
  let status;
  await until(async () => {
    status = await client.agent.tasks.retrieveStatus(id);
    return ["completed", "failed", "cancelled"].includes(status.status);
  }, "the task's end");
  return status;
};

test("a task from its start to its end", async () => {
  const task = await client.agent.tasks.start({ instruction: "finish", model: "scripted" });
  assert.ok(task.task_id);
  const status = await ended(task.task_id);
  assert.deepEqual([status.status, status.exit_code, status.task_id], ["completed", 0, task.task_id]);
  assert.equal((await rejection(client.agent.tasks.pause(task.task_id))).constructor, ConflictError);
});

test("a task's events", async () => {
  const stream = await client.agent.tasks.startStream({ instruction: "finish", model: "scripted" });
  const events = await all(stream);
  assert.deepEqual([events[0].type, events.at(-1).type, events.at(-1).result], ["started", "completed", "done\nand told"]);
  assert.equal(stream.lastEventId, String(events.length - 1));
});

test("pause, message, resume", async () => {
  const { task_id: id } = await client.agent.tasks.start({ instruction: "listen", model: "scripted" });
  assert.equal((await client.agent.tasks.pause(id)).status, "paused");
  assert.equal((await client.agent.tasks.retrieveStatus(id)).status, "paused");
  assert.equal((await client.agent.tasks.injectMessage(id, { message: "louder" })).status, "queued");
  assert.equal((await client.agent.tasks.resume(id)).status, "running");
  assert.equal((await ended(id)).exit_code, 0);
});

test("what the server refuses", async () => {
  assert.equal((await rejection(client.agent.tasks.retrieveStatus("none"))).constructor, NotFoundError);
  const error = await rejection(client.agent.tasks.start({ instruction: "" }));
  assert.equal(error.constructor, UnprocessableEntityError);
  assert.equal(error.error.errors[0].field, "instruction");
});
