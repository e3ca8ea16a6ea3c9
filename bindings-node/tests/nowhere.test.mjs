// Where the native module cannot be loaded: one clear error at import, and what works all the same.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { promisify } from "node:util";
import { createContext, Script } from "node:vm";

const require = createRequire(import.meta.url);
const { imports } = require("../../package.json");
const CONDITIONS = Object.keys(imports["#native"]).filter((condition) => condition !== "default");

/** What a program prints, and whether it failed. */
async function run(...args) {
  const { stdout, stderr, code } = await promisify(execFile)(process.execPath, args).catch((error) => error);
  return { stdout, stderr, failed: code !== undefined };
}

/** The text of the one error that a program ended with. */
async function fatal(...args) {
  const { stderr, failed } = await run(...args);
  assert.ok(failed);
  const errors = stderr.match(/^\w*Error: .*$/gm);
  assert.equal(errors.length, 1, stderr);
  assert.match(errors[0], /^LightconeError: Lightcone cannot run /);
  return errors[0];
}

for (const condition of CONDITIONS) {
  test(`modules that are resolved for ${condition}`, async () => {
    for (const name of ["@tzafon/lightcone", "@tzafon/lightcone/index.js", "@tzafon/lightcone/local"]) {
      const text = await fatal(`--conditions=${condition}`, "--input-type=module", "-e", `import ${JSON.stringify(name)}`);
      assert.match(text, /native module/);
      assert.match(text, /customExportConditions/);
      assert.equal(await fatal(`--conditions=${condition}`, "-e", `require(${JSON.stringify(name)})`), text);
    }
  });
}

test("streams, errors and their classes work in a browser", async () => {
  const program = `
    import { Stream } from "@tzafon/lightcone/streaming.js";
    import { Stream as Same } from "@tzafon/lightcone/core/streaming.js";
    import { APIError, LightconeError } from "@tzafon/lightcone/error.js";
    const stream = Stream.fromReadableStream(new Response('{"type":"completed","result":"done"}\\n').body, new AbortController());
    console.log(await stream.result(), Stream === Same, new APIError(404, { message: "gone" }, undefined, new Headers()).message);
    try {
      Stream.fromSSEResponse(new Response("data: 1\\n\\n"), new AbortController());
    } catch (error) {
      console.log(error instanceof LightconeError, /cannot run/.test(error.message));
    }`;
  const { stdout, stderr } = await run("--conditions=browser", "--input-type=module", "-e", program);
  assert.equal(stdout, "done true 404 gone\ntrue true\n", stderr);
});

test("the error names where it happened, and what to do there", async () => {
  const file = require.resolve("../dist/native-nowhere.js");
  const script = new Script(`(function (exports, require) {${await readFile(file, "utf8")}\n})`);
  const surroundings = [
    [{ document: {}, navigator: { userAgent: "Mozilla/5.0" } }, /in a browser \(Mozilla\/5\.0\):/],
    [{ navigator: { userAgent: "Cloudflare-Workers" } }, /in a worker \(Cloudflare-Workers\):/],
    [{ EdgeRuntime: "vercel", process: { env: {} } }, /in the edge runtime \(vercel\):/],
    [{ navigator: { product: "ReactNative" } }, /in React Native:/],
    [{}, /in a worker:/],
  ];
  for (const [globals, text] of surroundings) {
    const load = script.runInContext(createContext(globals));
    assert.throws(
      () => load({}, (name) => createRequire(file)(name)),
      (error) => error.constructor.name === "LightconeError" && text.test(error.message) && /Use it on a server, in Node\.js 20 .*toReadableStream/.test(error.message),
      String(text),
    );
  }
});

test("a platform that nothing is built for", async () => {
  const text = await fatal("-e", 'Object.defineProperty(process, "platform", { value: "sunos" }); require("@tzafon/lightcone")');
  for (const part of ["sunos", process.arch, process.version, "npm run build"]) assert.ok(text.includes(part), text);
});
