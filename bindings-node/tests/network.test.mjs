// The way to the server: proxy, certificates, connections. What each does is tested in the
// core; here, that it gets there.

import assert from "node:assert/strict";
import { test } from "node:test";
import Lightcone, { APIConnectionTimeoutError, LightconeError } from "@tzafon/lightcone";
import { json, rejection, serve, until } from "./support/server.mjs";

const noPem = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";

test("a proxy", async (t) => {
  const server = await serve(t, (_, response) => json(response, {}));
  const proxy = server.url.replace("http://", "http://user:pass%20word@");
  await new Lightcone({ apiKey: "k", baseURL: "http://tasks.example/v1", proxy }).agent.tasks.pause("t1");
  assert.equal(server.requests[0].path, "http://tasks.example/v1/agent/tasks/t1/pause");
  assert.equal(server.requests[0].headers["proxy-authorization"], "Basic dXNlcjpwYXNzIHdvcmQ=");
});

test("calls wait for one of the connections", async (t) => {
  let answer;
  const server = await serve(t, (_, response) => (answer = () => json(response, {})));
  const { tasks } = server.client({ limits: { maxConnections: 1, maxIdleConnections: null, idleTimeout: 100 } }).agent;
  const first = tasks.pause("t1");
  await until(() => answer, "the first request");
  const error = await rejection(tasks.pause("t2", { timeout: 50 }));
  assert.ok(error instanceof APIConnectionTimeoutError, String(error));
  assert.match(error.message, /in use for 0\.05 s/);
  answer();
  await first;
});

test("options that cannot be", () => {
  for (const [options, text] of [
    [{ proxy: "socks5://user:s3cret@host" }, /proxy.*socks5/],
    [{ proxy: 7 }, /`proxy`.*number/],
    [{ caBundle: noPem }, /CA bundle is damaged/],
    [{ caBundle: Buffer.from("s3cret") }, /CA bundle has no certificate/],
    [{ caBundle: true }, /`caBundle`.*boolean/],
    [{ clientCertificate: "s3cret" }, /`clientCertificate`.*cert/],
    [{ clientCertificate: { cert: "s3cret" } }, /client certificate has no certificate/],
    [{ clientCertificate: { cert: noPem, key: 5 } }, /`clientCertificate.key`.*number/],
    [{ limits: 5 }, /`limits`.*number/],
    [{ limits: { maxConnections: 0 } }, /max_connections is 0/],
    [{ limits: { maxConnections: 1.5 } }, /`limits.maxConnections`.*1\.5/],
    [{ limits: { maxIdleConnections: -1 } }, /`limits.maxIdleConnections`.*-1/],
    [{ limits: { idleTimeout: NaN } }, /`limits.idleTimeout`.*NaN/],
  ]) {
    const make = () => new Lightcone({ apiKey: "k", ...options });
    assert.throws(make, (error) => error instanceof LightconeError && text.test(error.message) && !/s3cret/.test(error.message), String(text));
  }
});
