// Promises that nobody waits for: a rejection that nobody handles ends a program (contract, section 8.7).

import assert from "node:assert/strict";
import { test } from "node:test";
import { CLIENT, run, well } from "./support/program.mjs";
import { frame, json, serve, stream } from "./support/server.mjs";

/**
 * Holds calls for ever; streams send one event and wait. `/broken` ones break off after it, and
 * `/refused` calls get a 404.
 */
const holding = (t) =>
  serve(t, (request, response) => {
    if (request.path.startsWith("/refused")) return json(response, {}, 404);
    if (!request.path.endsWith("/stream")) return;
    stream(response);
    response.write(frame(0, { type: "started" }), () => request.path.startsWith("/broken") && response.destroy());
  });

const ABORTED = `
  const controller = new AbortController();
  const { signal } = controller;
  const abort = () => new Promise((resolve) => setTimeout(() => resolve(controller.abort()), 50));
`;

/** What a program drops, and has stopped. */
const aborted = {
  "a call": `tasks.pause("t", { signal }); await abort();`,
  "a call, before it began": `controller.abort(); tasks.pause("t", { signal }); tasks.startStream(start, { signal }).asResponse(); tasks.wait("t", { signal });`,
  "a call, by what it sends": `tasks.start({ instruction: { toJSON: () => controller.abort() } }, { signal });`,
  "a call's answer": `tasks.pause("t", { signal }).asResponse(); await abort();`,
  "a call and its answer": `tasks.pause("t", { signal }).withResponse(); await abort();`,
  "a stream that was to begin": `tasks.events("t", {}, { signal }); await abort();`,
  "a list": `tasks.list({}, { signal }); await abort();`,
  "a wait": `tasks.wait("t", { signal }); await abort();`,
  "a run": `tasks.run(start, { signal, onEvent() {} }); tasks.run(start, { signal }); await abort();`,
  "the next event": `(await tasks.startStream(start, { signal }))[Symbol.asyncIterator]().next(); await abort();`,
  "a stream's result": `(await tasks.startStream(start, { signal })).result(); await abort();`,
};

for (const [what, program] of Object.entries(aborted)) {
  test(`dropped and aborted: ${what}`, { timeout: 60_000 }, async (t) => {
    const server = await holding(t);
    const end = `await new Promise((resolve) => setTimeout(resolve, 100)); console.log("quiet");`;
    assert.deepEqual(await run(`${CLIENT}${ABORTED}${program}${end}`, server.url), well("quiet\n"));
    await Promise.all(server.requests.map((request) => request.closed));
  });
}

/** What a program has begun and leaves alone while the connection breaks, or leaves in the middle. */
const left = {
  "a stream": ``,
  "a stream with one event taken": `await stream[Symbol.asyncIterator]().next();`,
  "the halves of a stream": `stream.tee();`,
  "a half of a stream": `const [one] = stream.tee(); try { for await (const _ of one); } catch {}`,
  "a web stream": `stream.toReadableStream();`,
  "a web stream that is cancelled while it waits": `
    const reader = stream.toReadableStream().getReader();
    await reader.read();
    reader.read();
    await reader.cancel();`,
  "an answer": `await broken.agent.tasks.startStream(start).asResponse();`,
};

for (const [what, program] of Object.entries(left)) {
  test(`left alone: ${what}`, { timeout: 60_000 }, async (t) => {
    const server = await holding(t);
    const whole = `${CLIENT}
      const broken = client.withOptions({ baseURL: process.env.LIGHTCONE_BASE_URL + "/broken" });
      const stream = await broken.agent.tasks.startStream(start);
      ${program}
      for (let round = 0; round < 10; round++) await new Promise((resolve) => setTimeout(resolve, 20, gc()));
      console.log("quiet");
    `;
    assert.deepEqual(await run(whole, server.url), well("quiet\n"));
  });
}

test("what was not aborted is reported, though it was dropped", { timeout: 60_000 }, async (t) => {
  const server = await holding(t);
  const refused = `${CLIENT}
    const refused = client.withOptions({ baseURL: process.env.LIGHTCONE_BASE_URL + "/refused" }).agent.tasks;
    const { signal } = new AbortController();
  `;
  for (const call of [`refused.pause("t", { signal })`, `refused.pause("t", { signal }).asResponse()`, `refused.wait("t", { signal })`, `refused.run(start, { signal })`]) {
    const { code, output } = await run(`${refused}${call}; await new Promise((resolve) => setTimeout(resolve, 2000)); console.log("quiet");`, server.url);
    assert.equal(code, 1, call);
    assert.match(output, /NotFoundError: 404/, call);
  }
});
