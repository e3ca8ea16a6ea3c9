/**
 * In the place of `native.ts` where no native module can be loaded: browsers, workers at the
 * edge, React Native. The imports map of package.json says for which conditions.
 */

import { LightconeError } from "./core/error-base.js";

interface Surroundings {
  process?: { versions?: { node?: string } };
  navigator?: { userAgent?: string; product?: string };
  EdgeRuntime?: string;
  document?: unknown;
}

/** Where this runs, as far as it shows. */
function here({ process, navigator, EdgeRuntime, document }: Surroundings): string {
  if (process?.versions?.node) return `Node.js ${process.versions.node} that resolves modules for a browser or a worker`;
  if (EdgeRuntime !== undefined) return `the edge runtime (${EdgeRuntime})`;
  if (navigator?.product === "ReactNative") return "React Native";
  const agent = navigator?.userAgent ? ` (${navigator.userAgent})` : "";
  return document === undefined ? `a worker${agent}` : `a browser${agent}`;
}

const surroundings = globalThis as Surroundings;
const goOn = surroundings.process?.versions?.node
  ? 'Do not give this process such a condition. In Jest with jsdom, set `testEnvironmentOptions: { customExportConditions: ["node"] }`, or `@jest-environment node` in the test; with a bundler, build what uses the package for Node.js, or leave the package outside of the bundle'
  : "Use it on a server, in Node.js 20 or newer, Bun or Deno, where an API key belongs too, and send events on with `stream.toReadableStream()`; `Stream.fromReadableStream` of @tzafon/lightcone/streaming.js reads them here";

throw new LightconeError(`Lightcone cannot run in ${here(surroundings)}: requests go through its native module, which cannot be loaded there. ${goOn}.`);
