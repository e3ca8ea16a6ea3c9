// How a client is made (contract, section 7).

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import Lightcone, { LightconeError } from "@tzafon/lightcone";
import { json, rejection, serve } from "./support/server.mjs";

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

test("options that cannot be", () => {
  const apiKey = "sk_test";
  for (const [options, text] of [
    [{ fetch: () => {} }, /`fetch`.*`baseURL`/],
    [{ fetchOptions: {} }, /`fetchOptions`.*`defaultHeaders`/],
    [{ timeout: 0 }, /`timeout`.*milliseconds.*0/],
    [{ timeout: NaN }, /`timeout`.*NaN/],
    [{ timeout: Infinity }, /`timeout`.*Infinity/],
    [{ timeout: "5" }, /`timeout`/],
    [{ maxRetries: -1 }, /`maxRetries`.*-1/],
    [{ maxRetries: 2 ** 32 }, /`maxRetries`.*4294967296/],
    [{ maxRetries: 1.5 }, /`maxRetries`.*1\.5/],
    [{ apiKey: 7 }, /`apiKey`.*number/],
    [{ baseURL: "nowhere" }, /nowhere/],
    [{ baseURL: 7 }, /`baseURL`.*number/],
    [{ defaultHeaders: { "x-a": 7 } }, /`x-a`.*number/],
    [{ defaultHeaders: "x" }, /object/],
    [{ defaultQuery: { a: { b: NaN } } }, /`defaultQuery\.a\.b`.*NaN/],
  ]) {
    assert.match(refused({ apiKey, ...options }), text);
  }
});

test("what are no options", () => {
  for (const options of ["sk_test", null, 7]) assert.match(refused(options), /object/);
});

test("options of a call that cannot be", async (t) => {
  const server = await serve(t, (_, response) => json(response, {}));
  const { tasks } = server.client().agent;
  for (const [options, text] of [
    [{ fetchOptions: {} }, /`fetchOptions`.*`signal`/],
    [{ timeout: -1 }, /`timeout`.*-1/],
    [{ maxRetries: NaN }, /`maxRetries`.*NaN/],
    [{ headers: { "x y": "z" } }, /x y/],
    [{ idempotencyKey: 7 }, /`idempotencyKey`.*number/],
    [{ signal: {} }, /`signal`/],
    [{ signal: "stop" }, /`signal`/],
    ["later", /object/],
  ]) {
    for (const call of [() => tasks.start({ instruction: "go" }, options), () => tasks.startStream({ instruction: "go" }, options)]) {
      const error = await rejection(call());
      assert.ok(error instanceof LightconeError, String(error));
      assert.match(error.message, text);
    }
  }
  assert.equal(server.requests.length, 0);
  await tasks.pause("t", null);
});

test("no key in what a program may print", async (t) => {
  const server = await serve(t, (_, response) => json(response, {}, 401));
  const client = server.client({ apiKey: "sk_secret" });
  const error = await rejection(client.agent.tasks.pause("t"));
  const { inspect } = await import("node:util");
  for (const shown of [client, error, client.agent.tasks]) {
    assert.doesNotMatch(inspect(shown, { depth: 9, showHidden: true }) + JSON.stringify({ ...shown, agent: 0, _client: 0 }), /sk_secret/);
  }
});
