import { LightconeError } from "./error-base.js";
import { kindOf, typeOf } from "./shown.js";

/** Built-in objects whose content `JSON.stringify` leaves out, or writes as something else. */
const NOT_IN_JSON = new Set([
  "AbortSignal",
  "ArrayBuffer",
  "AsyncGenerator",
  "Blob",
  "DataView",
  "Error",
  "File",
  "FormData",
  "Generator",
  "Headers",
  "Map",
  "Promise",
  "ReadableStream",
  "RegExp",
  "Set",
  "SharedArrayBuffer",
  "URLSearchParams",
  "WeakMap",
  "WeakSet",
]);

/**
 * A request's body as JSON. Refuses what `JSON.stringify` would change without a word
 * (NaN becomes null, a Map becomes empty) or stop at without saying where.
 */
export function serialize(body: unknown): string {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new LightconeError(`The parameters must be an object, not ${typeOf(body)}.`);
  }
  return serializeAny(body, "The parameters");
}

/** The same of any object; `whole` names it in errors. */
export function serializeAny(body: object, whole: string): string {
  const paths = new Map<unknown, string>();
  const parents = new Map<unknown, unknown>();

  function check(this: unknown, key: string, value: unknown): unknown {
    const isWhole = key === "" && parents.size === 0;
    const holder = paths.get(this) ?? "";
    const path = Array.isArray(this) ? `${holder}[${key}]` : holder ? `${holder}.${key}` : key;
    const wrong = (what: string) => new LightconeError(`${isWhole ? whole : `\`${path}\``} cannot be sent as JSON: ${what}.`);
    // What stands there, before its own `toJSON` was asked.
    const original = (this as Record<string, unknown>)[key];
    if (typeof original === "object" && original !== null) {
      const kind = kindOf(original);
      if (NOT_IN_JSON.has(kind) || ArrayBuffer.isView(original)) throw wrong(`it is of the class ${kind}; use an object, an array or a string`);
      if (kind === "Date" && value === null) throw wrong("it is an invalid date");
    }
    switch (typeof value) {
      case "number":
        if (!Number.isFinite(value)) throw wrong(`it is ${value}`);
        break;
      case "bigint":
        throw wrong("it is a BigInt; use a number or a string");
      case "function":
      case "symbol":
        throw wrong(`it is a ${typeof value}`);
      case "undefined":
        if (Array.isArray(this)) throw wrong("it is undefined; use null");
        break;
      case "object":
        if (value === null) break;
        if (!isWhole) {
          for (let above: unknown = this; above !== undefined; above = parents.get(above)) {
            if (above === value) throw wrong("it contains itself");
          }
        }
        paths.set(value, path);
        parents.set(value, isWhole ? undefined : this);
    }
    return value;
  }

  try {
    return JSON.stringify(body, check);
  } catch (error) {
    if (error instanceof RangeError) throw new LightconeError(`${whole} is nested too deeply to be sent.`, { cause: error });
    throw error;
  }
}
