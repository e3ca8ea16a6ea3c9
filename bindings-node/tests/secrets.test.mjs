// Keys and passwords are in nothing that a program may print, log or send on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import Lightcone from "@tzafon/lightcone";
import { LocalServer } from "@tzafon/lightcone/local";
import { all, frame, json, rejection, serve, streamOf } from "./support/server.mjs";

/** Everything that there is to see of a value. */
function visible(value) {
  const seen = new Set();
  const text = (_, value) => {
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return undefined;
    seen.add(value);
    return value;
  };
  const members = Object.entries(Object.getOwnPropertyDescriptors(value)).map(([name, { value }]) => `${name} ${String(value)}`);
  return [inspect(value, { depth: Infinity, showHidden: true }), JSON.stringify(value, text), String(value), value.stack, ...members].join("\n");
}

const SECRETS = ["sk_secret", "proxy-secret", "header-secret", "query-secret", "cookie-secret", "key-secret"];

function hasNoSecret(text, what) {
  for (const secret of SECRETS) assert.ok(!text.includes(secret), `${secret} in ${what}: ${text}`);
}

const secretly = {
  apiKey: "sk_secret",
  defaultHeaders: { cookie: "sid=cookie-secret", "proxy-authorization": "header-secret" },
  defaultQuery: { token: "query-secret" },
};

test("clients, resources, promises and streams", async (t) => {
  const server = await serve(t, (request, response) =>
    request.path.includes("/stream") ? streamOf(response, frame(0, { type: "completed" })) : json(response, { status: "running" }),
  );
  const client = server.client(secretly);
  const promise = client.agent.tasks.pause("t");
  await promise;
  const stream = await client.agent.tasks.startStream({ instruction: "go" });
  const begun = stream[Symbol.asyncIterator]();
  await begun.next();
  const subjects = { client, other: client.withOptions({ maxRetries: 1 }), agent: client.agent, tasks: client.agent.tasks, promise, stream, begun };
  for (const [what, subject] of Object.entries(subjects)) hasNoSecret(visible(subject), what);
  const proxied = new Lightcone({ apiKey: "sk_secret", proxy: "http://user:proxy-secret@127.0.0.1:9", clientCertificate: undefined });
  hasNoSecret(visible(proxied), "a client with a proxy");
  const local = await LocalServer.start();
  t.after(() => local.close());
  assert.ok(!visible(local).includes(local.apiKey));
});

test("errors of every kind", async (t) => {
  const server = await serve(t, (request, response, number) => {
    if (request.path.includes("/stream")) return streamOf(response, frame(0, { type: "started", task_id: "t" }), "data: oops\n\n");
    if (number === 0) return json(response, { message: "no" }, 401, { "set-cookie": "sid=1" });
    if (number === 1) return response.destroy();
    if (number === 2) return response.end("no JSON");
  });
  const client = server.client(secretly);
  const { tasks } = client.agent;
  const proxied = new Lightcone({ ...secretly, baseURL: "http://tasks.example", proxy: "http://user:proxy-secret@127.0.0.1:9", maxRetries: 0 });
  const errors = {
    refusal: await rejection(tasks.pause("t")),
    "broken connection": await rejection(tasks.pause("t")),
    "no JSON": await rejection(tasks.pause("t")),
    timeout: await rejection(tasks.pause("t", { timeout: 50 })),
    "bad event": await rejection((async () => all(await tasks.startStream({ instruction: "go" })))()),
    abort: await rejection(tasks.pause("t", { signal: AbortSignal.abort() })),
    "no proxy": await rejection(proxied.agent.tasks.pause("t")),
    "wrong header": await rejection(tasks.pause("t", { headers: { "x-a": "header-secret\n" } })),
    "wrong type": await rejection(tasks.pause("t", { headers: { "x-a": { value: "header-secret" } } })),
    "wrong query": await rejection(tasks.pause("t", { query: "token=query-secret" })),
  };
  for (const [what, error] of Object.entries(errors)) {
    assert.ok(error instanceof Lightcone.LightconeError, `${what}: ${error}`);
    hasNoSecret(visible(error), what);
    if (error.cause) hasNoSecret(visible(error.cause), `the cause of ${what}`);
  }
});

test("options that are refused when a client is made", () => {
  for (const options of [
    { apiKey: "sk_secret\n" + "x" },
    { apiKey: { value: "sk_secret" } },
    { apiKey: "k", baseURL: "http://user:key-secret@h" },
    { apiKey: "k", proxy: "socks9://user:proxy-secret@h" },
    { apiKey: "k", caBundle: "key-secret" },
    { apiKey: "k", clientCertificate: { cert: "key-secret", key: "key-secret" } },
    { apiKey: "k", clientCertificate: "key-secret" },
    { apiKey: "k", defaultHeaders: "authorization: header-secret" },
    { apiKey: "k", defaultHeaders: { "x-a": "header-secret\u0000" } },
    { apiKey: "k", defaultHeaders: { "x-a": ["header-secret", 1] } },
  ]) {
    assert.throws(
      () => new Lightcone(options),
      (error) => {
        hasNoSecret(visible(error), inspect(Object.keys(options)));
        return error instanceof Lightcone.LightconeError;
      },
    );
  }
});

test("what is logged, down to the last level", async (t) => {
  const lines = [];
  const keep = (...line) => lines.push(line);
  const server = await serve(t, (request, response) =>
    request.path.includes("/stream")
      ? streamOf(response, frame(0, { type: "completed" }))
      : json(response, { status: "running" }, 200, { "set-cookie": "sid=cookie-secret" }),
  );
  const { tasks } = server.client({ ...secretly, logLevel: "debug", logger: { error: keep, warn: keep, info: keep, debug: keep } }).agent;
  await tasks.pause("t");
  await all(await tasks.startStream({ instruction: "go" }));
  await rejection(tasks.pause("t", { headers: { "x-a": "header-secret\n" } }));
  assert.ok(lines.length > 3);
  hasNoSecret(JSON.stringify(lines), "the log");
});
