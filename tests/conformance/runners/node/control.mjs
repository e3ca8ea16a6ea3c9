/** The fault server, as a runner talks to it. */

import { setMaxListeners } from "node:events";

setMaxListeners(0);

export class Control {
  #url;

  constructor(url) {
    this.#url = url;
  }

  /** One run on the fault server; `only` is the one topic to be run, if not all. */
  static async start(runner, cannot, only) {
    const server = new Control(process.env.LIGHTCONE_CONFORMANCE);
    const { run } = await server.post("/runs", { runner, cannot, only });
    return new Control(`${process.env.LIGHTCONE_CONFORMANCE}/runs/${run}`);
  }

  async post(path, body) {
    // Lone surrogates have no place in JSON that others read.
    const text = JSON.stringify(body, (_, value) => (typeof value === "string" ? value.toWellFormed() : value));
    const answer = await fetch(this.#url + path, { method: "POST", body: text, headers: { "content-type": "application/json" } });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return answer.json();
  }

  /** Hands in a case, and gets the next. */
  next(done, observed) {
    return this.post("/next", { case: done, observed });
  }

  reach(of, place) {
    return this.post(`/cases/${of}/reach/${place}`, {});
  }

  /** Waits until the server has reached that place. */
  until(of, place) {
    return this.post(`/cases/${of}/until/${place}`, {});
  }
}
