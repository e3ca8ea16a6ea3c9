// What a program may get wrong, and what it is told: at the call, naming what is wrong and what
// would be right. Nothing is sent.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import Lightcone, { APIError, LightconeError } from "@tzafon/lightcone";
import { LocalServer } from "@tzafon/lightcone/local";
import { all, frame, json, serve, streamOf } from "./support/server.mjs";

const go = { instruction: "go" };
const loop = { metadata: {} };
loop.metadata.again = loop;
const deep = Array.from({ length: 100_000 }).reduce((inner) => [inner], 0);
const hostile = {
  toString() {
    throw new Error("asked for its text");
  },
};

/** Options of a client: the wrong ones, and what the error says. */
const CLIENT = [
  [null, /Options.*object.*null/],
  ["sk_test", /Options.*object.*string/],
  [[], /Options.*object.*array/],
  [Promise.resolve({}), /Options.*Promise.*await/],
  [{ timeuot: 5 }, /`timeuot`.*timeout, eventTimeout/],
  [{ base_url: "http://h" }, /`base_url`.*baseURL/],
  [{ signal: new AbortController().signal }, /`signal`.*there are apiKey/],
  [{ fetch: globalThis.fetch }, /`fetch`.*baseURL.*proxy.*caBundle.*defaultHeaders.*signal/],
  [{ fetchOptions: { dispatcher: {} } }, /`fetchOptions`.*defaultHeaders.*signal.*proxy/],
  [{ httpAgent: {} }, /`httpAgent`.*proxy.*caBundle/],
  [{ apiKey: 7 }, /`apiKey`.*string.*number/],
  [{ apiKey: () => "sk" }, /`apiKey`.*string.*function/],
  [{ apiKey: " " }, /apiKey.*TZAFON_API_KEY/],
  [{ apiKey: "sk\nevil: 1" }, /authorization/i],
  [{ baseURL: 7 }, /`baseURL`.*string.*number/],
  [{ baseURL: new URL("http://h") }, /`baseURL`.*string.*URL/],
  [{ baseURL: "" }, /base URL.*http/],
  [{ baseURL: "tasks.example" }, /tasks\.example.*http/],
  [{ baseURL: "ftp://h" }, /ftp.*http/],
  [{ baseURL: "http://user:s3cret@h" }, /password/],
  [{ timeout: -1 }, /`timeout`.*positive.*milliseconds.*-1/],
  [{ timeout: 0 }, /`timeout`.*null for no limit.*0/],
  [{ timeout: NaN }, /`timeout`.*NaN/],
  [{ timeout: Infinity }, /`timeout`.*null for no limit.*Infinity/],
  [{ timeout: 5n }, /`timeout`.*5n/],
  [{ timeout: "5s" }, /`timeout`.*"5s"/],
  [{ timeout: { total: 5 } }, /`timeout`.*`total`.*connect, read, write, pool/],
  [{ timeout: { read: -5 } }, /`timeout\.read`.*-5/],
  [{ timeout: [5] }, /`timeout`/],
  [{ eventTimeout: -1 }, /`eventTimeout`.*-1/],
  [{ eventTimeout: {} }, /`eventTimeout`.*milliseconds.*Object/],
  [{ maxRetries: 1.5 }, /`maxRetries`.*whole number.*1\.5/],
  [{ maxRetries: -1 }, /`maxRetries`.*-1/],
  [{ maxRetries: NaN }, /`maxRetries`.*NaN/],
  [{ maxRetries: "2" }, /`maxRetries`.*"2"/],
  [{ maxRetries: 2 ** 32 }, /`maxRetries`.*4294967295.*4294967296/],
  [{ defaultHeaders: "x-a: 1" }, /`defaultHeaders`.*object.*string/],
  [{ defaultHeaders: { "x-a": 7 } }, /`x-a`.*`defaultHeaders`.*string.*number/],
  [{ defaultHeaders: { "x-a": ["1", 2] } }, /`x-a`.*`defaultHeaders`.*array/],
  [{ defaultHeaders: { "x-a": hostile } }, /`x-a`.*`defaultHeaders`/],
  [{ defaultHeaders: [["x-a"]] }, /`defaultHeaders`.*pairs/],
  [{ defaultHeaders: [5] }, /`defaultHeaders`.*pairs/],
  [{ defaultHeaders: new Map([[1, "a"]]) }, /`defaultHeaders`.*pairs/],
  [{ defaultHeaders: { "x a": "1" } }, /x a/],
  [{ defaultHeaders: { "x-a": "1\r\nx-b: 2" } }, /x-a/],
  [{ defaultQuery: "a=1" }, /`defaultQuery`.*object.*string/],
  [{ defaultQuery: new URLSearchParams("a=1") }, /`defaultQuery`.*URLSearchParams/],
  [{ defaultQuery: [1] }, /`defaultQuery`.*array/],
  [{ defaultQuery: { a: { b: NaN } } }, /`defaultQuery\.a\.b`.*NaN/],
  [{ defaultQuery: { a: () => 1 } }, /`defaultQuery\.a`.*function/],
  [{ proxy: 7 }, /`proxy`.*number/],
  [{ proxy: "socks4://h" }, /proxy.*socks4/],
  [{ caBundle: {} }, /`caBundle`.*PEM/],
  [{ caBundle: "no PEM" }, /certificate/],
  [{ clientCertificate: { certificate: "x" } }, /`clientCertificate`/],
  [{ clientCertificate: { cert: "x", password: "s3cret" } }, /`clientCertificate`.*`password`.*cert, key/],
  [{ limits: { maxConections: 5 } }, /`limits`.*`maxConections`.*maxConnections/],
  [{ limits: { maxConnections: -1 } }, /`limits\.maxConnections`.*-1/],
  [{ limits: 5 }, /`limits`.*object.*number/],
  [{ logLevel: "loud" }, /`logLevel`.*off, error, warn, info, debug.*"loud"/],
  [{ logLevel: 3 }, /`logLevel`.*3/],
  [{ logger: {} }, /`logger`.*error.*console/],
  [{ logger: "console" }, /`logger`/],
];

/** Options of one call. */
const CALL = [
  ["later", /Options.*object.*string/],
  [[], /Options.*object.*array/],
  [Promise.resolve({}), /Options.*Promise.*await/],
  [{ timeuot: 5 }, /`timeuot`.*headers, query, body, timeout/],
  [{ apiKey: "s3cret" }, /`apiKey`.*there are/],
  [{ fetch: () => {} }, /`fetch`/],
  [{ fetchOptions: {} }, /`fetchOptions`.*signal/],
  [{ timeout: -1 }, /`timeout`.*-1/],
  [{ timeout: { read: NaN } }, /`timeout\.read`.*NaN/],
  [{ eventTimeout: 0 }, /`eventTimeout`.*0/],
  [{ maxRetries: 1.5 }, /`maxRetries`.*1\.5/],
  [{ headers: 5 }, /`headers`.*object.*number/],
  [{ headers: { "x-a": true } }, /`x-a`.*`headers`.*boolean/],
  [{ headers: { "x-a": "1\n2" } }, /x-a/],
  [{ headers: { "x y": "z" } }, /x y/],
  [{ query: 5 }, /`query`.*object.*number/],
  [{ query: { a: 5n } }, /`query\.a`.*BigInt/],
  [{ query: new Map([["a", 1]]) }, /`query`.*Map/],
  [{ idempotencyKey: 7 }, /`idempotencyKey`.*string.*number/],
  [{ signal: {} }, /`signal`.*AbortSignal/],
  [{ signal: new AbortController() }, /`signal`.*AbortSignal.*AbortController/],
  [{ body: "text" }, /`body`.*object.*string/],
  [{ body: [go] }, /`body`.*object.*array/],
  [{ body: { a: [NaN] } }, /`a\[0\]`.*NaN/],
  [{ body: new Uint8Array(1) }, /`body`.*Uint8Array/],
];

/** What is sent with a start. */
const PARAMS = [
  [undefined, /parameters.*object.*undefined/],
  [null, /parameters.*object.*null/],
  ["go", /parameters.*object.*string/],
  [["go"], /parameters.*object.*array/],
  [() => go, /parameters.*object.*function/],
  [new Map([["instruction", "go"]]), /parameters.*Map/],
  [Promise.resolve(go), /parameters.*Promise/],
  [{ ...go, temperature: NaN }, /`temperature`.*NaN/],
  [{ ...go, max_steps: -Infinity }, /`max_steps`.*-Infinity/],
  [{ ...go, max_steps: 5n }, /`max_steps`.*BigInt.*number/],
  [{ ...go, instruction: () => "go" }, /`instruction`.*function/],
  [{ ...go, instruction: Symbol("go") }, /`instruction`.*symbol/],
  [{ ...go, metadata: new Map([["a", "b"]]) }, /`metadata`.*Map/],
  [{ ...go, metadata: new Error("s3cret") }, /`metadata`.*Error/],
  [{ ...go, context: new Set() }, /`context`.*Set/],
  [{ ...go, context: (function* () {})() }, /`context`.*Generator.*array/],
  [{ ...go, context: [{ role: "user", content: Buffer.from("hi") }] }, /`context\[0\]\.content`.*Uint8Array/],
  [{ ...go, context: [undefined] }, /`context\[0\]`.*undefined.*null/],
  [{ ...go, metadata: { when: new Date(NaN) } }, /`metadata\.when`.*invalid date/],
  [{ ...go, signal: new AbortController().signal }, /`signal`.*AbortSignal/],
  [{ ...go, ...loop }, /`metadata\.again\.metadata`.*itself/],
  [loop, /`metadata\.again`.*itself/],
  [{ ...go, metadata: deep }, /too deeply/],
];

const IDS = [
  [undefined, /`id`.*undefined/],
  [null, /`id`.*null/],
  ["", /`id`.*''/],
  [".", /`id`/],
  ["..", /`id`/],
  [7, /`id`.*7/],
  [{}, /`id`.*Object/],
  [Symbol("t"), /`id`.*symbol/],
  [hostile, /`id`.*Object/],
  [["t1"], /`id`.*Array/],
];

const kind = (error) => `${error?.constructor?.name}: ${error?.message}`;

/** The error is this library's own, made before anything was sent, and shows no secret. */
function isToldOf(error, text, what) {
  assert.ok(error instanceof LightconeError && !(error instanceof APIError), `${inspect(what)} → ${kind(error)}`);
  assert.match(error.message, text, inspect(what));
  assert.doesNotMatch(inspect(error), /s3cret/);
}

async function isRefused(call, text, what) {
  const error = await (async () => call())().then(() => undefined, (thrown) => thrown);
  isToldOf(error, text, what);
}

test("options of a client", () => {
  for (const [options, text] of CLIENT) {
    const given = options && typeof options === "object" && !Array.isArray(options) && !("then" in options) ? { apiKey: "sk_test", ...options } : options;
    let error;
    try {
      new Lightcone(given);
    } catch (thrown) {
      error = thrown;
    }
    isToldOf(error, text, options);
    if (given === options) continue;
    const client = new Lightcone({ apiKey: "sk_test" });
    assert.throws(() => client.withOptions(options), (again) => again.message === error.message, inspect(options));
  }
});

test("options of a call", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "completed" }));
  const { tasks } = server.client().agent;
  for (const [options, text] of CALL) {
    for (const call of [
      () => tasks.start(go, options),
      () => tasks.startStream(go, options),
      () => tasks.startStream(go, options).asResponse(),
      () => tasks.start(go, options).withResponse(),
      () => tasks.pause("t", options),
      () => tasks.injectMessage("t", { message: "m" }, options),
      () => tasks.run(go, options),
    ]) {
      await isRefused(call, text, [call, options]);
    }
  }
  const withoutBody = CALL.filter(([options]) => !Object.hasOwn(options, "body"));
  for (const [options, text] of withoutBody) {
    await isRefused(() => tasks.retrieveStatus("t", options), text, options);
    await isRefused(() => tasks.events("t", null, options), text, options);
    await isRefused(() => tasks.list(null, options), text, options);
    await isRefused(() => all(tasks.list(null, options)), text, options);
  }
  for (const call of [
    () => tasks.retrieveStatus("t", { body: {} }),
    () => tasks.list({}, { body: {} }),
    () => tasks.events("t", {}, { body: {} }),
  ]) {
    await isRefused(call, /`body`.*GET/, call);
  }
  assert.equal(server.requests.length, 0);
});

test("options of helpers", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "completed" }));
  const { tasks } = server.client().agent;
  for (const [call, text] of [
    [() => tasks.wait("t", 5), /Options.*object.*number/],
    [() => tasks.wait("t", { timeout: -1 }), /`timeout`.*-1/],
    [() => tasks.wait("t", { timeout: { read: 5 } }), /`timeout`.*Object/],
    [() => tasks.wait("t", { pollInterval: 0 }), /`pollInterval`.*0/],
    [() => tasks.wait("t", { poll_interval: 5 }), /`poll_interval`.*pollInterval/],
    [() => tasks.wait("t", { eventTimeout: 5 }), /`eventTimeout`/],
    [() => tasks.wait("", {}), /`id`/],
    [() => tasks.run(go, { onEvent: "log" }), /`onEvent`.*function.*string/],
    [() => tasks.run(go, { onevent: () => {} }), /`onevent`.*onEvent/],
    [() => tasks.events("t", { last_event_id: "4" }), /`last_event_id`.*lastEventId/],
    [() => tasks.events("t", { lastEventId: {} }), /last_event_id/],
    [() => tasks.events("t", { timeout: 5 }), /`timeout`.*lastEventId.*options come after/],
    [() => tasks.events("t", "4"), /parameters.*object.*string/],
    [() => tasks.list("failed"), /parameters.*object.*string/],
    [() => tasks.list({ limit: NaN }), /`limit`.*NaN/],
    [() => tasks.list({ signal: AbortSignal.timeout(1) }), /`signal`.*AbortSignal/],
  ]) {
    await isRefused(call, text, call);
  }
  assert.equal(server.requests.length, 0);
});

test("parameters", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "completed" }));
  const { tasks } = server.client().agent;
  for (const [params, text] of PARAMS) {
    for (const call of [() => tasks.start(params), () => tasks.startStream(params), () => tasks.run(params), () => tasks.injectMessage("t", params)]) {
      await isRefused(call, text, call);
    }
  }
  assert.equal(server.requests.length, 0);
});

test("ids", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "completed" }));
  const { tasks } = server.client().agent;
  for (const [id, text] of IDS) {
    for (const call of [
      () => tasks.retrieveStatus(id),
      () => tasks.pause(id),
      () => tasks.resume(id),
      () => tasks.cancel(id),
      () => tasks.injectMessage(id, { message: "m" }),
      () => tasks.events(id),
      () => tasks.wait(id),
    ]) {
      await isRefused(call, text, [call, typeof id]);
    }
  }
  assert.equal(server.requests.length, 0);
});

test("requests of the program's own", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "completed" }));
  const client = server.client();
  for (const [call, text] of [
    [() => client.request(), /`path`.*string.*undefined/],
    [() => client.request("/x"), /Options.*object.*string/],
    [() => client.request({ path: "/x" }), /`method`.*"get".*undefined/],
    [() => client.request({ method: "g et", path: "/x" }), /"G ET"/],
    [() => client.request({ method: "get", path: "/x", url: "/y" }), /`url`.*path/],
    [() => client.get(), /`path`.*undefined/],
    [() => client.get(new URL("http://h/x")), /`path`.*URL/],
    [() => client.get("http://other.example/x"), /path/],
    [() => client.get("//other.example/x"), /path/],
    [() => client.get("/x", "y"), /Options.*string/],
    [() => client.get("/x", { params: {} }), /`params`.*query/],
    [() => client.get("/x", { idempotencyKey: "k" }), /`idempotencyKey`/],
    [() => client.post("/x", { body: 5 }), /`body`.*object.*5/],
    [() => client.post("/x", { body: null }), /`body`.*null/],
    [() => client.post("/x", { body: new FormData() }), /`body`.*FormData/],
    [() => client.post("/x", { body: new Uint8Array(2) }), /`body`.*Uint8Array/],
    [() => client.post("/x", { body: [1, NaN] }), /`\[1\]`.*NaN/],
    [() => client.post("/x", { body: loop }), /itself/],
    [() => client.post("/x", { timeout: -1, stream: true }), /`timeout`.*-1/],
    [async () => client.buildURL(5), /`path`.*number/],
    [async () => client.buildURL("/x", 5), /`query`.*number/],
  ]) {
    await isRefused(call, text, call);
  }
  assert.equal(server.requests.length, 0);
});

test("a server for tests", async () => {
  for (const [options, text] of [
    [null, /Options.*object.*null/],
    ["demo", /Options.*object.*string/],
    [{ port: 8080 }, /`port`.*web/],
    [{ pace: "fast" }, /`pace`.*"fast"/],
    [{ pace: NaN }, /`pace`.*NaN/],
    [{ scripts: 7 }, /`scripts`.*array.*7/],
    [{ scripts: "/no/such/file.yaml" }, /no\/such\/file/],
    [{ scripts: [{ instruction: "x", steps: [{ dance: true }] }] }, /dance/],
    [{ web: "/no/such/folder" }, /no\/such\/folder/],
  ]) {
    await isRefused(() => LocalServer.start(options), text, options);
  }
});

test("what says nothing is not wrong", async (t) => {
  const server = await serve(t, (request, response) =>
    request.path.endsWith("/stream") ? streamOf(response, frame(0, { type: "completed" })) : json(response, { status: "running" }),
  );
  const unsaid = { fetch: undefined, fetchOptions: undefined, other: undefined, dangerouslyAllowBrowser: true, logger: null, logLevel: null, proxy: null, limits: undefined };
  const { tasks } = server.client(unsaid).agent;
  await tasks.pause("t", null);
  await tasks.pause("t", { signal: null, timeout: undefined, headers: undefined, query: null, maxRetries: undefined, other: undefined });
  await tasks.start({ ...go, model: undefined, temperature: null, metadata: { when: new Date(0) } }, undefined);
  await tasks.list(null);
  assert.deepEqual(await all(await tasks.startStream(go, { eventTimeout: null })), [{ type: "completed" }]);
  const { idempotency_key: key, ...sent } = server.requests[2].body;
  assert.deepEqual(sent, { ...go, temperature: null, metadata: { when: "1970-01-01T00:00:00.000Z" } });
  assert.ok(key);
});

test("a call's body takes the place of its parameters", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "running" }));
  const { tasks } = server.client().agent;
  await tasks.start(go, { body: { instruction: "other", more: 1 }, idempotencyKey: "k" });
  await tasks.pause("t", { body: { why: "lunch" } });
  assert.deepEqual(server.requests.map((request) => request.body), [{ instruction: "other", more: 1, idempotency_key: "k" }, { why: "lunch" }]);
});

test("headers in any form", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "completed" }));
  const { tasks } = server.client({ defaultHeaders: { "x-gone": "1" } }).agent;
  const sent = async (headers) => {
    await tasks.pause("t", { headers });
    const { headers: got } = server.requests.at(-1);
    return [got["x-a"], got["x-gone"]];
  };
  assert.deepEqual(await sent({ "X-A": ["1", "2"], "x-gone": null }), ["1, 2", undefined]);
  assert.deepEqual(await sent(new Map([["x-a", "1"]])), ["1", "1"]);
  assert.deepEqual(await sent([["x-a", "1"], ["X-A", "2"], ["x-b", undefined]]), ["2", "1"]);
  assert.deepEqual(await sent(new Headers([["x-a", "1"], ["x-a", "2"]])), ["1, 2", "1"]);
  assert.deepEqual(await sent({ ["__proto__"]: "1", "x-a": "1" }), ["1", "1"]);
});
