/** The native module: found, loaded, and the one place that names its packages and its file. */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import type * as Binding from "./native/binding.js";

import { LightconeError } from "./core/error-base.js";

/**
 * What this machine's module may be called, as napi names platforms. Which C library a Linux has the
 * package manager knows, and has installed the one that fits; where both are there, only one loads.
 */
function candidates(): string[] {
  const { platform, arch } = process;
  if (platform === "linux") return [`linux-${arch}-gnu`, `linux-${arch}-musl`];
  return [platform === "win32" ? `win32-${arch}-msvc` : `${platform}-${arch}`];
}

/** The platform's own package. There is one for each of the targets that package.json gives napi. */
function fromPackage(platform: string): unknown {
  // Each name in full, and within `try`: bundlers, and tools that trace what a program needs, see what
  // may be loaded, and let it be missing.
  try {
    switch (platform) {
      case "darwin-arm64":
        return require("@tzafon/lightcone-darwin-arm64");
      case "darwin-x64":
        return require("@tzafon/lightcone-darwin-x64");
      case "linux-arm64-gnu":
        return require("@tzafon/lightcone-linux-arm64-gnu");
      case "linux-arm64-musl":
        return require("@tzafon/lightcone-linux-arm64-musl");
      case "linux-x64-gnu":
        return require("@tzafon/lightcone-linux-x64-gnu");
      case "linux-x64-musl":
        return require("@tzafon/lightcone-linux-x64-musl");
      case "win32-arm64-msvc":
        return require("@tzafon/lightcone-win32-arm64-msvc");
      case "win32-x64-msvc":
        return require("@tzafon/lightcone-win32-x64-msvc");
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
  }
  return undefined;
}

/** What was built for this machine in a checkout. */
function fromBuild(platform: string): unknown {
  // In a bundle that is an ES module there is no such name.
  if (typeof __dirname === "undefined") return undefined;
  const file = join(__dirname, "native", `lightcone.${platform}.node`);
  // Not by the plain `require`, which a bundler would follow.
  return existsSync(file) ? createRequire(file)(file) : undefined;
}

/** What runs this, by name and version. */
function runtime(): string {
  const { bun, deno, node } = process.versions;
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node.js v${node}`;
}

function load(): typeof Binding {
  let broken: unknown;
  for (const platform of candidates()) {
    try {
      const loaded = fromBuild(platform) ?? fromPackage(platform);
      if (loaded) return loaded as typeof Binding;
    } catch (error) {
      broken ??= error;
    }
  }
  const packages = candidates().map((platform) => `@tzafon/lightcone-${platform}`);
  const why = broken
    ? `is there, but does not load: ${(broken as Error).message}`
    : `is not there. It comes as ${packages.join(" or ")}, an optional dependency that a package manager leaves out where optional ones are omitted, ` +
      `and where packages were installed on another platform: install on this one, with optional dependencies. If there is no such package, ` +
      `this platform's has to be built from the sources there ("npm run build")`;
  const platform = `${process.platform}-${process.arch}`;
  throw new LightconeError(`Lightcone cannot run on ${platform} with ${runtime()}. Its native module for it ${why}.`, { cause: broken });
}

export const native = load();

export type { Batch, Cancellation, NativeAnswer, NativeBody, NativeClient, NativeLocalServer, NativeStream } from "./native/binding.js";
