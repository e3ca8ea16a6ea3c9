/** Options, checked, as the settings that cross to the core. */

import { checkSignal } from "./core/abort.js";
import { serialize, serializeAny } from "./core/body.js";
import { LightconeError } from "./core/error-base.js";
import { headerChanges, type HeaderChanges } from "./core/headers.js";
import { shown, typeOf } from "./core/shown.js";
import { aboutThisProgram } from "./core/user-agent.js";
import { networkSettings } from "./network.js";
import type { ClientOptions, OwnRequestOptions, RequestOptions } from "./options.js";

/** The hosted service (contract, section 1). */
const DEFAULT_BASE_URL = "https://api.tzafon.ai";

/** In milliseconds, how long is waited for anything but a connection. */
export const DEFAULT_TIMEOUT = 60_000;

const DEFAULT_MAX_RETRIES = 2;

/** What the core can count. */
const MOST_RETRIES = 2 ** 32 - 1;

/** The environment's value of that name, trimmed; a blank one counts as missing. */
function environment(name: string): string | undefined {
  return process.env[name]?.trim() || undefined;
}

/** A client's options that have a value whatever is given. */
export type Settled = ClientOptions & { apiKey: string; baseURL: string; maxRetries: number };

/** A client's options, with what the environment says where they say nothing, else the defaults. */
export function settled(options: ClientOptions): Settled {
  const apiKey = text("apiKey", options.apiKey) ?? environment("TZAFON_API_KEY");
  if (!apiKey?.trim()) {
    throw new LightconeError(
      'There is no API key. Pass one, `new Lightcone({ apiKey: "sk_..." })`, or set the environment variable TZAFON_API_KEY.',
    );
  }
  const baseURL = text("baseURL", options.baseURL) ?? environment("LIGHTCONE_BASE_URL") ?? DEFAULT_BASE_URL;
  const maxRetries = retries(options.maxRetries) ?? DEFAULT_MAX_RETRIES;
  return { ...options, apiKey: apiKey.trim(), baseURL, maxRetries };
}

/** A client's settings as JSON. */
export function clientSettings(options: Settled, headers: HeaderChanges): string {
  return serialize({
    api_key: options.apiKey,
    base_url: options.baseURL,
    timeout: limits(options.timeout),
    event_timeout: seconds("eventTimeout", options.eventTimeout),
    max_retries: options.maxRetries,
    headers: { ...aboutThisProgram(), ...headers },
    query: query("defaultQuery", options.defaultQuery),
    ...networkSettings(options),
  });
}

/** A call's settings as JSON; each of them is checked before. */
export function callSettings(id: unknown, options: RequestOptions, defaultHeaders: HeaderChanges): string {
  return JSON.stringify({ id, ...shared(options, defaultHeaders), idempotency_key: text("idempotencyKey", options.idempotencyKey) });
}

/** The settings of a request of the program's own as JSON. */
export function requestSettings(method: unknown, path: unknown, options: OwnRequestOptions, defaultHeaders: HeaderChanges): string {
  if (typeof path !== "string") throw new LightconeError(`\`path\` must be a string, such as "/agent/tasks", not ${typeOf(path)}.`);
  if (typeof method !== "string") throw new LightconeError(`\`method\` must be a string, such as "get", not ${typeOf(method)}.`);
  return JSON.stringify({ method: method.toUpperCase(), path, ...shared(options, defaultHeaders) });
}

/** The body of a request of the program's own. */
export function requestBody(body: unknown): string | undefined {
  if (body === undefined || typeof body === "string") return body;
  if (typeof body === "object" && body !== null) return serializeAny(body, "`body`");
  throw new LightconeError(`\`body\` must be an object or an array, which are sent as JSON, or a string, which is sent as it is; it is ${shown(body)}.`);
}

/** Operations whose requests have no body. */
const WITHOUT_BODY = new Set(["retrieve_status", "list", "events", "wait"]);

/** What crosses as an operation's parameters: the call's own body in the place of what the method was given. */
export function parameters(operation: string, input: { params?: unknown; names?: Names }, options: RequestOptions): string | undefined {
  const { body } = options;
  if (body === undefined || body === null) {
    if (!("params" in input)) return undefined;
    return serialize(input.names ? renamed(input.params, input.names) : input.params);
  }
  if (WITHOUT_BODY.has(operation)) throw new LightconeError("`body` has no place in this call: its request is a GET, which has none.");
  if (typeof body !== "object" || Array.isArray(body)) throw new LightconeError(`\`body\` must be an object, not ${typeOf(body)}.`);
  return serializeAny(body, "`body`");
}

/** The names in the core of parameters that have others here. */
export type Names = Readonly<Record<string, string>>;

/** The parameters under the core's names. Another one is refused: it would be lost. */
function renamed(given: unknown, names: Names): unknown {
  if (typeof given !== "object" || given === null) return given;
  const pairs = Object.entries(given).map(([name, value]) => {
    if (Object.hasOwn(names, name)) return [names[name], value];
    throw new LightconeError(`There is no parameter \`${name}\` here, only ${Object.keys(names).join(", ")}; options come after the parameters.`);
  });
  return Object.fromEntries(pairs);
}

function shared(options: OwnRequestOptions, defaultHeaders: HeaderChanges): Record<string, unknown> {
  checkSignal(options.signal);
  const { timeout } = options;
  const read = typeof timeout === "object" ? timeout?.read : timeout;
  // A header that the client removes or sets itself stays so.
  const tellsTimeout = typeof read === "number" && !Object.hasOwn(defaultHeaders, "x-stainless-timeout");
  return {
    timeout: limits(timeout),
    event_timeout: seconds("eventTimeout", options.eventTimeout),
    max_retries: retries(options.maxRetries),
    headers: { ...(tellsTimeout && { "x-stainless-timeout": `${Math.trunc(read / 1000)}` }), ...headerChanges("headers", options.headers) },
    query: query("query", options.query),
  };
}

/** What may be in the place of a task's id. The core judges texts. */
export function checkId(id: unknown): void {
  if (typeof id !== "string") throw new LightconeError(`Expected a non-empty value for \`id\` but received ${shown(id)}.`);
}

/** Members of the query; the core joins and nests them. */
function query(name: string, members: unknown): object | undefined {
  if (members === undefined || members === null) return undefined;
  if (typeof members !== "object" || Array.isArray(members)) {
    throw new LightconeError(`\`${name}\` must be an object, such as \`{ trace: 1 }\`, not ${typeOf(members)}.`);
  }
  // For its errors, which name the option.
  serializeAny({ [name]: members }, name);
  return members;
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new LightconeError(`\`${name}\` must be a string, not ${typeOf(value)}.`);
  return value;
}

const LIMITS = ["connect", "read", "write", "pool"] as const;

/** Milliseconds as the core's limits in seconds. */
function limits(timeout: unknown): Record<string, number | null | undefined> | undefined {
  if (timeout === undefined) return undefined;
  if (typeof timeout !== "object" || timeout === null) {
    const limit = seconds("timeout", timeout);
    return Object.fromEntries(LIMITS.map((name) => [name, limit]));
  }
  for (const name of Object.keys(timeout)) {
    if (!LIMITS.includes(name as (typeof LIMITS)[number])) {
      throw new LightconeError(`\`timeout\` has no limit \`${name}\`; there are ${LIMITS.join(", ")}.`);
    }
  }
  return Object.fromEntries(LIMITS.map((name) => [name, seconds(`timeout.${name}`, (timeout as Record<string, unknown>)[name])]));
}

/** Milliseconds as seconds; null, which is without limit, stays. */
export function seconds(name: string, milliseconds: unknown): number | null | undefined {
  if (milliseconds === undefined || milliseconds === null) return milliseconds;
  if (typeof milliseconds !== "number" || !(milliseconds > 0 && milliseconds < Infinity)) {
    throw new LightconeError(`\`${name}\` must be a positive number of milliseconds, or null for no limit; it is ${shown(milliseconds)}.`);
  }
  return milliseconds / 1000;
}

function retries(times: unknown): number | undefined {
  if (times === undefined || times === null) return undefined;
  if (!Number.isInteger(times) || (times as number) < 0 || (times as number) > MOST_RETRIES) {
    throw new LightconeError(`\`maxRetries\` must be a whole number from 0 to ${MOST_RETRIES}; it is ${shown(times)}.`);
  }
  return times as number;
}
