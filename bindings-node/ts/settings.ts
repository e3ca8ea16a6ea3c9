/** Options, checked, as the settings that cross to the core. */

import { serialize } from "./core/body.js";
import { LightconeError } from "./core/error-base.js";
import { mergeHeaders, type HeaderChanges } from "./core/headers.js";
import { aboutThisProgram } from "./core/user-agent.js";
import { networkSettings } from "./network.js";
import type { ClientOptions, RequestOptions } from "./options.js";

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

/** A client's settings as JSON. */
export function clientSettings(options: ClientOptions, headers: HeaderChanges): string {
  const apiKey = text("apiKey", options.apiKey) ?? environment("TZAFON_API_KEY");
  if (!apiKey?.trim()) {
    throw new LightconeError(
      'There is no API key. Pass one, `new Lightcone({ apiKey: "sk_..." })`, or set the environment variable TZAFON_API_KEY.',
    );
  }
  return serialize({
    api_key: apiKey.trim(),
    base_url: text("baseURL", options.baseURL) ?? environment("LIGHTCONE_BASE_URL"),
    timeout: limits(options.timeout),
    max_retries: retries(options.maxRetries),
    headers: { ...aboutThisProgram(), ...headers },
    query: options.defaultQuery ?? undefined,
    ...networkSettings(options),
  });
}

/** A call's settings as JSON. */
export function callSettings(id: unknown, options: RequestOptions, defaultHeaders: HeaderChanges): string {
  const { timeout } = options;
  // A header that the client removes or sets itself stays so.
  const tellsTimeout = timeout !== undefined && !("x-stainless-timeout" in defaultHeaders);
  return serialize({
    id,
    timeout: limits(timeout),
    max_retries: retries(options.maxRetries),
    headers: mergeHeaders(tellsTimeout ? { "x-stainless-timeout": `${Math.trunc(timeout / 1000)}` } : undefined, options.headers),
    query: options.query ?? undefined,
    idempotency_key: text("idempotencyKey", options.idempotencyKey),
  });
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

/** Milliseconds as the core's limits in seconds. */
function limits(timeout: unknown): Record<string, number> | undefined {
  if (timeout === undefined || timeout === null) return undefined;
  if (typeof timeout !== "number" || !(timeout > 0 && timeout < Infinity)) {
    throw new LightconeError(`\`timeout\` must be a positive number of milliseconds; it is ${String(timeout)}.`);
  }
  const seconds = timeout / 1000;
  return { connect: seconds, read: seconds, write: seconds, pool: seconds };
}

function retries(times: unknown): number | undefined {
  if (times === undefined || times === null) return undefined;
  if (!Number.isInteger(times) || (times as number) < 0 || (times as number) > MOST_RETRIES) {
    throw new LightconeError(`\`maxRetries\` must be a whole number from 0 to ${MOST_RETRIES}; it is ${String(times)}.`);
  }
  return times as number;
}
