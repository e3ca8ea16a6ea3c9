import { LightconeError } from "./error-base.js";
import { typeOf } from "./shown.js";
import type { WebHeaders } from "./web-types.js";

/** One header: null removes one that would be sent otherwise, several values are sent as one list. */
type HeaderValue = string | readonly string[] | null | undefined;

/** Headers by name, in any of the usual forms. null removes a header that would be sent otherwise. */
export type HeadersLike =
  | WebHeaders
  | readonly (readonly [name: string, value: HeaderValue])[]
  | { readonly [name: string]: HeaderValue };

/** Headers as they cross to the core: lower-case names, null to remove. */
export type HeaderChanges = Record<string, string | null>;

/** One form out of many; `option` names it in errors. */
export function headerChanges(option: string, headers: HeadersLike | null | undefined): HeaderChanges {
  const changes: HeaderChanges = {};
  for (const [name, value] of entries(option, headers)) {
    if (value === undefined) continue;
    // An own member whatever its name is.
    Object.defineProperty(changes, name.toLowerCase(), { value: headerValue(option, name, value), enumerable: true, configurable: true, writable: true });
  }
  return changes;
}

function headerValue(option: string, name: string, value: unknown): string | null {
  if (value === null || typeof value === "string") return value;
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(", ");
  throw new LightconeError(`The header \`${name}\` in \`${option}\` must be a string, an array of strings, or null to remove it; it is ${typeOf(value)}.`);
}

function entries(option: string, headers: unknown): (readonly [string, unknown])[] {
  if (headers === undefined || headers === null) return [];
  if (typeof headers !== "object") {
    throw new LightconeError(`\`${option}\` must be an object, such as \`{ "x-trace": "1" }\`, not ${typeOf(headers)}.`);
  }
  const given: unknown[] = Symbol.iterator in headers ? [...(headers as Iterable<unknown>)] : Object.entries(headers);
  return given.map((pair) => {
    if (Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string") return pair as unknown as readonly [string, unknown];
    throw new LightconeError(`\`${option}\` must have pairs of a name and a value, such as \`["x-trace", "1"]\`.`);
  });
}
