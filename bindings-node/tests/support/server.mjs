// A server on loopback that answers as each test says, and remembers what it was asked.

import { once } from "node:events";
import { createServer } from "node:http";
import Lightcone from "@tzafon/lightcone";

/**
 * Starts one; it ends with the test.
 * `answer(request, response, number)` is called for each request, the first with number 0;
 * `request` has `method`, `path`, `headers`, `rawHeaders`, `text`, `body` (decoded JSON) and
 * `closed`, a promise that settles when the connection closes before the answer's end.
 */
export async function serve(test, answer) {
  const requests = [];
  const server = createServer(async (incoming, response) => {
    response.on("error", () => {});
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const closed = new Promise((resolve) => response.once("close", () => !response.writableFinished && resolve()));
    const { method, url: path, headers, rawHeaders } = incoming;
    const request = { method, path, headers, rawHeaders, text, body: text ? JSON.parse(text) : undefined, closed };
    requests.push(request);
    await answer(request, response, requests.length - 1);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  return { url, requests, http: server, client: (options) => new Lightcone({ apiKey: "sk_test", baseURL: url, maxRetries: 0, ...options }) };
}

/** Answers with JSON. */
export function json(response, value, status = 200, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof value === "string" ? value : JSON.stringify(value));
}

/** Begins a stream of events. */
export function stream(response, headers = {}) {
  response.writeHead(200, { "content-type": "text/event-stream", ...headers });
  response.flushHeaders();
}

/** Answers with a stream of these bytes, chunk by chunk, each in a write of its own. */
export async function streamOf(response, ...chunks) {
  stream(response);
  for (const chunk of chunks) {
    response.write(chunk);
    await new Promise(setImmediate);
  }
  response.end();
}

/** An event as our server writes it. */
export const frame = (id, data) => `id: ${id}\ndata: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

/** Every event of a stream. */
export async function all(stream) {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** The error that a promise is rejected with. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}

/** Waits until it is so, at most a minute. */
export async function until(condition, what = "it") {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited in vain for ${what}`);
}
