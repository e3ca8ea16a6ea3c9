// What not every server has: list, cancel, events (contract, sections 8.6 and 9).

import assert from "node:assert/strict";
import { test } from "node:test";
import { APIError, APIUserAbortError, NotFoundError, NotSupportedError, Page } from "@tzafon/lightcone";
import { all, frame, json, rejection, serve, streamOf } from "./support/server.mjs";

const page = (ids, has_more) => ({ data: ids.map((task_id) => ({ task_id, status: "failed", result: "no" })), has_more });
const ids = (tasks) => tasks.map((task) => task.task_id);

test("a list leads through all its pages, awaited or not", async (t) => {
  const pages = [page(["a", "b"], true), page(["c"], true), page([], true)];
  const server = await serve(t, (_, response, number) => json(response, pages[number % 3]));
  const list = () => server.client().agent.tasks.list({ status: "failed", limit: 2 }, { query: { q: 1 } });
  assert.deepEqual(ids(await all(list())), ["a", "b", "c"]);
  assert.deepEqual(
    server.requests.map((request) => request.path),
    ["/agent/tasks?status=failed&limit=2&q=1", "/agent/tasks?status=failed&limit=2&after=b&q=1", "/agent/tasks?status=failed&limit=2&after=c&q=1"],
  );
  const first = await list();
  assert.ok(first instanceof Page);
  assert.deepEqual([ids(first.data), first.has_more], [["a", "b"], true]);
  const second = await first.nextPage();
  assert.deepEqual([ids(second.data), second.has_more], [["c"], true]);
  const third = await second.nextPage();
  assert.equal(await third.nextPage(), null);
});

test("a page that comes again is the last", async (t) => {
  const server = await serve(t, (_, response) => json(response, page(["a"], true)));
  assert.deepEqual(ids(await all(server.client().agent.tasks.list())), ["a", "a"]);
  assert.deepEqual(ids(await all(await server.client().agent.tasks.list(null))), ["a", "a"]);
});

test("a page and the answer it came in", async (t) => {
  const server = await serve(t, (_, response) => json(response, page(["a"], false), 200, { "x-request-id": "r1" }));
  const { data, response } = await server.client().agent.tasks.list().withResponse();
  assert.deepEqual([ids(data.data), data.has_more, response.headers.get("x-request-id")], [["a"], false, "r1"]);
});

test("leaving the loop asks for no more pages, and a signal stops it", async (t) => {
  const controller = new AbortController();
  const server = await serve(t, (_, response, number) => (number === 2 ? controller.abort() : json(response, page([`t${number}`], true))));
  for await (const task of server.client().agent.tasks.list()) {
    assert.equal(task.task_id, "t0");
    break;
  }
  assert.equal(server.requests.length, 1);
  const seen = [];
  const error = await rejection(
    (async () => {
      for await (const task of server.client().agent.tasks.list({}, { signal: controller.signal })) seen.push(task.task_id);
    })(),
  );
  assert.deepEqual(seen, ["t1"]);
  assert.ok(error instanceof APIUserAbortError);
});

test("what is no page is an error", async (t) => {
  const server = await serve(t, (_, response) => json(response, "no JSON"));
  assert.ok((await rejection(server.client().agent.tasks.list())) instanceof APIError);
});

test("a task is cancelled", async (t) => {
  const server = await serve(t, (_, response) => json(response, { status: "cancelled" }));
  assert.equal((await server.client().agent.tasks.cancel("t1")).status, "cancelled");
  assert.deepEqual([server.requests[0].method, server.requests[0].path], ["POST", "/agent/tasks/t1/cancel"]);
});

test("a server that cannot is told from a task it does not know", async (t) => {
  let known = true;
  const server = await serve(t, (request, response) => {
    if (request.method === "GET" && known) json(response, { task_id: "t1", status: "running" });
    else json(response, { detail: "no such thing" }, 404);
  });
  const { tasks } = server.client().agent;
  const missing = await rejection(tasks.cancel("t1"));
  assert.equal(missing.constructor, NotSupportedError);
  assert.ok(missing instanceof NotFoundError);
  assert.deepEqual([missing.status, missing.error], [404, { detail: "no such thing" }]);
  assert.match(missing.message, /^404 this server has no `cancel` \(POST \/agent\/tasks\/\{id\}\/cancel\)/);
  known = false;
  const unknown = await rejection(tasks.cancel("t1"));
  assert.equal(unknown.constructor, NotFoundError);
  assert.equal((await rejection(tasks.list())).constructor, NotSupportedError);
});

test("events begin after the one named", async (t) => {
  const end = { type: "completed", result: "done" };
  const server = await serve(t, (_, response) => streamOf(response, frame(4, end)));
  const { tasks } = server.client().agent;
  for (const [from, sent] of [[undefined, undefined], [{ lastEventId: "3" }, "3"], [{ lastEventId: null }, undefined], [null, undefined]]) {
    const stream = await tasks.events("t1", from);
    assert.deepEqual(await all(stream), [end]);
    const { method, path, headers } = server.requests.at(-1);
    assert.deepEqual([method, path, headers["last-event-id"]], ["GET", "/agent/tasks/t1/events", sent]);
  }
});
