// undici's `request` with eventsource-parser, as one would who cares for speed.
import { createParser } from "eventsource-parser";
import { Agent, request } from "undici";

const headers = { authorization: "Bearer sk_bench", "content-type": "application/json" };

export class Client {
  constructor(url) {
    this.url = url;
    this.dispatcher = new Agent();
  }
  async *events(instruction) {
    const options = { method: "POST", headers, body: JSON.stringify({ instruction }), dispatcher: this.dispatcher };
    const { statusCode, body } = await request(`${this.url}/agent/tasks/stream`, options);
    if (statusCode !== 200) throw new Error(`${statusCode}: ${await body.text()}`);
    let ready = [];
    const parser = createParser({ onEvent: (event) => ready.push(JSON.parse(event.data)) });
    const decoder = new TextDecoder();
    for await (const piece of body) {
      parser.feed(decoder.decode(piece, { stream: true }));
      yield* ready;
      ready = [];
    }
  }
  async status() {
    const { statusCode, body } = await request(`${this.url}/agent/tasks/task_bench`, { headers, dispatcher: this.dispatcher });
    if (statusCode !== 200) throw new Error(`${statusCode}: ${await body.text()}`);
    return body.json();
  }
}
