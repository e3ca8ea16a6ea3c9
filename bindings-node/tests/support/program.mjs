// Programs in a process of their own, for what only the end of a process or its memory shows.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

/** Where the package is found by its name. */
const HERE = fileURLToPath(new URL("..", import.meta.url));

/** How often tests go round that can go on for long: ten times as often by `make soak`. */
export const rounds = (count) => (process.env.LIGHTCONE_SOAK ? 10 * count : count);

/** How a program begins that calls the server. */
export const CLIENT = `
  import Lightcone from "@tzafon/lightcone";
  const client = new Lightcone({ maxRetries: 0 });
  const { tasks } = client.agent;
  const start = { instruction: "go" };
`;

/** Those that run; a test that fails does not wait for its own. */
const running = new Set();
after(() => running.forEach((child) => child.kill("SIGKILL")));

/**
 * Runs a module; gives how it ended and what it printed. A rejection that nobody handles ends it.
 * `onOutput` is told all that was printed so far. The environment's key and address are of the
 * server at `url`.
 */
export async function run(program, url, onOutput) {
  const flags = ["--expose-gc", "--unhandled-rejections=strict", "--input-type=module"];
  const env = { ...process.env, TZAFON_API_KEY: "sk_test", LIGHTCONE_BASE_URL: url };
  const child = spawn(process.execPath, [...flags, "-e", program], { cwd: HERE, env });
  running.add(child);
  let output = "";
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on("data", (text) => {
      output += text;
      onOutput?.(output, child);
    });
  }
  const [code, signal] = await once(child, "close");
  running.delete(child);
  return { code, signal, output };
}

/** How a program ends that has nothing to complain of. */
export const well = (output) => ({ code: 0, signal: null, output });
