import { LightconeError } from "./error-base.js";
import type { WebHeaders } from "./web-types.js";

/** Headers by name, in any of the usual forms. null removes a header that would be sent otherwise. */
export type HeadersLike =
  | WebHeaders
  | readonly (readonly [name: string, value: string | null | undefined])[]
  | { readonly [name: string]: string | null | undefined };

/** Headers as they cross to the core: lower-case names, null to remove. */
export type HeaderChanges = Record<string, string | null>;

/** One form out of many; later layers win. */
export function mergeHeaders(...layers: readonly (HeadersLike | undefined)[]): HeaderChanges {
  const merged: HeaderChanges = {};
  for (const headers of layers) {
    for (const [name, value] of entries(headers)) {
      if (value === undefined) continue;
      if (value !== null && typeof value !== "string") {
        throw new LightconeError(`The header \`${name}\` must be a string, or null to remove it; it is a ${typeof value}.`);
      }
      merged[name.toLowerCase()] = value;
    }
  }
  return merged;
}

function entries(headers: HeadersLike | undefined): Iterable<readonly [string, unknown]> {
  if (headers === undefined || headers === null) return [];
  if (typeof headers !== "object") throw new LightconeError(`Headers must be an object, not a ${typeof headers}.`);
  return Symbol.iterator in headers ? (headers as Iterable<readonly [string, unknown]>) : Object.entries(headers);
}
