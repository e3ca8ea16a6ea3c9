// What nobody holds any more is collected, and closes: no program has to close a stream (contract, section 8.7).

import assert from "node:assert/strict";
import { test } from "node:test";
import { CLIENT, run } from "./support/program.mjs";
import { frame, serve, stream } from "./support/server.mjs";

/** What a program does with a stream before it lets go of it. */
const uses = {
  "a stream": `() => {}`,
  "a stream with one event taken": `(events) => events[Symbol.asyncIterator]().next()`,
  "the halves of a stream": `(events) => events.tee().map((half) => half[Symbol.asyncIterator]())[0].next()`,
  "a web stream": `(events) => events.toReadableStream()`,
  "a web stream with one line taken": `(events) => events.toReadableStream().getReader().read()`,
};

const opened = Object.entries(uses).map(([what, use]) => [what, `const use = ${use}; await use(await tasks.startStream(start, { signal }));`]);
const answers = {
  "an answer": `await tasks.startStream(start, { signal }).asResponse();`,
  "an answer with some of its body read": `await (await tasks.startStream(start, { signal }).asResponse()).body.getReader().read();`,
  "an answer of another kind": `await tasks.retrieveStatus("t", { signal }).asResponse();`,
};

for (const [what, open] of [...opened, ...Object.entries(answers)]) {
  test(`let go: ${what}`, { timeout: 60_000 }, async (t) => {
    const server = await serve(t, (_, response) => {
      stream(response);
      response.write(frame(0, {}));
    });
    // The signal lives on, as that of a whole program does, and with it what listens to it.
    const program = `${CLIENT}
      import { getEventListeners } from "node:events";
      const { signal } = new AbortController();
      const open = async () => { ${open} };
      await open();
      const collecting = setInterval(() => {
        gc();
        const listeners = getEventListeners(signal, "abort").length;
        if (listeners === 0) console.log("no listener") ?? clearInterval(collecting);
      }, 10);
      setInterval(gc, 10);
    `;
    const { output } = await run(program, server.url, async (_, child) => {
      await server.requests[0].closed;
      child.kill();
    });
    assert.equal(output, "no listener\n");
  });
}
