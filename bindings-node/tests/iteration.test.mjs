// Streams and promises in their other forms (contract, section 7).

import assert from "node:assert/strict";
import { test as unlimited } from "node:test";
import { APIPromise, LightconeError, Stream } from "@tzafon/lightcone";
import { all, frame, json, rejection, serve, stream, streamOf, until } from "./support/server.mjs";

/** What hangs has failed. */
const test = (name, body) => unlimited(name, { timeout: 100_000 }, body);

const start = { instruction: "go" };
const events = (count) => Array.from({ length: count }, (_, id) => frame(id, { id }));
const ids = (count) => Array.from({ length: count }, (_, id) => ({ id }));

test("a promise's result, its answer, and both", async (t) => {
  const body = '{"status": "paused"}';
  const server = await serve(t, (_, response) => json(response, body, 200, { "x-request-id": "r1" }));
  const promise = server.client().agent.tasks.pause("t");
  assert.ok(promise instanceof APIPromise && promise instanceof Promise);
  const { data, response } = await promise.withResponse();
  assert.deepEqual(data, { status: "paused" });
  assert.ok(response instanceof Response);
  assert.deepEqual([response.status, response.ok, response.headers.get("X-Request-ID")], [200, true, "r1"]);
  assert.equal(response.url, `${server.url}/agent/tasks/t/pause`);
  assert.equal(await (await promise.asResponse()).text(), body);
  assert.equal(await (await promise.asResponse()).text(), body, "each time anew");
  assert.equal(await promise, data, "parsed once");
  assert.equal(await promise.then((result) => result.status), "paused");
  let settled = 0;
  assert.equal(await promise.finally(() => (settled += 1)), data);
  assert.equal(settled, 1);
  assert.equal(server.requests.length, 1);
});

test("a promise is parsed only if asked for", async (t) => {
  const server = await serve(t, (_, response, number) => (number < 2 ? response.end("not JSON") : json(response, {}, 404)));
  const promise = server.client().agent.tasks.pause("t");
  assert.equal(await (await promise.asResponse()).text(), "not JSON");
  assert.match((await rejection(server.client().agent.tasks.pause("t"))).message, /not JSON/);
  const refused = server.client().agent.tasks.pause("t");
  assert.equal(await refused.catch((error) => error.status), 404);
  assert.equal((await rejection(refused.asResponse())).status, 404);
  assert.equal((await rejection(refused.withResponse())).status, 404);
});

test("the answer of a stream", async (t) => {
  const frames = ['id: 0\nevent: named\ndata: {"a": 1}\n\n', "id: 1\ndata: 2\n\n"];
  const server = await serve(t, (_, response) => streamOf(response, ...frames));
  const { tasks } = server.client().agent;
  const { data, response } = await tasks.startStream(start).withResponse();
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.deepEqual(await all(data), [{ a: 1 }, 2]);
  const alone = await tasks.startStream(start).asResponse();
  assert.equal(await alone.text(), 'id: 0\nevent: named\ndata: {"a":1}\n\nid: 1\ndata: 2\n\n');
});

test("the answer of a stream comes as its events do", async (t) => {
  let answer;
  const server = await serve(t, (_, response) => {
    answer = response;
    stream(response);
    response.write(frame(0, 1));
  });
  const { body } = await server.client().agent.tasks.startStream(start).asResponse();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value, "id: 0\ndata: 1\n\n");
  answer.end(frame(1, 2));
  assert.equal((await reader.read()).value, "id: 1\ndata: 2\n\n");
  assert.equal((await reader.read()).done, true);
});

test("dropping the answer of a stream closes its connection", async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(frame(0, 1));
  });
  const response = await server.client().agent.tasks.startStream(start).asResponse();
  await response.body.cancel();
  await server.requests[0].closed;
});

test("a stream is iterated over once", async (t) => {
  const server = await serve(t, (_, response) => streamOf(response, ...events(2)));
  const stream = await server.client().agent.tasks.startStream(start);
  assert.deepEqual(await all(stream), ids(2));
  for (const again of [() => all(stream), async () => stream.tee(), async () => stream.toReadableStream()]) {
    const error = await rejection(again());
    assert.ok(error instanceof LightconeError);
    assert.match(error.message, /tee\(\)/);
  }
});

test("calls of next() at the same time", async (t) => {
  const server = await serve(t, (_, response) => streamOf(response, ...events(300)));
  const iterator = (await server.client().agent.tasks.startStream(start))[Symbol.asyncIterator]();
  const results = await Promise.all(Array.from({ length: 310 }, () => iterator.next()));
  assert.deepEqual(results.slice(0, 300).map((result) => result.value), ids(300));
  assert.ok(results.slice(300).every((result) => result.done));
});

test("calls of next() at the same time, and return() among them", async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(events(2).join(""));
  });
  const iterator = (await server.client().agent.tasks.startStream(start))[Symbol.asyncIterator]();
  const results = [iterator.next(), iterator.next(), iterator.next(), iterator.next()];
  assert.deepEqual((await Promise.all(results.slice(0, 2))).map((result) => result.value), ids(2));
  const ends = await Promise.all([...results.slice(2), iterator.return(), iterator.next(), iterator.return()]);
  assert.deepEqual(ends, Array(5).fill({ done: true, value: undefined }));
  await server.requests[0].closed;
});

/** What gives an iterator over the first events of a stream that goes on. */
const iterators = {
  "a stream": (events) => events[Symbol.asyncIterator](),
  "a half of a stream": (events) => {
    const [one, other] = events.tee();
    void other[Symbol.asyncIterator]().return();
    return one[Symbol.asyncIterator]();
  },
  "lines": (events) => Stream.fromReadableStream(events.toReadableStream(), events.controller)[Symbol.asyncIterator](),
};

for (const [what, iteratorOf] of Object.entries(iterators)) {
  const open = async (t) => {
    const server = await serve(t, (_, response) => {
      stream(response);
      response.write(events(2).join(""));
    });
    const iterator = iteratorOf(await server.client().agent.tasks.startStream(start));
    assert.deepEqual(await iterator.next(), { done: false, value: { id: 0 } });
    return { iterator, closed: server.requests[0].closed };
  };

  test(`throw() rejects with that error and closes the connection: ${what}`, async (t) => {
    const { iterator, closed } = await open(t);
    const error = new Error("thrown in");
    assert.equal(await rejection(iterator.throw(error)), error);
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    await closed;
  });

  test(`a generator hands on what it is told: ${what}`, async (t) => {
    for (const leave of ["throw", "return"]) {
      const { iterator, closed } = await open(t);
      const handingOn = (async function* () {
        yield* iterator;
      })();
      assert.deepEqual(await handingOn.next(), { done: false, value: { id: 1 } });
      const error = new Error("thrown in");
      if (leave === "throw") assert.equal(await rejection(handingOn.throw(error)), error);
      else assert.deepEqual(await handingOn.return(), { done: true, value: undefined });
      await closed;
    }
  });
}

test("tee: both see everything, each with its own position", async (t) => {
  const server = await serve(t, (_, response) => streamOf(response, ...events(3)));
  const whole = await server.client().agent.tasks.startStream(start);
  const [left, right] = whole.tee();
  assert.equal(left.controller, whole.controller);
  const first = left[Symbol.asyncIterator]();
  assert.deepEqual((await Promise.all([first.next(), first.next()])).map((result) => result.value), ids(2));
  assert.deepEqual([left.lastEventId, right.lastEventId], ["1", null]);
  const seen = [];
  for await (const event of right) seen.push([event, right.lastEventId]);
  assert.deepEqual(seen, [[{ id: 0 }, "0"], [{ id: 1 }, "1"], [{ id: 2 }, "2"]]);
  assert.deepEqual([(await first.next()).value, (await first.next()).done], [{ id: 2 }, true]);
});

test("tee: the connection closes when both are left", async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(events(2).join(""));
  });
  let open = true;
  const [left, right] = (await server.client().agent.tasks.startStream(start)).tee();
  for await (const _ of left) break;
  server.requests[0].closed.then(() => (open = false));
  const second = right[Symbol.asyncIterator]();
  assert.deepEqual([(await second.next()).value, (await second.next()).value], ids(2));
  assert.ok(open);
  await second.return();
  await server.requests[0].closed;
});

test("tee: an error reaches both", async (t) => {
  const server = await serve(t, (_, response) => streamOf(response, events(1)[0] + frame(1, "oops")));
  const [left, right] = (await server.client().agent.tasks.startStream(start)).tee();
  for (const branch of [left, right]) assert.match((await rejection(all(branch))).message, /oops/);
});

test("to a web stream and back", async (t) => {
  const server = await serve(t, (_, response) => streamOf(response, ...events(2), 'data: "é\\n\u2028"\n\n'));
  const { tasks } = server.client().agent;
  const text = await new Response((await tasks.startStream(start)).toReadableStream()).text();
  assert.equal(text, '{"id":0}\n{"id":1}\n"é\\n\u2028"\n');
  const there = (await tasks.startStream(start)).toReadableStream();
  const back = Stream.fromReadableStream(there, new AbortController());
  assert.deepEqual(await all(back), [...ids(2), "é\n\u2028"]);
});

test("cancelling a web stream closes the connection", async (t) => {
  const server = await serve(t, (_, response) => {
    stream(response);
    response.write(events(1)[0]);
  });
  const reader = (await server.client().agent.tasks.startStream(start)).toReadableStream().getReader();
  await reader.read();
  await reader.cancel();
  await server.requests[0].closed;
});

test("lines of JSON, split anywhere", async () => {
  const bytes = new TextEncoder().encode('{"a":"é"}\r\n\n[1]\n"last"');
  const of = (...chunks) => new ReadableStream({ start: (controller) => (chunks.forEach((chunk) => controller.enqueue(chunk)), controller.close()) });
  for (let split = 0; split <= bytes.length; split++) {
    const controller = new AbortController();
    assert.deepEqual(await all(Stream.fromReadableStream(of(bytes.slice(0, split), bytes.slice(split)), controller)), [{ a: "é" }, [1], "last"]);
    assert.equal(controller.signal.aborted, false);
  }
  assert.match((await rejection(all(Stream.fromReadableStream(of(new TextEncoder().encode("1\noops\n")), new AbortController())))).message, /oops/);
});

test("lines of JSON tell of their task and its end", async () => {
  const lines = [{ type: "started", task_id: "t1", computer_id: "c1" }, null, "text", { type: "completed", result: "done", task_id: "other" }];
  const stream = Stream.fromReadableStream(new Response(lines.map((line) => JSON.stringify(line)).join("\n")).body, new AbortController());
  const known = () => [stream.taskId, stream.computerId, stream.terminalEvent?.type, stream.lastEventId];
  assert.deepEqual(known(), [null, null, undefined, null]);
  const iterator = stream[Symbol.asyncIterator]();
  assert.equal((await iterator.next()).value.type, "started");
  assert.deepEqual(known(), ["t1", "c1", undefined, null]);
  assert.equal(await stream.result(), "done");
  assert.deepEqual(known(), ["t1", "c1", "completed", null]);
});

test("lines of JSON: leaving and aborting cancel the reading", async () => {
  for (const stop of [async (stream) => { for await (const _ of stream) break; }, async (stream) => {
    for await (const _ of stream) stream.controller.abort();
  }]) {
    let cancelled = false;
    const readable = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("1\n2\n")),
      cancel: () => void (cancelled = true),
    });
    const controller = new AbortController();
    await stop(Stream.fromReadableStream(readable, controller));
    await until(() => cancelled, "the cancelling");
    assert.ok(controller.signal.aborted);
  }
});

test("a stream made by hand, as programs' own tests do", async () => {
  async function* given() {
    yield 1;
    yield 2;
  }
  const stream = new Stream(given, new AbortController());
  const [left, right] = stream.tee();
  assert.deepEqual([await all(left), await all(right)], [[1, 2], [1, 2]]);
  assert.deepEqual([left.lastEventId, left.eventName], [null, null]);
});
