// Packs the npm packages into a folder: `node pack.mjs [FOLDER] [--at-most MEGABYTES]`, by default dist.
// With a limit, what one platform has to download of them may not be more.
//
// The main package has no native module. Each platform's is a package of its own, made in napi's way, on
// which the main one depends optionally; a package manager installs the one that fits. Packed are those
// whose module is in dist/native: this machine's after a build here, all of them in the workflow, which
// brings them together. So that an installation of what was packed asks no registry, the main package
// depends on these alone.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const STAGE = join(ROOT, "bindings-node/build/npm");
const MODULES = join(ROOT, "bindings-node/dist/native");
const { values: limits, positionals } = parseArgs({ options: { "at-most": { type: "string" } }, allowPositionals: true });
const destination = resolve(positionals[0] ?? join(ROOT, "dist"));
const mostMegabytes = Number(limits["at-most"] ?? Infinity);

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** What a command of npm says; if it fails, its error has what it said of that. */
const run = (cwd, ...command) => execFileSync(command[0], command.slice(1), { cwd, encoding: "utf8", stdio: "pipe", shell: process.platform === "win32" });

/** Packs what is in the folder, and tells how large that is, in megabytes. */
function pack(folder) {
  copyFileSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  const said = run(folder, "npm", "pack", "--json", "--pack-destination", destination);
  const [{ filename, size, unpackedSize }] = Object.values(JSON.parse(said));
  console.log(`${filename}: ${(size / 1e6).toFixed(2)} MB, installed ${(unpackedSize / 1e6).toFixed(2)} MB`);
  return size / 1e6;
}

rmSync(STAGE, { recursive: true, force: true });
mkdirSync(destination, { recursive: true });
// Of another version, they would be installed along.
for (const name of readdirSync(destination)) if (/^tzafon-lightcone-.*\.tgz$/.test(name)) rmSync(join(destination, name));

run(ROOT, "npx", "napi", "create-npm-dirs", "--npm-dir", relative(ROOT, STAGE));
const optionalDependencies = {};
const sizes = [];
for (const module of readdirSync(MODULES)) {
  const platform = basename(module, ".node").replace(/^lightcone\./, "");
  const folder = join(STAGE, platform);
  copyFileSync(join(MODULES, module), join(folder, module));
  sizes.push(pack(folder));
  optionalDependencies[`${manifest.name}-${platform}`] = manifest.version;
}
if (Object.keys(optionalDependencies).length === 0) throw new Error(`there is no native module in ${MODULES}: run \`make build\``);

const { private: _, scripts, devDependencies, overrides, napi, ...published } = manifest;
const main = join(STAGE, "main");
mkdirSync(main);
for (const path of published.files) if (!path.startsWith("!")) cpSync(join(ROOT, path), join(main, path), { recursive: true, filter: (from) => from !== MODULES });
const readme = readFileSync(join(ROOT, "bindings-node/README.md"), "utf8");
// In the package they stand beside each other.
writeFileSync(join(main, "README.md"), readme.replaceAll("](../", "]("));
writeFileSync(join(main, "package.json"), JSON.stringify({ ...published, optionalDependencies }, null, 2));
const megabytes = pack(main) + Math.max(...sizes);
if (megabytes > mostMegabytes) throw new Error(`${megabytes.toFixed(2)} MB for one platform; it may be ${mostMegabytes} at most`);
