/** Answers, before anybody has asked for what is in them. */

import type { NativeBody, NativeStream } from "#native";
import { abortable } from "./abort.js";
import type { Answer } from "./api-promise.js";
import { APIUserAbortError } from "./error.js";
import { APIError, LightconeError } from "./error-base.js";
import { fromNative } from "./error-record.js";
import { EventIterator } from "./event-iterator.js";
import { excerpt, headersOf, toResponse, type Head } from "./head.js";
import { Stream } from "./streaming.js";
import type { WebResponse } from "./web-types.js";

/** Makes the content out of the text of a body; it rarely asks how the answer begins. */
export type Parse<T> = (head: () => Head, text: string) => T;

/** The content of an operation's answer: a JSON object. */
export function object<T>(head: () => Head, text: string): T {
  const value = json(head, text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as T;
  throw unexpected(head, text, "Expected a JSON object");
}

function json(head: () => Head, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unexpected(head, text, "Expected JSON", cause);
  }
}

function unexpected(head: () => Head, text: string, expected: string, cause?: unknown): APIError {
  const { status, headers } = head();
  const came = text ? `it begins ${excerpt(text)}` : "it is empty";
  return new APIError(status, undefined, `${expected}, but the answer is none: ${came}`, headersOf({ headers }), { cause });
}

/** The content of the answer to a request of the program's own: JSON where it says so, else text. */
export function jsonOrText<T>(head: () => Head, text: string): T {
  const kind = headersOf(head()).get("content-type") ?? "";
  if (!/^[^;]*[/+]json\b/i.test(kind)) return text as T;
  return (text ? json(head, text) : undefined) as T;
}

const utf8 = new TextDecoder();

/** The whole answer to a call. */
export class WholeAnswer<T> implements Answer<T> {
  constructor(
    private readonly head: string,
    private readonly body: Uint8Array<ArrayBuffer>,
    private readonly parseText: Parse<T>,
  ) {}

  toResponse(): WebResponse {
    return toResponse(this.#head(), this.body);
  }

  parse(): T {
    return this.parseText(() => this.#head(), utf8.decode(this.body));
  }

  #head(): Head {
    return JSON.parse(this.head) as Head;
  }
}

/**
 * An answer to a call whose body is read as it comes. Aborting the controller closes the
 * connection, and whoever reads hears of it.
 */
export class BodyAnswer<T> implements Answer<T> {
  readonly #head: Head;
  readonly #response: WebResponse;
  #given = false;

  constructor(
    native: NativeBody,
    controller: AbortController,
    private readonly parseText: Parse<T>,
    atEnd: () => void,
  ) {
    const { signal } = controller;
    signal.addEventListener("abort", () => native.close(), { once: true });
    if (signal.aborted) native.close();
    this.#head = JSON.parse(native.head) as Head;
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(body) {
          try {
            const next = await native.next();
            if (next) return body.enqueue(new Uint8Array(next));
            body.close();
          } catch (error) {
            body.error(signal.aborted ? new APIUserAbortError({ cause: signal.reason }) : fromNative(error));
          }
          atEnd();
        },
        cancel() {
          controller.abort();
          atEnd();
        },
      },
      // Nothing is taken before somebody reads.
      { highWaterMark: 0 },
    );
    this.#response = toResponse(this.#head, body);
  }

  /** The response itself the first time: a copy would keep what nobody reads. */
  toResponse(): WebResponse {
    if (this.#given) return this.#copy();
    this.#given = true;
    return this.#response;
  }

  async parse(): Promise<T> {
    return this.parseText(() => this.#head, await this.#copy().text());
  }

  #copy(): WebResponse {
    if (this.#response.bodyUsed) throw new LightconeError("The body of this answer was read already, through `asResponse()`.");
    return Object.defineProperty(this.#response.clone(), "url", { value: this.#head.url });
  }
}

/** An answer whose events are yet to come. */
export class StreamAnswer<Item> implements Answer<Stream<Item>> {
  readonly #head: Head;
  readonly #events: EventIterator<Item>;

  constructor(
    private readonly native: NativeStream,
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

  /** The members of the result, once the task has ended: of a run. */
  async outcome(signal: unknown): Promise<object> {
    return JSON.parse(await abortable(signal, (cancellation) => this.native.outcome(cancellation))) as object;
  }

  parse(): Stream<Item> {
    return new Stream(() => this.#events, this.controller, this.native);
  }
}

/** An event in the form of the HTML standard, section 9.2.6. */
function frame({ lastEventId, eventName }: EventIterator<unknown>, value: unknown): string {
  const id = lastEventId === null ? "" : `id: ${lastEventId}\n`;
  const name = eventName === null ? "" : `event: ${eventName}\n`;
  return `${id}${name}data: ${JSON.stringify(value)}\n\n`;
}
