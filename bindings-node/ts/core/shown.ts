/** A value as an error's text shows it: never what is in an object, which may be a secret or throw. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      return value === null ? "null" : `${kindOf(value)} object`;
    default:
      return `a ${typeof value}`;
  }
}

/** What an error says was given where something of another type is right. */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  const kind = kindOf(value);
  return kind === "Object" ? "an object" : `a ${kind}`;
}

/** The built-in class of an object, also of another realm: in a `vm` context, where Jest runs tests, `instanceof` does not know it. */
export function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
