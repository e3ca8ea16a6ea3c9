/** The native module: found, loaded, and the one place that names its file. */

import type * as Binding from "./native/binding.js";

import { LightconeError } from "./core/error-base.js";

/** As the build names it: `linux-x64-gnu`, `darwin-arm64`, `win32-x64-msvc`. */
function platform(): string {
  const { platform, arch } = process;
  if (platform === "linux") {
    // Only glibc tells its version in the report; the other C library in use is musl.
    const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
    return `linux-${arch}-${header.glibcVersionRuntime ? "gnu" : "musl"}`;
  }
  return platform === "win32" ? `win32-${arch}-msvc` : `${platform}-${arch}`;
}

function load(): typeof Binding {
  const file = `lightcone.${platform()}.node`;
  try {
    return require(`./native/${file}`) as typeof Binding;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
    const why = missing
      ? `this package does not have it: it was built for another platform. Install the package built for ${platform()}, or build it from its sources there ("npm run build")`
      : `it is there, but does not load: ${(cause as Error).message}`;
    throw new LightconeError(`Lightcone cannot run on ${platform()} with Node.js ${process.version}. It needs its native module ${file}, and ${why}.`, { cause });
  }
}

export const native = load();

export type { Cancellation, NativeAnswer, NativeBody, NativeClient, NativeLocalServer, NativeStream } from "./native/binding.js";
