/** Which options there are: a wrong name is an error, as a wrong value is. */

import { LightconeError } from "./core/error-base.js";
import { typeOf } from "./core/shown.js";
import type { ClientOptions, FinalRequestOptions, OwnRequestOptions, RequestOptions, RunOptions, WaitOptions } from "./options.js";

/** Options that programs for other clients pass, and what does the same here. */
const REPLACED: Readonly<Record<string, string>> = {
  fetch:
    "Requests go through the native core. Use `baseURL` for another server, and `proxy`, `caBundle`, `clientCertificate`, `limits`, `defaultHeaders`, `timeout`, `maxRetries` and a call's `signal` for the rest",
  fetchOptions: "Requests go through the native core. Use `defaultHeaders` or a call's `headers`, a call's `signal`, `proxy`, `caBundle` and `clientCertificate`",
  httpAgent: "Requests go through the native core. Use `proxy`, `caBundle`, `clientCertificate` and `limits`",
};

/** Every name of the options of that type, so that the compiler notices one that is forgotten. */
type Names<Options> = Record<keyof Required<Options>, true>;

const CLIENT: Names<ClientOptions> = {
  apiKey: true,
  baseURL: true,
  timeout: true,
  eventTimeout: true,
  maxRetries: true,
  defaultHeaders: true,
  defaultQuery: true,
  proxy: true,
  caBundle: true,
  clientCertificate: true,
  limits: true,
  logLevel: true,
  logger: true,
  dangerouslyAllowBrowser: true,
};

const CALL: Names<RequestOptions> = {
  headers: true,
  query: true,
  body: true,
  timeout: true,
  eventTimeout: true,
  maxRetries: true,
  signal: true,
  idempotencyKey: true,
};

const RUN: Names<RunOptions> = { ...CALL, onEvent: true };
const WAIT: Names<WaitOptions> = { headers: true, query: true, timeout: true, maxRetries: true, signal: true, pollInterval: true };
const OWN_REQUEST: Names<OwnRequestOptions> = { headers: true, query: true, body: true, timeout: true, eventTimeout: true, maxRetries: true, signal: true, stream: true };
const FINAL_REQUEST: Names<FinalRequestOptions> = { ...OWN_REQUEST, method: true, path: true };

/** The kinds of options, by what they are given to. */
const KNOWN = { client: CLIENT, call: CALL, run: RUN, wait: WAIT, ownRequest: OWN_REQUEST, request: FINAL_REQUEST } as const;

/**
 * What may be in the place of options. A name that is not known is refused unless nothing is
 * said by it: a typing error would go unnoticed otherwise.
 */
export function checkOptions(kind: keyof typeof KNOWN, options: unknown): void {
  if (options === undefined || (options === null && kind !== "client")) return;
  const isPromise = typeof options === "object" && options !== null && "then" in options;
  if (typeof options !== "object" || options === null || Array.isArray(options) || isPromise) {
    const what = isPromise ? "a Promise; await it first" : typeOf(options);
    throw new LightconeError(`Options must be an object, such as \`{ timeout: 5000 }\`, not ${what}.`);
  }
  const known: Readonly<Record<string, true>> = KNOWN[kind];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || Object.hasOwn(known, name)) continue;
    const instead = Object.hasOwn(REPLACED, name) ? REPLACED[name] : undefined;
    if (instead) throw new LightconeError(`The option \`${name}\` cannot be honoured. ${instead}.`);
    throw new LightconeError(`There is no option \`${name}\` here; there are ${Object.keys(known).join(", ")}.`);
  }
}
