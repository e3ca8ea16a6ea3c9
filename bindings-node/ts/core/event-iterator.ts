import { excerpt, headersOf, type Head } from "./head.js";
import { APIError } from "./error-base.js";
import { fromNative } from "./error-record.js";
import { StreamIterator } from "./iterator.js";
import type { Position } from "./streaming.js";

/** The most events that cross from the core at once. */
const MOST = 256;

/** Events that crossed together, as `batch.rs` writes them. */
interface Batch {
  ids: (string | null)[];
  names: (string | null)[];
  /** The place of the first event after which a task has ended. */
  terminal?: number;
  /** The decoded data, if all of it was JSON. */
  values?: unknown[];
  /** The data as it came, if not. */
  texts?: string[];
}

/** Where events come from. */
export interface EventSource {
  /** At least one event and at most `max`, as texts of JSON; no text at the end. */
  nextBatch(max: number): string[] | Promise<string[]>;
  /** Nobody wants any more. */
  close(): void;
}

const EMPTY: Batch = { ids: [], names: [] };

/**
 * The events of one answer. Aborting the controller closes the connection and ends the
 * iteration without an error; leaving the iteration early aborts the controller.
 */
export class EventIterator<Item> extends StreamIterator<Item> implements Position<Item> {
  lastEventId: string | null = null;
  eventName: string | null = null;
  terminalEvent: Item | null = null;

  #batch = EMPTY;
  /** Of the next event in the batch. */
  #place = 0;
  /** Texts of the batches after this one. */
  #texts: string[] = [];
  #ended = false;
  /** Calls of `next` that wait for the core, and the end of the last one. */
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** Not to be seen by whoever prints this: its address may have secrets in its query. */
  readonly #head: Pick<Head, "headers">;
  readonly #source: EventSource;
  readonly #controller: AbortController;
  readonly #atEnd: () => void;

  /** `atEnd` is called when there is nothing more to come. */
  constructor(source: EventSource, head: Pick<Head, "headers">, controller: AbortController, atEnd: () => void) {
    super();
    this.#source = source;
    this.#head = head;
    this.#controller = controller;
    this.#atEnd = atEnd;
    controller.signal.addEventListener("abort", () => this.#end(), { once: true });
    if (controller.signal.aborted) this.#end();
  }

  /** Calls at the same time take turns. */
  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#waiting === 0 && this.#place < this.#batch.ids.length) {
      // Without a wait as long as the batch lasts: this is what makes batches fast.
      try {
        return Promise.resolve(this.#deliver());
      } catch (error) {
        this.#end();
        return Promise.reject(error);
      }
    }
    this.#waiting += 1;
    const drawn = this.#turn.then(() => this.#draw()).finally(() => (this.#waiting -= 1));
    this.#turn = drawn.catch(() => {});
    return drawn;
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    if (!this.#ended) this.#controller.abort();
    return { done: true, value: undefined };
  }

  async #draw(): Promise<IteratorResult<Item, undefined>> {
    try {
      while (!this.#ended) {
        if (this.#place < this.#batch.ids.length) return this.#deliver();
        const text = this.#texts.shift();
        if (text !== undefined) {
          this.#batch = JSON.parse(text) as Batch;
          this.#place = 0;
          continue;
        }
        this.#texts = await this.#source.nextBatch(MOST);
        if (this.#texts.length === 0) this.#end();
      }
    } catch (error) {
      // Whoever ended the iteration does not want to hear that the stream was closed.
      if (!this.#ended) {
        this.#end();
        throw fromNative(error);
      }
    }
    return { done: true, value: undefined };
  }

  /** The next event of the batch. */
  #deliver(): IteratorResult<Item, undefined> {
    const { ids, names, terminal, values, texts } = this.#batch;
    const place = this.#place++;
    const value = (values ? values[place] : this.#parse(texts?.[place] ?? "")) as Item;
    this.lastEventId = ids[place] ?? null;
    this.eventName = names[place] ?? null;
    if (place === terminal) this.terminalEvent ??= value;
    return { done: false, value };
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      const message = `The server sent an event that is not JSON: ${excerpt(text)}`;
      throw new APIError(undefined, undefined, message, headersOf(this.#head), { cause });
    }
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#batch = EMPTY;
    this.#place = 0;
    this.#texts = [];
    this.#source.close();
    this.#atEnd();
  }
}
