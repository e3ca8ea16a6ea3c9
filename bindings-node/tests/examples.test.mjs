// The example for node:test, as a person runs it.

import { execFile } from "node:child_process";
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

test("examples/node-test", async () => {
  const cwd = fileURLToPath(new URL("../../examples/node-test", import.meta.url));
  // Else Node.js takes it for a part of this run.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ["--test", "--test-reporter=tap"], { cwd, env, timeout: 60_000 });
  assert.match(stdout, /^# pass 5$/m);
  assert.match(stdout, /^# fail 0$/m);
});
