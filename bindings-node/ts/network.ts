/** Options of the way to the server, checked, as they cross to the core, which judges what is in them. */

import { LightconeError } from "./core/error-base.js";
import { shown, typeOf } from "./core/shown.js";
import type { ClientOptions } from "./options.js";

export function networkSettings({ proxy, caBundle, clientCertificate, limits }: ClientOptions): Record<string, unknown> {
  return {
    proxy: given(proxy) ? proxyAddress(proxy) : undefined,
    ca_bundle: given(caBundle) ? pem("caBundle", caBundle) : undefined,
    client_certificate: given(clientCertificate) ? certificate(clientCertificate) : undefined,
    limits: given(limits) ? connections(limits) : undefined,
  };
}

/** Whether connections made without these options would not do. */
export function isAboutConnections(options: ClientOptions): boolean {
  return [options.proxy, options.caBundle, options.clientCertificate, options.limits].some(given);
}

function given<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function proxyAddress(proxy: unknown): string {
  if (typeof proxy === "string") return proxy;
  throw new LightconeError(`\`proxy\` must be a string, such as "http://user:password@proxy.example:3128", not ${typeOf(proxy)}.`);
}

function certificate(pair: unknown): object {
  if (typeof pair !== "object" || pair === null || !("cert" in pair)) {
    throw new LightconeError("`clientCertificate` must be an object, such as `{ cert: readFileSync(...), key: readFileSync(...) }`.");
  }
  const { cert, key, ...others } = pair as { cert: unknown; key?: unknown };
  checkNames("clientCertificate", others, ["cert", "key"]);
  return { cert: pem("clientCertificate.cert", cert), key: given(key) ? pem("clientCertificate.key", key) : undefined };
}

function checkNames(option: string, others: object, known: string[]): void {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new LightconeError(`\`${option}\` has no member \`${unknown}\`; there are ${known.join(", ")}.`);
}

function pem(name: string, value: unknown): { text: string } {
  if (typeof value === "string") return { text: value };
  // By its looks: in a `vm` context, where Jest runs tests, a Buffer is of another realm.
  if (ArrayBuffer.isView(value)) return { text: new TextDecoder().decode(value as Uint8Array) };
  throw new LightconeError(`\`${name}\` must be PEM text, as a string or a Uint8Array; it is ${typeOf(value)}.`);
}

function connections(limits: unknown): object {
  if (typeof limits !== "object") {
    throw new LightconeError(`\`limits\` must be an object, such as \`{ maxConnections: 10 }\`, not ${typeOf(limits)}.`);
  }
  const { maxConnections, maxIdleConnections, idleTimeout, ...others } = limits as Record<string, unknown>;
  checkNames("limits", others, ["maxConnections", "maxIdleConnections", "idleTimeout"]);
  return {
    max_connections: limit("maxConnections", maxConnections, Number.isSafeInteger),
    max_idle_connections: limit("maxIdleConnections", maxIdleConnections, Number.isSafeInteger),
    idle_timeout: limit("idleTimeout", idleTimeout, Number.isFinite, 1000),
  };
}

function limit(name: string, value: unknown, isNumber: (value: unknown) => boolean, unit = 1): number | null | undefined {
  if (value === undefined || value === null) return value;
  if (!isNumber(value) || (value as number) < 0) {
    const kind = unit === 1 ? "whole number" : "number of milliseconds";
    throw new LightconeError(`\`limits.${name}\` must be a ${kind} of 0 or more, or null for no limit; it is ${shown(value)}.`);
  }
  return (value as number) / unit;
}
