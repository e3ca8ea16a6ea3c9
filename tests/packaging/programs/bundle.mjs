// Bundles a program in one way: `node bundle.mjs WAY PROGRAM FOLDER`. The bundle is FOLDER/program.mjs or program.cjs.

import { readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const [way, program, folder] = process.argv.slice(2);

const WAYS = {
  // What docs/typescript.md says: the package stays outside, and is installed where the bundle runs.
  "esbuild, outside": () => byEsbuild({ format: "esm", external: ["@tzafon/lightcone"], outExtension: { ".js": ".mjs" } }),
  // All in one folder: the native module is copied beside the bundle.
  "esbuild, inside": () => byEsbuild({ format: "cjs", loader: { ".node": "copy" }, outExtension: { ".js": ".cjs" } }),
  "esbuild, inside an ES module": () =>
    byEsbuild({
      format: "esm",
      loader: { ".node": "copy" },
      outExtension: { ".js": ".mjs" },
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    }),
  "webpack, outside": () => byWebpack({ externals: /^@tzafon\/lightcone(\/|$)/, externalsType: "commonjs" }),
  "webpack, inside": () => byWebpack({ module: { rules: [{ test: /\.node$/, loader: "node-loader" }] } }),
};

async function byEsbuild(options) {
  const { build } = await import("esbuild");
  await build({ entryPoints: { program }, bundle: true, platform: "node", outdir: folder, logLevel: "error", ...options });
}

async function byWebpack(options) {
  const { default: webpack } = await import("webpack");
  const config = { target: "node20", mode: "production", entry: resolve(program), output: { path: resolve(folder), filename: "program.cjs" }, ...options };
  const stats = await new Promise((done, fail) => webpack(config, (error, stats) => (error ? fail(error) : done(stats))));
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
}

await WAYS[way]();
console.log(readdirSync(folder).filter((name) => name.startsWith("program.")).map((name) => join(dirname(resolve(folder, name)), name))[0]);
