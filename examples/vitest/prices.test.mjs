import { afterEach, beforeEach, expect, test } from "vitest";
import { InternalServerError, StreamInterruptedError } from "@tzafon/lightcone";
import { LocalServer } from "@tzafon/lightcone/local";
import { NoPrice, priceOf } from "./prices.mjs";

let server;
beforeEach(async () => {
  server = await LocalServer.start();
  server.script(/^Find the price of /, {
    events: [{ type: "progress_update", message: "looking" }],
    steps: [{ wait_ms: 20 }, { finish: "12.50 EUR" }],
  });
});
afterEach(() => server.close());

test("a price", async () => {
  const said = [];
  expect(await priceOf(server.client(), "a lamp", (text) => said.push(text))).toBe(12.5);
  expect(said).toEqual(["looking"]);
});

test("no price", async () => {
  server.script("Find the price of a moon", { steps: [{ fail: { error_code: "not_found", result: "no moon for sale" } }] });
  await expect(priceOf(server.client(), "a moon")).rejects.toThrow(new NoPrice("no moon for sale"));
});

test("a busy service is asked again", async () => {
  server.failNext("startStream", { status: 503, times: 2, headers: { "retry-after": "0" } });
  expect(await priceOf(server.client(), "a lamp")).toBe(12.5);
});

test("a broken service", async () => {
  server.failNext("startStream", { status: 500, headers: { "x-should-retry": "false" } });
  await expect(priceOf(server.client(), "a lamp")).rejects.toThrow(InternalServerError);
});

test("a connection that breaks", async () => {
  server.dropNext("startStream", { afterEvents: 1 });
  await expect(priceOf(server.client({ maxRetries: 0 }), "a lamp")).rejects.toThrow(StreamInterruptedError);
});
