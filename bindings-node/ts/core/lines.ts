import { TERMINAL_TYPES } from "../generated/events.js";
import { excerpt } from "./head.js";
import { LightconeError } from "./error-base.js";
import { StreamIterator } from "./iterator.js";
import type { Subject } from "./streaming.js";
import type { WebAbortController, WebReadableStream } from "./web-types.js";

/** The events in lines of JSON, watched for what they tell of their task. */
export class LineIterator<Item> extends StreamIterator<Item> implements Subject {
  taskId: string | null = null;
  computerId: string | null = null;
  terminalEvent: Item | null = null;
  readonly #lines: AsyncGenerator<Item, undefined>;
  #begun = false;
  #ended = false;

  constructor(
    private readonly readable: WebReadableStream,
    private readonly controller: WebAbortController,
  ) {
    super();
    this.#lines = lines(readable, controller);
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    this.#begun = true;
    const result = await this.#lines.next();
    if (result.done) this.#ended = true;
    else this.#watch(result.value);
    return result;
  }

  /** While a line is waited for too: aborting ends the wait. */
  async return(): Promise<IteratorResult<Item, undefined>> {
    if (!this.#ended) this.controller.abort();
    // What nobody reads yet does not hear of that.
    if (!this.#begun) await this.readable.cancel();
    return this.#lines.return(undefined);
  }

  #watch(event: Item): void {
    const { type, task_id: task, computer_id: computer } = Object(event) as Record<string, unknown>;
    if (typeof task === "string") this.taskId ??= task;
    if (typeof computer === "string") this.computerId ??= computer;
    if (typeof type === "string" && TERMINAL_TYPES.has(type)) this.terminalEvent ??= event;
  }
}

/**
 * The values of newline-delimited JSON. Aborting the controller ends the iteration; leaving
 * the iteration early aborts the controller. Either way the reading is cancelled.
 */
async function* lines<Item>(readable: WebReadableStream, controller: WebAbortController): AsyncGenerator<Item, undefined> {
  const reader = readable.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  controller.signal.addEventListener("abort", cancel, { once: true });
  if (controller.signal.aborted) cancel();
  const decoder = new TextDecoder();
  let rest = "";
  let done = false;
  try {
    while (!done) {
      const read = await reader.read();
      done = read.done;
      const text = typeof read.value === "string" ? read.value : decoder.decode(read.value, { stream: !done });
      // Only what is new is searched, so that a long line costs no more than its length.
      const whole = text.split("\n");
      whole[0] = rest + whole[0];
      rest = done ? "" : (whole.pop() ?? "");
      for (const line of whole) {
        if (controller.signal.aborted) return;
        if (line.trim()) yield parse<Item>(line);
      }
    }
  } finally {
    controller.signal.removeEventListener("abort", cancel);
    if (!done) {
      cancel();
      controller.abort();
    }
  }
}

function parse<Item>(line: string): Item {
  try {
    return JSON.parse(line) as Item;
  } catch (cause) {
    throw new LightconeError(`A line of the stream is not JSON: ${excerpt(line)}`, { cause });
  }
}
