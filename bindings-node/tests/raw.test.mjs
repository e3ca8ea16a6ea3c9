// Answers as they came, requests of the program's own, and clients with other options.

import assert from "node:assert/strict";
import { test } from "node:test";
import Lightcone, { APIConnectionError, APIUserAbortError, LightconeError, NotFoundError } from "@tzafon/lightcone";
import { all, frame, json, rejection, serve, streamOf } from "./support/server.mjs";

test("a body is read as it comes", async (t) => {
  let response;
  const server = await serve(t, (_, answer) => {
    response = answer;
    answer.writeHead(200, { "content-type": "application/json", "x-twice": ["1", "2"] });
    answer.write('{"status":');
  });
  const promise = server.client().agent.tasks.retrieveStatus("t1");
  const got = await promise.asResponse();
  assert.deepEqual([got.status, got.url, got.headers.get("X-Twice")], [200, `${server.url}/agent/tasks/t1`, "1, 2"]);
  const reader = got.body.getReader();
  assert.equal(Buffer.from((await reader.read()).value).toString(), '{"status":');
  response.end('"running"}');
  assert.equal(Buffer.from((await reader.read()).value).toString(), '"running"}');
  assert.equal((await reader.read()).done, true);
  assert.match((await rejection(promise)).message, /read already/);
});

test("a response and a result of one answer", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "running" }));
  const promise = server.client().agent.tasks.pause("t1");
  const [response, result] = await Promise.all([promise.asResponse(), promise]);
  assert.deepEqual([await response.json(), result], [{ status: "running" }, { status: "running" }]);
  assert.equal(server.requests.length, 1);
});

test("leaving a body, and aborting it", async (t) => {
  const server = await serve(t, (_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write("1");
  });
  const client = server.client();
  const left = await client.get("/x").asResponse();
  await left.body.cancel();
  const controller = new AbortController();
  const aborted = await client.get("/x", { signal: controller.signal }).asResponse();
  const text = rejection(aborted.text());
  controller.abort();
  assert.ok((await text) instanceof APIUserAbortError);
  await Promise.all(server.requests.map(({ closed }) => closed));
});

test("a body that breaks off", async (t) => {
  const server = await serve(t, (_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": 9 });
    response.write("1", () => response.destroy());
  });
  const response = await server.client().get("/x").asResponse();
  assert.ok((await rejection(response.text())) instanceof APIConnectionError);
});

test("requests of the program's own", async (t) => {
  const server = await serve(t, (request, response) => {
    if (request.path === "/text") return response.end("plain");
    if (request.path === "/none") return response.writeHead(204).end();
    if (request.path === "/missing") return json(response, { detail: "no" }, 404);
    json(response, { n: 1 });
  });
  const client = server.client();
  assert.deepEqual(await client.get("/x?a=1", { query: { b: [1, 2] }, headers: { "x-a": "1" } }), { n: 1 });
  await client.post("/x", { body: { a: null } });
  await client.put("/x", { body: [1] });
  await client.patch("/x", { body: '"as it is"', headers: { "content-type": "text/plain" } });
  await client.delete("/x");
  await client.request({ method: "options", path: "x" });
  assert.deepEqual(
    server.requests.map(({ method, path, text }) => [method, path, text]),
    [
      ["GET", "/x?a=1&b=1%2C2", ""],
      ["POST", "/x", '{"a":null}'],
      ["PUT", "/x", "[1]"],
      ["PATCH", "/x", '"as it is"'],
      ["DELETE", "/x", ""],
      ["OPTIONS", "/x", ""],
    ],
  );
  assert.deepEqual([server.requests[0].headers["x-a"], server.requests[3].headers["content-type"]], ["1", "text/plain"]);
  assert.equal(await client.get("/text"), "plain");
  assert.equal(await client.get("/none"), "");
  assert.ok((await rejection(client.get("/missing"))) instanceof NotFoundError);
  const { data, response } = await client.get("/x").withResponse();
  assert.deepEqual([data, response.status], [{ n: 1 }, 200]);
});

test("events of the program's own request", async (t) => {
  const server = await serve(t, (_, response) => streamOf(response, frame(0, { type: "completed" })));
  assert.deepEqual(await all(await server.client().post("/x", { body: {}, stream: true })), [{ type: "completed" }]);
});

test("an address", () => {
  const client = new Lightcone({ apiKey: "k", baseURL: "http://h/pre/", defaultQuery: { a: 1 } });
  assert.equal(client.buildURL("/x", { b: { c: true, d: null } }), "http://h/pre/x?a=1&b%5Bc%5D=true");
  assert.equal(client.buildURL("x?y=1", null), "http://h/pre/x?y=1&a=1");
  assert.throws(() => client.buildURL("//other.example"), LightconeError);
});

test("another client over the same connections", async (t) => {
  const server = await serve(t, (_, response) => json(response, {}));
  class Own extends Lightcone {}
  const client = new Own({ apiKey: "k1", baseURL: server.url, defaultHeaders: { "x-a": "1" }, maxRetries: 0 });
  await client.agent.tasks.pause("t1");
  const other = client.withOptions({ apiKey: "k2", defaultHeaders: { "x-b": "2" } });
  assert.ok(other instanceof Own);
  await other.agent.tasks.pause("t2");
  const [one, two] = server.requests.map(({ headers }) => headers);
  assert.deepEqual([one.authorization, one["x-a"], one["x-b"]], ["Bearer k1", "1", undefined]);
  assert.deepEqual([two.authorization, two["x-a"], two["x-b"]], ["Bearer k2", undefined, "2"]);
  assert.throws(() => client.withOptions({ maxRetries: -1 }), LightconeError);
});

test("each wait has its limit", async (t) => {
  const server = await serve(t, () => {});
  for (const timeout of [{ read: 50 }, { read: 50, connect: null, pool: null, write: null }]) {
    const error = await rejection(server.client({ timeout: null }).agent.tasks.pause("t1", { timeout }));
    assert.match(error.message, /nothing came for 0\.05 s/);
    assert.equal(server.requests.at(-1).headers["x-stainless-timeout"], "0");
  }
  for (const [timeout, text] of [[{ read: -1 }, /`timeout.read`.*-1/], [{ total: 1 }, /no limit `total`/], [{ pool: "1" }, /`timeout.pool`/]]) {
    assert.throws(() => new Lightcone({ apiKey: "k", timeout }), text);
  }
});
