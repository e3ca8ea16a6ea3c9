import type { Batch } from "#native";
import { excerpt, headersOf, type Head } from "./head.js";
import { APIError } from "./error-base.js";
import { fromNative } from "./error-record.js";
import { StreamIterator } from "./iterator.js";
import type { Position } from "./streaming.js";

/** The most events that cross from the core at once. */
const MOST = 256;

/** Between two events in one text. */
const BETWEEN = "\r";

/** Where events come from. */
export interface EventSource {
  /** At least one event and at most `max`; null at the end. */
  nextBatch(max: number): Batch | null | Promise<Batch | null>;
  /** Nobody wants any more. */
  close(): void;
}

/** The ids and names of the events of a batch, read when somebody asks. */
class Positions {
  #read: { ids: (string | null)[]; names: (string | null)[] } | undefined;

  constructor(private readonly text: string) {}

  id(place: number): string | null {
    return this.#parts().ids[place] ?? null;
  }

  name(place: number): string | null {
    return this.#parts().names[place] ?? null;
  }

  #parts() {
    return (this.#read ??= JSON.parse(this.text) as { ids: (string | null)[]; names: (string | null)[] });
  }
}

/**
 * The events of one answer. Aborting the controller closes the connection and ends the
 * iteration without an error; leaving the iteration early aborts the controller.
 */
export class EventIterator<Item> extends StreamIterator<Item> implements Position<Item> {
  terminalEvent: Item | null = null;

  /** The texts of the batch, last first, and the beginning of the next event in the last of them. */
  #texts: string[] = [];
  #start = 0;
  /** What else is known of the batch. */
  #positions: Positions | undefined;
  #terminal: number | undefined;
  /** Of the next event in the batch. */
  #place = 0;
  /** Of the last event yielded. */
  #reached: { positions: Positions | undefined; place: number } = { positions: undefined, place: 0 };
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

  get lastEventId(): string | null {
    return this.#reached.positions?.id(this.#reached.place) ?? null;
  }

  get eventName(): string | null {
    return this.#reached.positions?.name(this.#reached.place) ?? null;
  }

  /** Calls at the same time take turns. */
  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#waiting === 0 && this.#texts.length > 0) {
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
        if (this.#texts.length > 0) return this.#deliver();
        const batch = await this.#source.nextBatch(MOST);
        if (this.#ended) break;
        if (batch) this.#take(batch);
        else this.#end();
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

  #take({ texts, positions, terminal }: Batch): void {
    this.#texts = texts.reverse();
    this.#start = 0;
    this.#positions = new Positions(positions);
    this.#terminal = terminal;
    this.#place = 0;
  }

  /** The next event of the batch. */
  #deliver(): IteratorResult<Item, undefined> {
    const text = this.#texts[this.#texts.length - 1] ?? "";
    const end = text.indexOf(BETWEEN, this.#start);
    const value = this.#parse(end < 0 ? text.slice(this.#start) : text.slice(this.#start, end)) as Item;
    if (end < 0) this.#texts.pop();
    this.#start = end + 1;
    const place = this.#place++;
    this.#reached.positions = this.#positions;
    this.#reached.place = place;
    if (place === this.#terminal) this.terminalEvent ??= value;
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
    this.#texts = [];
    this.#source.close();
    this.#atEnd();
  }
}
