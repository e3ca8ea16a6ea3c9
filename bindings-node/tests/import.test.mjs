// What importing the package loads: a budget that does not depend on how fast a machine is.

import assert from "node:assert/strict";
import { test } from "node:test";

import { run } from "./support/program.mjs";

// Each file costs every program that imports us some time.
const FILES = 40;

const PROGRAM = `
  import { createRequire } from "node:module";
  const before = new Set(process.moduleLoadList);
  await import("@tzafon/lightcone");
  const builtin = process.moduleLoadList.filter((name) => !before.has(name));
  console.log(JSON.stringify({ builtin, files: Object.keys(createRequire(import.meta.url).cache) }));
`;

test("importing keeps to its budget", async () => {
  const { code, output } = await run(PROGRAM, "http://127.0.0.1:1");
  assert.equal(code, 0, output);
  const { builtin, files } = JSON.parse(output);
  assert.ok(files.length > 0 && files.length <= FILES, `${files.length} files: ${files.join(" ")}`);
  // Of Node's own, what is large is loaded when a program asks for what needs it, if at all.
  const unwanted = /\b(http|https|http2|tls|net|undici|child_process|process\/report)$/;
  assert.deepEqual(builtin.filter((name) => unwanted.test(name)), []);
});
