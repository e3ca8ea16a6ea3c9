import { endedByUsing } from "./disposal.js";
import { LightconeError } from "./error-base.js";
import { LineIterator } from "./lines.js";
import { shown } from "./shown.js";
import { Tee } from "./tee.js";
import { uncloneable } from "./uncloneable.js";
import type { AsyncDisposal, WebAbortController, WebReadableStream, WebResponse } from "./web-types.js";

/** Where a stream stands. */
export interface Position<Item> {
  /** The id in force at the last event yielded; null before the first, or if there was none. */
  readonly lastEventId: string | null;
  /** The name that the server gave the last event yielded, apart from its data; null if none. */
  readonly eventName: string | null;
  /** The event with which the task ended, once it was yielded; null before, and if the stream ended without one. */
  readonly terminalEvent: Item | null;
}

/** What a stream is of. */
export interface Subject {
  /** Undefined, like the other, until the server has named it. */
  readonly taskId?: string | null;
  /** The computer that the task runs on. */
  readonly computerId?: string | null;
}

/** Where the library of the program knows `await using`, a stream can be used with it. */
export interface Stream<Item> extends AsyncDisposal {}

/**
 * Events as they come. Iterate over it once:
 *
 *     for await (const event of stream) console.log(event);
 *
 * Leaving the loop early, by `break` or by an error, closes the connection. The task on the
 * server goes on. A stream that nobody refers to any more is closed when it is collected.
 *
 * The process stays for as long as an event is waited for, not for a stream that nobody reads.
 *
 * After the event that ended the task the stream ends: when the server ends it, or after a
 * second. What comes in that second is yielded too.
 */
export class Stream<Item> implements AsyncIterable<Item>, Position<Item> {
  /** `abort()` closes the connection and ends the iteration without an error. */
  readonly controller: WebAbortController;
  readonly #iterator: () => AsyncIterator<Item>;
  #begun: (AsyncIterator<Item> & Partial<Position<Item>>) | undefined;
  readonly #subject: Subject;

  constructor(iterator: () => AsyncIterator<Item>, controller: WebAbortController, subject: Subject = {}) {
    uncloneable(this);
    this.#iterator = iterator;
    this.controller = controller;
    this.#subject = subject;
  }

  /** The task; null until the server has named it, which it does before the first event or with it. */
  get taskId(): string | null {
    return this.#subject.taskId ?? null;
  }

  /** The computer that the task runs on; null until the server has named it. */
  get computerId(): string | null {
    return this.#subject.computerId ?? null;
  }

  get lastEventId(): string | null {
    return this.#begun?.lastEventId ?? null;
  }

  get eventName(): string | null {
    return this.#begun?.eventName ?? null;
  }

  get terminalEvent(): Item | null {
    return this.#begun?.terminalEvent ?? null;
  }

  /**
   * Reads on to the end and gives the task's result, a failure's too; null if there is none.
   * An iteration that has begun goes on from where it is.
   */
  async result(): Promise<string | null> {
    const iterator = this.#begun ?? this[Symbol.asyncIterator]();
    while (!(await iterator.next()).done);
    const result = (this.terminalEvent as { result?: unknown } | null)?.result;
    return typeof result === "string" ? result : null;
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
    return [new Stream(() => tee.left, this.controller, this), new Stream(() => tee.right, this.controller, this)];
  }

  /** The events as lines of JSON, for sending on: `Stream.fromReadableStream` reads them again. */
  toReadableStream(): WebReadableStream {
    const iterator = this[Symbol.asyncIterator]();
    const encoder = new TextEncoder();
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await iterator.next();
          if (done) controller.close();
          else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
        },
        async cancel() {
          await iterator.return?.();
        },
      },
      // Nothing is taken before somebody reads.
      { highWaterMark: 0 },
    );
  }

  /**
   * A stream from lines of JSON, as `toReadableStream` writes them; in a browser too, of the
   * body of an answer.
   * @param readable The lines, as bytes or text.
   * @param controller Ends the iteration, and is aborted when that is left early.
   */
  static fromReadableStream<Item>(readable: WebReadableStream, controller: WebAbortController): Stream<Item> {
    if (typeof (readable as { getReader?: unknown } | null | undefined)?.getReader !== "function") {
      throw new LightconeError(`Expected a ReadableStream, such as \`toReadableStream\` gives; it is ${shown(readable)}.`);
    }
    checkController(controller);
    const lines = new LineIterator<Item>(readable, controller);
    return new Stream<Item>(() => lines, controller, lines);
  }

  /**
   * A stream of the events in the body of an answer that the program fetched itself. It is read
   * as the client's own streams are, but if it breaks off it is not taken up again.
   * @param response The answer, its body not read yet.
   * @param controller Ends the iteration, and is aborted when that is left early. Where its signal
   *   was given to `fetch`, that closes the connection.
   */
  static fromSSEResponse<Item>(response: WebResponse, controller: WebAbortController): Stream<Item> {
    checkController(controller);
    // Only here the native module is needed: what else there is of streams works without it.
    const { streamOf } = require("./response-events.js") as typeof import("./response-events.js");
    return streamOf(response, controller);
  }

  static {
    endedByUsing(this.prototype, async function () {
      // An iteration that has not begun is one to be left too: there may be a connection.
      this.#begun ??= this.#iterator();
      await this.#begun.return?.();
    });
  }
}

function checkController(controller: unknown): void {
  if (typeof (controller as { abort?: unknown } | null | undefined)?.abort === "function" && "signal" in (controller as object)) return;
  throw new LightconeError(`\`controller\` must be an AbortController, such as \`new AbortController()\`; it is ${shown(controller)}.`);
}
