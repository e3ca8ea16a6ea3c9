/** Answers, before anybody has asked for what is in them. */

import type { NativeStream } from "../native.js";
import { APIError } from "./error-base.js";
import { EventIterator } from "./event-iterator.js";
import { excerpt, headersOf, toResponse, type Head } from "./head.js";
import { Stream } from "./streaming.js";
import type { WebResponse } from "./web-types.js";

/** An answer from which its content is yet to be made. */
export interface Answer<T> {
  /** The answer as the web knows it. */
  toResponse(): WebResponse;
  /** What the operation promises. */
  parse(): T;
}

/** The whole answer to a call: one JSON object. */
export class ObjectAnswer<T> implements Answer<T> {
  constructor(
    private readonly head: Head,
    private readonly body: Uint8Array<ArrayBuffer>,
  ) {}

  toResponse(): WebResponse {
    return toResponse(this.head, this.body);
  }

  parse(): T {
    const text = new TextDecoder().decode(this.body);
    let value: unknown;
    let cause: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      cause = error;
    }
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as T;
    const came = text ? `it begins ${excerpt(text)}` : "it is empty";
    const message = `Expected a JSON object, but the answer is none: ${came}`;
    throw new APIError(this.head.status, undefined, message, headersOf(this.head), { cause });
  }
}

/** An answer whose events are yet to come. */
export class StreamAnswer<Item> implements Answer<Stream<Item>> {
  readonly #head: Head;
  readonly #events: EventIterator<Item>;

  constructor(
    native: NativeStream,
    private readonly controller: AbortController,
    atEnd: () => void,
  ) {
    this.#head = JSON.parse(native.head) as Head;
    this.#events = new EventIterator(native, this.#head, controller, atEnd);
  }

  /** Its body is the events written anew; what reads it takes them away from the stream. */
  toResponse(): WebResponse {
    const events = this.#events;
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await events.next();
          if (done) controller.close();
          else controller.enqueue(encoder.encode(frame(events, value)));
        },
        async cancel() {
          await events.return();
        },
      },
      // Nothing is taken before somebody reads.
      { highWaterMark: 0 },
    );
    return toResponse(this.#head, body);
  }

  parse(): Stream<Item> {
    return new Stream(() => this.#events, this.controller);
  }
}

/** An event in the form of the HTML standard, section 9.2.6. */
function frame({ lastEventId, eventName }: EventIterator<unknown>, value: unknown): string {
  const id = lastEventId === null ? "" : `id: ${lastEventId}\n`;
  const name = eventName === null ? "" : `event: ${eventName}\n`;
  return `${id}${name}data: ${JSON.stringify(value)}\n\n`;
}
