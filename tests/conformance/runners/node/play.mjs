/** Does with the TypeScript client what the fault server says, and hands in what came of it. */

import { Control } from "./control.mjs";
import * as words from "./words.mjs";

const AT_ONCE = 16;

/** Plays one case. */
class Player {
  #control;
  #case;
  #Lightcone;
  #client;
  #stream;
  #iterator;

  constructor(control, told, Lightcone) {
    this.#control = control;
    this.#case = told.case;
    this.#Lightcone = Lightcone;
  }

  async play(told) {
    try {
      this.#client = words.client(this.#Lightcone, told.client);
    } catch (error) {
      return told.steps.map(() => words.error(this.#Lightcone, error));
    }
    const observed = [];
    let task;
    for (const step of told.steps) {
      const outcome = await this.#outcome(step.id === "@task" ? { ...step, id: task } : step);
      task = outcome.result?.task_id ?? outcome.stream?.task_id ?? task;
      observed.push(outcome);
    }
    this.#stream?.controller.abort();
    return observed;
  }

  async #outcome(step) {
    const controller = new AbortController();
    if (step.cancel_at) this.#control.until(this.#case, step.cancel_at).then(() => this.#cancel(step, controller));
    try {
      return await this.#step(step, controller.signal);
    } catch (error) {
      return words.error(this.#Lightcone, error);
    }
  }

  /** A reading is given up by its stream's controller, a call by its signal. */
  #cancel(step, controller) {
    if ("read" in step) this.#stream.controller.abort();
    else controller.abort();
  }

  async #step(step, signal) {
    if (step.mark) await this.#control.reach(this.#case, step.mark);
    else if (step.until) await this.#control.until(this.#case, step.until);
    else if (step.at_once) {
      const { at_once: count, ...one } = step;
      return { each: await Promise.all(Array.from({ length: count }, () => this.#outcome(one))) };
    } else if (step.call || step.request) {
      const promise = words.call(this.#client, step, signal);
      if (step.raw) return await words.raw(await promise.asResponse());
      const value = await promise;
      if (step.pages) {
        const tasks = [];
        for await (const task of value) tasks.push(task);
        return { result: tasks };
      }
      if (!value?.controller) return { result: value };
      this.#stream = value;
      this.#iterator = undefined;
      return { stream: words.position(value) };
    } else if ("read" in step) return this.#read(step);
    else if (step.result) return { result: await this.#stream.result(), stream: words.position(this.#stream) };
    else if (step.close) this.#stream.controller.abort();
    else if (step.close_client) await this.#client.close();
    else if (step.drop) {
      await this.#iterator?.return?.();
      this.#stream = this.#iterator = undefined;
    }
    return {};
  }

  async #read(step) {
    const outcome = { events: [], ended: false };
    try {
      this.#iterator ??= this.#stream[Symbol.asyncIterator]();
      while (step.read === "all" || outcome.events.length < step.read) {
        const { done, value } = await this.#iterator.next();
        if (done) {
          outcome.ended = true;
          break;
        }
        outcome.events.push(value);
      }
    } catch (error) {
      Object.assign(outcome, words.error(this.#Lightcone, error));
    }
    // An aborted stream ends like any other; that it was given up is for whoever aborted it to know.
    if (step.cancel_at) outcome.cancelled = outcome.ended;
    return { ...outcome, stream: words.position(this.#stream) };
  }
}

/** Runs the cases; `only` is the one topic to be run, if not all. */
export async function run(Lightcone, runner, only) {
  const control = await Control.start(runner, CANNOT, only);
  const work = async () => {
    let told = await control.next(null, []);
    while (told.case !== null) told = await control.next(told.case, await new Player(control, told, Lightcone).play(told));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

const CANNOT = {
  raw_details: "the web's Response has no place for the version of HTTP, for how long it took and how often it was sent again",
  closed_stream: "a stream that was aborted ends without an error, as in the client that programs come from",
  pem_file: "a certificate is given as text or bytes",
};
