/** From a case's words to the package's, and from its objects to what is handed in. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { native } = require("../../../../bindings-node/dist/native.js");

/** How fast the time of the client that is made now passes. */
let scale;

// The package has no option for the scale of time: it goes into the settings on their way to the core.
const NativeClient = native.NativeClient;
native.NativeClient = function (settings) {
  return new NativeClient(JSON.stringify({ ...JSON.parse(settings), scale }));
};

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** Seconds as milliseconds, also by name. */
function milliseconds(seconds) {
  if (typeof seconds === "number") return seconds * 1000;
  return seconds && Object.fromEntries(Object.entries(seconds).map(([name, limit]) => [name, milliseconds(limit)]));
}

/** How values are given here, by their names in the cases. */
const VALUES = {
  timeout: milliseconds,
  event_timeout: milliseconds,
  poll_interval: milliseconds,
  ca_bundle: (file) => readFileSync(file),
  client_certificate: ({ cert, key }) => ({ cert: readFileSync(cert), key: readFileSync(key) }),
  limits: (limits) => translated(limits, {}),
};

/** Calls whose parameters are options in TypeScript. */
const BY_OPTIONS = { wait: true };

/** Calls with parameters before their options. */
const TAKES_PARAMS = new Set(["start", "start_stream", "run", "inject_message", "list", "events"]);

/** A client with a case's settings. */
export function client(Lightcone, settings) {
  const { backoff, clock, ...given } = settings;
  scale = { backoff, clock };
  const names = { base_url: "baseURL", headers: "defaultHeaders", query: "defaultQuery" };
  return new Lightcone(translated(given, names));
}

/** Makes the call of a step. */
export function call(client, step, signal) {
  if (step.request) return own(client, step, signal);
  const { body, ...given } = step.options ?? {};
  const options = { ...translated(given, {}), signal, ...(BY_OPTIONS[step.call] && translated(step.params ?? {}, {})) };
  const method = client.agent.tasks[camel(step.call)].bind(client.agent.tasks);
  const id = "id" in step ? [step.id] : [];
  const names = step.call === "events" ? translated(step.params ?? {}, {}) : { ...step.params, ...body };
  const params = TAKES_PARAMS.has(step.call) ? [names] : [];
  return method(...id, ...params, options);
}

/** Sends a request of one's own. */
function own(client, { request, body, options }, signal) {
  const [method, path] = request.split(" ");
  return client.request({ ...translated(options ?? {}, {}), method: method.toLowerCase(), path, body, signal });
}

/** An answer as it came; each byte of its body is the character of that number. */
export async function raw(response) {
  const headers = {};
  for (const [name, value] of response.headers) (headers[name] ??= []).push(value);
  const body = Buffer.from(await response.arrayBuffer()).toString("latin1");
  return { raw: { status: response.status, url: response.url, headers, body } };
}

function translated(options, names) {
  const entries = Object.entries(options).map(([name, value]) => [names[name] ?? camel(name), VALUES[name] ? VALUES[name](value) : value]);
  return Object.fromEntries(entries);
}

/** Where a stream stands. */
export function position(stream) {
  const { taskId, computerId, lastEventId, eventName, terminalEvent } = stream;
  return { task_id: taskId, computer_id: computerId, last_event_id: lastEventId, event_name: eventName, terminal_event: terminalEvent };
}

/** An error by the names of the contract. */
export function error(Lightcone, error) {
  if (error instanceof Lightcone.APIUserAbortError) return { cancelled: true };
  const classes = [];
  for (let type = error?.constructor; type && type !== Error && type.name; type = Object.getPrototypeOf(type)) {
    classes.push(type.name === "APIConnectionTimeoutError" ? "APITimeoutError" : type.name);
  }
  const { message, status, error: body, attempts, taskId, lastEventId } = error;
  return { error: { classes, message: String(message ?? error), status, body, attempts, task_id: taskId, last_event_id: lastEventId } };
}
