// Programs of types/ are compiled as strictly as can be, by the oldest compiler that the package
// is for and by the newest, with every resolution of modules there is.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const require = createRequire(import.meta.url);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAMS = fileURLToPath(new URL("types/", import.meta.url));
const NAME = "@tzafon/lightcone";

const OLDEST = "typescript-5.0";
const NEWEST = "typescript";

/** Runs a compiler in the folder; an error with all that it says if there is something to say. */
async function compile(typescript, ...args) {
  const tsc = join(dirname(require.resolve(`${typescript}/package.json`)), "bin/tsc");
  try {
    await promisify(execFile)(process.execPath, [tsc, ...args], { cwd: project, maxBuffer: 1 << 24 });
  } catch (error) {
    throw new Error(`${typescript} ${args.join(" ")}\n${error.stdout}${error.stderr}`);
  }
}

let project;
before(async () => {
  project = await mkdtemp(join(tmpdir(), "lightcone-types-"));
  // What an installation has of the package, as far as compilers look at it.
  const installed = join(project, "node_modules", NAME);
  await mkdir(installed, { recursive: true });
  await copyFile(join(ROOT, "package.json"), join(installed, "package.json"));
  const isDeclared = (path) => !/\.(node|js|mjs|map)$/.test(path);
  await cp(join(ROOT, "bindings-node/dist"), join(installed, "bindings-node/dist"), { recursive: true, filter: isDeclared });
  for (const program of await readdir(PROGRAMS)) {
    // By its ending a file is an ES module, a CommonJS one, or what the resolution says.
    for (const ending of ["ts", "mts", "cts"]) await copyFile(join(PROGRAMS, program), join(project, program.replace(/ts$/, ending)));
  }
});
after(() => rm(project, { recursive: true, force: true }));

const STRICT = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noImplicitOverride", "--target", "es2022"];
const OUR_DECLARATIONS_TOO = ["--skipLibCheck", "false"];
const DOM = ["--lib", "es2022,dom,dom.iterable", "--typeRoots", "./none"];
const NODE = ["--lib", "es2022", "--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")];
const NEITHER = ["--lib", "es2022", "--typeRoots", "./none"];
const BUNDLER = ["--module", "esnext", "--moduleResolution", "bundler"];

const as = (ending, ...programs) => programs.map((program) => `${program}.${ending}`);
const whole = (ending) => as(ending, "program", "events", "refused");

const CASES = [
  [OLDEST, "modules of both kinds, with the DOM", [...whole("mts"), ...whole("cts"), "--module", "nodenext", ...DOM, ...OUR_DECLARATIONS_TOO]],
  [OLDEST, "modules of both kinds, with Node's types", [...whole("mts"), ...whole("cts"), "--module", "node16", ...NODE, "--skipLibCheck"]],
  [OLDEST, "for a bundler", [...whole("ts"), ...BUNDLER, ...DOM, ...OUR_DECLARATIONS_TOO]],
  [OLDEST, "a resolution that knows no exports map", [...whole("ts"), "--module", "commonjs", "--moduleResolution", "node10", "--esModuleInterop", ...DOM, ...OUR_DECLARATIONS_TOO]],
  [OLDEST, "neither the DOM nor Node's types", [...as("mts", "bare"), "--module", "nodenext", ...NEITHER, ...OUR_DECLARATIONS_TOO]],
  [NEWEST, "modules of both kinds, with the DOM", [...whole("mts"), ...whole("cts"), "--module", "nodenext", ...DOM, ...OUR_DECLARATIONS_TOO]],
  [NEWEST, "modules of both kinds, with Node's types", [...whole("mts"), ...whole("cts"), "--module", "node16", ...NODE, ...OUR_DECLARATIONS_TOO]],
  [NEWEST, "for a bundler", [...whole("ts"), ...BUNDLER, ...DOM, ...OUR_DECLARATIONS_TOO]],
  [NEWEST, "neither the DOM nor Node's types", [...as("mts", "bare"), "--module", "nodenext", ...NEITHER, ...OUR_DECLARATIONS_TOO]],
  [NEWEST, "`await using`", [...as("mts", "disposal"), ...as("cts", "disposal"), "--module", "nodenext", "--lib", "es2022,dom,esnext.disposable", "--typeRoots", "./none", ...OUR_DECLARATIONS_TOO]],
];

for (const [typescript, name, options] of CASES) {
  test(`${typescript}: ${name}`, () => compile(typescript, ...STRICT, ...options));
}

test("every program is compiled by both, but for what the oldest has no syntax for", async () => {
  const compiled = (typescript) => new Set(CASES.filter(([by]) => by === typescript).flatMap(([, , options]) => options.filter((option) => /^\w+\.[mc]?ts$/.test(option)).map((file) => file.replace(/\.[mc]?ts$/, ""))));
  const programs = (await readdir(PROGRAMS)).map((file) => file.replace(/\.ts$/, "")).sort();
  assert.deepEqual([...compiled(NEWEST)].sort(), programs);
  assert.deepEqual([...compiled(OLDEST)].sort(), programs.filter((program) => program !== "disposal"));
});
