// The package as it is installed: what is in it, and how programs reach it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PACKAGE = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
const windows = process.platform === "win32";
const environment = { ...process.env, TZAFON_API_KEY: "sk_test", LIGHTCONE_BASE_URL: "http://127.0.0.1:9" };

/** What a command says; an error with all that it said if it fails. */
async function run(command, args, cwd) {
  try {
    return (await promisify(execFile)(command, args, { cwd, env: environment, shell: windows && command === "npm", maxBuffer: 1 << 24 })).stdout;
  } catch (error) {
    throw new Error(`${command} ${args.join(" ")}\n${error.stdout}\n${error.stderr}`);
  }
}
const node = (...args) => run(process.execPath, args, project);

let project;
/** The main package's. */
let tarball;
before(async () => {
  project = await mkdtemp(join(tmpdir(), "lightcone-package-"));
  await run(process.execPath, [join(ROOT, "bindings-node/scripts/pack.mjs"), project], ROOT);
  await writeFile(join(project, "package.json"), '{"private": true}');
  // An empty cache and no network: what was packed is enough.
  const tarballs = (await readdir(project)).filter((name) => name.endsWith(".tgz"));
  tarball = await readFile(join(project, `tzafon-lightcone-${PACKAGE.version}.tgz`));
  await run("npm", ["install", "--offline", "--cache", join(project, "cache"), "--no-audit", "--no-fund", ...tarballs], project);
});
after(() => rm(project, { recursive: true, force: true }));

const installed = (name, ...path) => join(project, "node_modules", name, ...path);
const filesOf = async (folder) =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, "/"));
/** The package of this machine's native module. */
const platformPackage = async () => {
  const { optionalDependencies } = JSON.parse(await readFile(installed(PACKAGE.name, "package.json"), "utf8"));
  assert.equal(Object.keys(optionalDependencies).length, 1);
  return Object.keys(optionalDependencies)[0];
};

test("one version for everything", async () => {
  const workspace = (await readFile(join(ROOT, "Cargo.toml"), "utf8")).match(/\[workspace\.package\]\nversion = "(.*)"/)[1];
  const lock = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8"));
  assert.deepEqual([PACKAGE.version, lock.version, lock.packages[""].version], Array(3).fill(workspace));
  assert.equal((await node("-p", `require("${PACKAGE.name}").VERSION`)).trim(), workspace);
});

test("what is in the main tarball", async () => {
  const files = await filesOf(installed(PACKAGE.name));
  for (const file of ["LICENSE", "README.md", "package.json", "docs/typescript.md", PACKAGE.main, PACKAGE.types, PACKAGE.bin.lightcone]) {
    assert.ok(files.includes(file.replace(/^\.\//, "")), `${file} is missing`);
  }
  for (const entry of Object.values(PACKAGE.exports)) {
    for (const condition of Object.values(entry)) {
      for (const file of Object.values(condition)) if (file.startsWith?.("./")) assert.ok(files.includes(file.slice(2)), `${file} is missing`);
    }
  }
  for (const file of files.filter((file) => file.endsWith(".js") && file.startsWith("bindings-node/"))) assert.ok(files.includes(`${file}.map`), `${file} has no source map`);
  const others = files.filter((file) => !/^(LICENSE|README\.md|package\.json|docs\/.*\.md|examples\/.*|bindings-node\/dist\/.*\.(js|js\.map|mjs|d\.ts|d\.mts))$/.test(file));
  assert.deepEqual(others, []);
});

test("what the main package says of itself", async () => {
  const { optionalDependencies, ...manifest } = JSON.parse(await readFile(installed(PACKAGE.name, "package.json"), "utf8"));
  const { private: _, scripts, devDependencies, overrides, napi, ...published } = PACKAGE;
  assert.deepEqual(manifest, published);
  assert.equal(manifest.dependencies, undefined);
  // Else an installation could bring a native module of another version.
  assert.deepEqual(Object.values(optionalDependencies), [PACKAGE.version]);
});

test("what is in a platform's tarball", async () => {
  const name = await platformPackage();
  const module = `lightcone.${name.slice(`${PACKAGE.name}-`.length)}.node`;
  assert.deepEqual((await filesOf(installed(name))).sort(), ["LICENSE", "README.md", module, "package.json"]);
  const manifest = JSON.parse(await readFile(installed(name, "package.json"), "utf8"));
  assert.deepEqual([manifest.version, manifest.main, manifest.license, manifest.engines], [PACKAGE.version, module, PACKAGE.license, PACKAGE.engines]);
  assert.deepEqual([manifest.os, manifest.cpu], [[process.platform], [process.arch]]);
});

test("a native module is looked for in the package of every platform that is built for", async () => {
  const { parseTriple } = await import("@napi-rs/cli");
  const source = await readFile(join(ROOT, "bindings-node/ts/native.ts"), "utf8");
  const named = [...source.matchAll(/case "(.*)":\s+return require\("(.*)"\);/g)].map(([, platform, name]) => [platform, name]);
  const built = PACKAGE.napi.targets.map((target) => parseTriple(target).platformArchABI);
  assert.deepEqual(named, built.sort().map((platform) => [platform, `${PACKAGE.name}-${platform}`]));
});

test("an error's place is told in the sources", async () => {
  const program = `require("${PACKAGE.name}"); new (require("${PACKAGE.name}"))({ maxRetries: -1 });`;
  await assert.rejects(node("--enable-source-maps", "-e", program), /bindings-node[\\/]ts[\\/]client\.ts:\d+/);
});

test("ES modules and CommonJS have the same classes", async () => {
  const subpaths = Object.keys(PACKAGE.exports).filter((path) => !path.endsWith(".json") && path !== "." && path !== "./local");
  const program = `
    import assert from "node:assert/strict";
    import { createRequire } from "node:module";
    import Lightcone, { Lightcone as named, APIError } from "${PACKAGE.name}";
    const require = createRequire(import.meta.url);
    const whole = require("${PACKAGE.name}");
    assert.ok(whole === Lightcone && named === Lightcone && whole.default === Lightcone && whole.Lightcone === Lightcone);
    assert.ok(Lightcone.Agent.Tasks === require("${PACKAGE.name}/resources/agent/tasks.js").Tasks);
    for (const path of ${JSON.stringify(subpaths)}) {
      const name = "${PACKAGE.name}" + path.slice(1);
      const imported = await import(name);
      const required = require(name);
      assert.ok(Object.keys(imported).length > 0, name);
      for (const key of Object.keys(imported)) assert.equal(imported[key], required[key], name + " " + key);
    }
    assert.equal(require("${PACKAGE.name}/core/error.js").APIError, APIError);
    const error = await new Lightcone({ maxRetries: 0 }).agent.tasks.pause("t").catch((error) => error);
    assert.ok(error instanceof whole.APIConnectionError, String(error));
    console.log("ok");
  `;
  await writeFile(join(project, "program.mjs"), program);
  assert.equal((await node("program.mjs")).trim(), "ok");
});

test("a CommonJS program", async () => {
  const program = `
    const Lightcone = require("${PACKAGE.name}");
    new Lightcone({ maxRetries: 0 }).agent.tasks.pause("t").catch((error) => console.log(error instanceof Lightcone.APIConnectionError));
  `;
  await writeFile(join(project, "program.cjs"), program);
  assert.equal((await node("program.cjs")).trim(), "true");
});

test("publint has nothing to say", async () => {
  const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, level: "suggestion" });
  assert.deepEqual(messages, []);
});

test("types are of what is loaded, for CommonJS, ES modules, bundlers and older resolutions", async () => {
  const { problems, entrypoints, types } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  assert.ok(types);
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.keys(entrypoints).sort(), Object.keys(PACKAGE.exports).sort());
});

test("a missing or broken native module is one clear error", async () => {
  const name = await platformPackage();
  const file = installed(name, `lightcone.${name.slice(`${PACKAGE.name}-`.length)}.node`);
  const kept = join(project, "kept.node");
  const importing = () => node("-e", `require("${PACKAGE.name}")`);
  const says = (...texts) => (error) => texts.every((text) => error.message.includes(text));
  const platform = `${process.platform}-${process.arch}`;
  await rename(file, kept);
  try {
    await assert.rejects(importing, says("LightconeError", platform, process.version, name, "optional", "npm run build"));
    await writeFile(file, "not a module");
    await assert.rejects(importing, says("LightconeError", platform, "does not load"));
  } finally {
    await copyFile(kept, file);
  }
});
