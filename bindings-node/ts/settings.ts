/** Options, checked, as the settings that cross to the core. */

import { checkSignal } from "./core/abort.js";
import { serialize, serializeAny } from "./core/body.js";
import { LightconeError } from "./core/error-base.js";
import { mergeHeaders, type HeaderChanges } from "./core/headers.js";
import { aboutThisProgram } from "./core/user-agent.js";
import { networkSettings } from "./network.js";
import type { ClientOptions, OwnRequestOptions, RequestOptions } from "./options.js";

/** Options that programs for other clients pass, and what does the same here. */
const REPLACED: Record<string, string> = {
  fetch: "Requests go through the native core. Use `baseURL` for another server, and `proxy`, `caBundle`, `clientCertificate`, `limits`, `defaultHeaders`, `timeout`, `maxRetries` and a call's `signal` for the rest",
  fetchOptions: "Requests go through the native core. Use `defaultHeaders` or a call's `headers`, a call's `signal`, `proxy`, `caBundle` and `clientCertificate`",
};

/** What the core can count. */
const MOST_RETRIES = 2 ** 32 - 1;

/** The environment's value of that name, trimmed; a blank one counts as missing. */
function environment(name: string): string | undefined {
  return process.env[name]?.trim() || undefined;
}

/** A client's options, with what the environment says where they say nothing. */
export function withEnvironment(options: ClientOptions): ClientOptions {
  const apiKey = text("apiKey", options.apiKey) ?? environment("TZAFON_API_KEY");
  if (!apiKey?.trim()) {
    throw new LightconeError(
      'There is no API key. Pass one, `new Lightcone({ apiKey: "sk_..." })`, or set the environment variable TZAFON_API_KEY.',
    );
  }
  const baseURL = text("baseURL", options.baseURL) ?? environment("LIGHTCONE_BASE_URL");
  return { ...options, apiKey: apiKey.trim(), baseURL };
}

/** A client's settings as JSON. */
export function clientSettings(options: ClientOptions, headers: HeaderChanges): string {
  return serialize({
    api_key: options.apiKey,
    base_url: options.baseURL,
    timeout: limits(options.timeout),
    event_timeout: seconds("eventTimeout", options.eventTimeout),
    max_retries: retries(options.maxRetries),
    headers: { ...aboutThisProgram(), ...headers },
    query: options.defaultQuery ?? undefined,
    ...networkSettings(options),
  });
}

/** A call's settings as JSON. */
export function callSettings(id: unknown, options: RequestOptions, defaultHeaders: HeaderChanges): string {
  return serialize({ id, ...shared(options, defaultHeaders), idempotency_key: text("idempotencyKey", options.idempotencyKey) });
}

/** The settings of a request of the program's own as JSON. */
export function requestSettings(method: unknown, path: unknown, options: OwnRequestOptions, defaultHeaders: HeaderChanges): string {
  if (typeof path !== "string") throw new LightconeError(`\`path\` must be a string, such as "/agent/tasks", not a ${typeof path}.`);
  if (typeof method !== "string") throw new LightconeError(`\`method\` must be a string, such as "get", not a ${typeof method}.`);
  return serialize({ method: method.toUpperCase(), path, ...shared(options, defaultHeaders) });
}

/** The body of a request of the program's own. */
export function requestBody(body: unknown): string | undefined {
  if (body === undefined || typeof body === "string") return body;
  return Array.isArray(body) ? serializeAny(body) : serialize(body);
}

function shared(options: RequestOptions, defaultHeaders: HeaderChanges): Record<string, unknown> {
  checkSignal(options.signal);
  const { timeout } = options;
  const read = typeof timeout === "object" ? timeout?.read : timeout;
  // A header that the client removes or sets itself stays so.
  const tellsTimeout = typeof read === "number" && !("x-stainless-timeout" in defaultHeaders);
  return {
    timeout: limits(timeout),
    event_timeout: seconds("eventTimeout", options.eventTimeout),
    max_retries: retries(options.maxRetries),
    headers: mergeHeaders(tellsTimeout ? { "x-stainless-timeout": `${Math.trunc(read / 1000)}` } : undefined, options.headers),
    query: options.query ?? undefined,
  };
}

/** What may be in the place of options of any kind. */
export function checkOptions(options: unknown): void {
  if (typeof options !== "object" || options === null) {
    throw new LightconeError(`Options must be an object, such as \`{ timeout: 5000 }\`, not ${options === null ? "null" : `a ${typeof options}`}.`);
  }
  for (const [name, instead] of Object.entries(REPLACED)) {
    if ((options as Record<string, unknown>)[name] !== undefined) throw new LightconeError(`The option \`${name}\` cannot be honoured. ${instead}.`);
  }
}

/** What may be in the place of a task's id. The core judges texts. */
export function checkId(id: unknown): void {
  if (typeof id !== "string") throw new LightconeError(`Expected a non-empty value for \`id\` but received ${String(id)}`);
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new LightconeError(`\`${name}\` must be a string, not a ${typeof value}.`);
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
    throw new LightconeError(`\`${name}\` must be a positive number of milliseconds, or null for no limit; it is ${String(milliseconds)}.`);
  }
  return milliseconds / 1000;
}

function retries(times: unknown): number | undefined {
  if (times === undefined || times === null) return undefined;
  if (!Number.isInteger(times) || (times as number) < 0 || (times as number) > MOST_RETRIES) {
    throw new LightconeError(`\`maxRetries\` must be a whole number from 0 to ${MOST_RETRIES}; it is ${String(times)}.`);
  }
  return times as number;
}
