// Builds the native module into dist/native, and writes the types of what it exports:
// `node native.mjs [--release] [--target TRIPLE] [--zig]`. Without a target it is for this machine. With zig as compiler and
// linker, which cargo-zigbuild brings in, it can be for another Linux, and a target may say for which glibc:
// `x86_64-unknown-linux-gnu.2.17`.
//
// napi's own command does the same, but names a target to cargo always. Cargo then compiles every dependency
// once more, apart from what the Rust tests and the Python module share.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generateTypeDef, parseTriple } from "@napi-rs/cli";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CRATE = "lightcone-node";
const { release, target, zig } = parseArgs({ options: { release: { type: "boolean" }, target: { type: "string" }, zig: { type: "boolean" } } }).values;

const said = (command, ...args) => execFileSync(command, args, { cwd: ROOT, encoding: "utf8" });
const triple = target?.replace(/\.\d.*$/, "") ?? /^host: (\S+)$/m.exec(said("rustc", "-vV"))[1];
const { target_directory } = JSON.parse(said("cargo", "metadata", "--no-deps", "--format-version=1"));

// Each `#[napi]` leaves its types here when it is compiled; beside what was compiled, so that one does not go without the other.
const typeDefDir = join(target_directory, "napi-types", target ?? "host", release ? "release" : "debug");
mkdirSync(typeDefDir, { recursive: true });

const options = ["--package", CRATE, "--message-format=json-render-diagnostics", ...(release ? ["--release"] : []), ...(target ? ["--target", target] : [])];
// A library that Node.js loads shares musl with it.
const RUSTFLAGS = triple.endsWith("musl") ? { RUSTFLAGS: "-C target-feature=-crt-static" } : {};
const cargo = spawn("cargo", [zig ? "zigbuild" : "build", ...options], {
  cwd: ROOT,
  env: { ...process.env, ...RUSTFLAGS, NAPI_TYPE_DEF_TMP_FOLDER: typeDefDir },
  stdio: ["ignore", "pipe", "inherit"],
});
const closed = once(cargo, "close");
let library;
for await (const line of createInterface({ input: cargo.stdout })) {
  const message = JSON.parse(line);
  if (message.reason === "compiler-artifact" && message.target.kind.includes("cdylib")) library = message.filenames.find((name) => /\.(so|dylib|dll)$/.test(name));
}
const [code] = await closed;
if (code !== 0) process.exit(code ?? 1);

const output = join(ROOT, "bindings-node/dist/native", `lightcone.${parseTriple(triple).platformArchABI}.node`);
mkdirSync(join(output, ".."), { recursive: true });
// A process that has the old one loaded keeps it.
rmSync(output, { force: true });
copyFileSync(library, output);

const { dts } = await generateTypeDef({ typeDefDir, cwd: ROOT });
if (!dts) throw new Error(`${typeDefDir} has no types: run \`cargo clean -p ${CRATE}\`, so that they are written again`);
writeFileSync(join(ROOT, "bindings-node/ts/native/binding.d.ts"), dts);
