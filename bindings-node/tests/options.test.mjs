// How a client is made (contract, section 7).

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import Lightcone, { LightconeError } from "@tzafon/lightcone";
import { json, serve } from "./support/server.mjs";

const NAMES = ["TZAFON_API_KEY", "LIGHTCONE_BASE_URL"];
const kept = NAMES.map((name) => process.env[name]);
beforeEach(() => NAMES.forEach((name) => delete process.env[name]));
after(() => NAMES.forEach((name, place) => kept[place] === undefined || (process.env[name] = kept[place])));

const refused = (options) => {
  try {
    new Lightcone(options);
  } catch (error) {
    assert.ok(error instanceof LightconeError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: `accepted: ${JSON.stringify(options)}` });
};

test("without a key", () => {
  for (const options of [undefined, {}, { apiKey: null }, { apiKey: "" }, { apiKey: "  " }]) {
    assert.match(refused(options), /apiKey.*TZAFON_API_KEY/);
  }
  process.env.TZAFON_API_KEY = " \n";
  assert.match(refused(), /apiKey.*TZAFON_API_KEY/);
});

test("from the environment, trimmed", async (t) => {
  const server = await serve(t, (_, response) => json(response, {}));
  process.env.TZAFON_API_KEY = " sk_env\n";
  process.env.LIGHTCONE_BASE_URL = ` ${server.url}/env `;
  await new Lightcone().agent.tasks.pause("t");
  await new Lightcone({ apiKey: "sk_own", baseURL: server.url }).agent.tasks.pause("t");
  assert.deepEqual(
    server.requests.map(({ path, headers }) => [path, headers.authorization]),
    [
      ["/env/agent/tasks/t/pause", "Bearer sk_env"],
      ["/agent/tasks/t/pause", "Bearer sk_own"],
    ],
  );
});

test("what a client works with can be read, and not changed", () => {
  const logger = { ...console };
  const client = new Lightcone({ apiKey: " sk_own ", baseURL: "http://h/v1", timeout: { read: 5 }, maxRetries: 0, logLevel: "error", logger });
  const shown = ({ apiKey, baseURL, timeout, maxRetries, logLevel, logger }) => ({ apiKey, baseURL, timeout, maxRetries, logLevel, logger });
  assert.deepEqual(shown(client), { apiKey: "sk_own", baseURL: "http://h/v1", timeout: { read: 5 }, maxRetries: 0, logLevel: "error", logger });
  const other = client.withOptions({ timeout: null, maxRetries: 5 });
  assert.deepEqual(shown(other), { ...shown(client), timeout: null, maxRetries: 5 });
  const plain = new Lightcone({ apiKey: "k" });
  assert.deepEqual([plain.baseURL, plain.timeout, plain.maxRetries, plain.logLevel, plain.logger], ["https://api.tzafon.ai", Lightcone.DEFAULT_TIMEOUT, 2, "warn", console]);
  for (const name of ["apiKey", "baseURL", "timeout", "maxRetries", "logLevel", "logger"]) assert.throws(() => (client[name] = "x"), TypeError);
});
