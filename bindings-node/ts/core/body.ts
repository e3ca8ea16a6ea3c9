import { LightconeError } from "./error-base.js";

/**
 * A request's body as JSON. Refuses what `JSON.stringify` would change without a word
 * (NaN becomes null) or stop at without saying where.
 */
export function serialize(body: unknown): string {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new LightconeError(`The parameters must be an object, not ${named(body)}.`);
  }
  return serializeAny(body);
}

/** The same of a body that may be a list. */
export function serializeAny(body: object): string {
  const paths = new Map<unknown, string>();
  const parents = new Map<unknown, unknown>();

  function check(this: unknown, key: string, value: unknown): unknown {
    if (key === "" && parents.size === 0) {
      parents.set(value, undefined);
      return value;
    }
    const holder = paths.get(this) ?? "";
    const path = Array.isArray(this) ? `${holder}[${key}]` : holder ? `${holder}.${key}` : key;
    const wrong = (what: string) => new LightconeError(`\`${path}\` cannot be sent as JSON: ${what}.`);
    switch (typeof value) {
      case "number":
        if (!Number.isFinite(value)) throw wrong(`it is ${value}`);
        break;
      case "bigint":
        throw wrong("it is a BigInt; use a number or a string");
      case "function":
      case "symbol":
        throw wrong(`it is a ${typeof value}`);
      case "object":
        if (value === null) break;
        for (let above: unknown = this; above !== undefined; above = parents.get(above)) {
          if (above === value) throw wrong("it contains itself");
        }
        paths.set(value, path);
        parents.set(value, this);
    }
    return value;
  }

  try {
    return JSON.stringify(body, check);
  } catch (error) {
    if (error instanceof RangeError) throw new LightconeError("The parameters are nested too deeply to be sent.", { cause: error });
    throw error;
  }
}

function named(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" || typeof value === "undefined" ? String(value) : `a ${typeof value}`;
}
