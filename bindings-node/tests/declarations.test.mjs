// The package's manifest and declarations, as the tools that packages are judged by see them.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

let folder;
let tarball;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "lightcone-declarations-"));
  const { stdout } = await promisify(execFile)("npm", ["pack", "--json", "--pack-destination", folder], { cwd: ROOT, shell: process.platform === "win32" });
  tarball = await readFile(join(folder, JSON.parse(stdout)[0].filename));
});
after(() => rm(folder, { recursive: true }));

test("publint has nothing to say", async () => {
  const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, level: "suggestion" });
  assert.deepEqual(messages, []);
});

test("types are what is loaded, for CommonJS, ES modules, bundlers and older resolutions", async () => {
  const { problems, entrypoints, types } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  assert.ok(types);
  assert.deepEqual(problems, []);
  const { exports } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  assert.deepEqual(Object.keys(entrypoints).sort(), Object.keys(exports).sort());
});
