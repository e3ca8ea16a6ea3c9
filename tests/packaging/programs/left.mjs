// A browser that leaves in the middle: does the server let go of its connection to the service? `node left.mjs PROGRAM`.
// The service is one that tells a single event and then nothing.

import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { pathToFileURL } from "node:url";

const service = createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write('id: 0\ndata: {"type":"started","task_id":"t"}\n\n');
  response.once("close", () => {
    console.log("the service was left");
    process.exit();
  });
});
service.listen(0, "127.0.0.1");
await once(service, "listening");
process.env.LIGHTCONE_BASE_URL = `http://127.0.0.1:${service.address().port}`;
process.env.TZAFON_API_KEY = "sk_test";
await import(pathToFileURL(process.argv[2]));

/** A connection to the program, once it listens. */
async function connected() {
  for (;;) {
    const socket = connect(Number(process.env.PORT), "127.0.0.1");
    if (await new Promise((resolve) => socket.once("connect", () => resolve(true)).once("error", () => resolve(false)))) return socket;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const browser = await connected();
browser.write("GET /?q=Find HTTP/1.1\r\nhost: localhost\r\n\r\n");
for await (const chunk of browser) if (String(chunk).includes("started")) break;
