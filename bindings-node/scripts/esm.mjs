// Writes an ES module beside each CommonJS module that programs may import. It only passes
// the names on, so that a program which reaches the package in both ways has every class once.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = new URL("../../", import.meta.url);
const require = createRequire(root);
const { exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));

/** The files that the package's exports name under that condition. */
const files = (condition) => new Set(Object.values(exports).flatMap((entry) => entry[condition]?.default ?? []));

for (const file of files("import")) {
  const module = fileURLToPath(new URL(file, root));
  const commonjs = module.replace(/\.mjs$/, ".js");
  const from = JSON.stringify(`./${basename(commonjs)}`);
  // What Node itself finds in the CommonJS module, but for what stands for all of it.
  const names = Object.keys(await import(pathToFileURL(commonjs))).filter((name) => !["default", "module.exports", "__esModule"].includes(name));
  const byDefault = require(commonjs).default ? `export { Lightcone as default } from ${from};\n` : "";
  writeFileSync(module, `export { ${names.join(", ")} } from ${from};\n${byDefault}`);
  writeFileSync(module.replace(/\.mjs$/, ".d.mts"), `export * from ${from};\n${byDefault}`);
}
