import { LightconeError } from "./error-base.js";
import { lines } from "./lines.js";
import { Tee } from "./tee.js";
import type { WebAbortController, WebReadableStream } from "./web-types.js";

/** Where a stream stands. */
export interface Position {
  /** The id in force at the last event yielded; null before the first, or if there was none. */
  readonly lastEventId: string | null;
  /** The name that the server gave the last event yielded, apart from its data; null if none. */
  readonly eventName: string | null;
}

/**
 * Events as they come. Iterate over it once:
 *
 *     for await (const event of stream) console.log(event);
 *
 * Leaving the loop early, by `break` or by an error, closes the connection. The task on the
 * server goes on.
 */
export class Stream<Item> implements AsyncIterable<Item>, Position {
  /** `abort()` closes the connection and ends the iteration without an error. */
  readonly controller: WebAbortController;
  readonly #iterator: () => AsyncIterator<Item>;
  #begun: (AsyncIterator<Item> & Partial<Position>) | undefined;

  constructor(iterator: () => AsyncIterator<Item>, controller: WebAbortController) {
    this.#iterator = iterator;
    this.controller = controller;
  }

  get lastEventId(): string | null {
    return this.#begun?.lastEventId ?? null;
  }

  get eventName(): string | null {
    return this.#begun?.eventName ?? null;
  }

  [Symbol.asyncIterator](): AsyncIterator<Item> {
    if (this.#begun) {
      throw new LightconeError("A stream can be iterated over only once. To read it twice, split it first: `const [left, right] = stream.tee()`.");
    }
    this.#begun = this.#iterator();
    return this.#begun;
  }

  /**
   * Two streams of the same events, in place of this one. What one has read and the other has
   * not is kept in memory. The connection closes when both are left.
   */
  tee(): [Stream<Item>, Stream<Item>] {
    const tee = new Tee(this[Symbol.asyncIterator]());
    return [new Stream(() => tee.left, this.controller), new Stream(() => tee.right, this.controller)];
  }

  /** The events as lines of JSON, for sending on: `Stream.fromReadableStream` reads them again. */
  toReadableStream(): WebReadableStream {
    const iterator = this[Symbol.asyncIterator]();
    const encoder = new TextEncoder();
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
      },
      async cancel() {
        await iterator.return?.();
      },
    });
  }

  /** A stream from lines of JSON, as `toReadableStream` writes them. */
  static fromReadableStream<Item>(readable: WebReadableStream, controller: WebAbortController): Stream<Item> {
    return new Stream<Item>(() => lines<Item>(readable, controller), controller);
  }
}
