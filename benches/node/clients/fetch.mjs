// Node's own fetch with eventsource-parser's stream.
import { EventSourceParserStream } from "eventsource-parser/stream";

const headers = { authorization: "Bearer sk_bench", "content-type": "application/json" };

export class Client {
  constructor(url) {
    this.url = url;
  }
  async *events(instruction) {
    const answer = await fetch(`${this.url}/agent/tasks/stream`, { method: "POST", headers, body: JSON.stringify({ instruction }) });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    for await (const event of answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())) {
      yield JSON.parse(event.data);
    }
  }
  async status() {
    const answer = await fetch(`${this.url}/agent/tasks/task_bench`, { headers });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return answer.json();
  }
}
