/** The events of an answer that the program fetched itself. The core makes them of its bytes. */

import { native, type Batch } from "#native";
import { APIError, LightconeError } from "./error-base.js";
import { EventIterator, type EventSource } from "./event-iterator.js";
import { shown } from "./shown.js";
import { Stream, type Subject } from "./streaming.js";
import type { WebAbortController, WebResponse } from "./web-types.js";

/** A stream of the events in the body of this answer. */
export function streamOf<Item>(response: WebResponse, controller: WebAbortController): Stream<Item> {
  const events = new ResponseEvents(bodyOf(response), response.headers.get("x-task-id"));
  const headers = [...response.headers];
  return new Stream<Item>(() => new EventIterator<Item>(events, { headers }, controller, () => {}), controller, events);
}

/** The body, if it can be one of events. */
function bodyOf(response: WebResponse): ReadableStream {
  if (typeof response !== "object" || response === null || !("body" in response) || !("headers" in response)) {
    throw new LightconeError(`Expected a web Response, such as \`fetch\` gives; it is ${shown(response)}.`);
  }
  if (!response.body) throw new LightconeError("This Response has no body, so that there are no events in it.");
  if (response.bodyUsed || response.body.locked) {
    throw new LightconeError("The body of this Response was read already, or somebody reads it. To read it twice, `clone()` it first.");
  }
  const kind = response.headers.get("content-type") ?? "";
  // Other kinds may have been put in by a class, for a body that was made by hand.
  if (response.ok === false || /^[^;]*[/+]json\b/i.test(kind)) {
    const text = `Expected a stream of events (text/event-stream), but the server answered with ${kind || "something else"}`;
    throw new APIError(response.status, undefined, text, response.headers);
  }
  return response.body;
}

class ResponseEvents implements EventSource, Subject {
  readonly #feed: InstanceType<typeof native.NativeFeed>;
  readonly #body: ReadableStream;
  #reader: ReadableStreamDefaultReader | undefined;

  constructor(body: ReadableStream, taskId: string | null) {
    this.#body = body;
    this.#feed = new native.NativeFeed(taskId);
  }

  get taskId(): string | null {
    return this.#feed.taskId;
  }

  get computerId(): string | null {
    return this.#feed.computerId;
  }

  async nextBatch(): Promise<Batch | null> {
    const reader = (this.#reader ??= this.#body.getReader());
    while (!this.#feed.isOver) {
      const { done, value } = await reader.read();
      const batch = done ? this.#feed.finish() : this.#feed.feed(bytes(value));
      if (batch) return batch;
    }
    return null;
  }

  close(): void {
    const cancelled = this.#reader ? this.#reader.cancel() : this.#body.cancel();
    // A body that broke off has no more to say than `nextBatch` did.
    cancelled.catch(() => {});
  }
}

function bytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw new LightconeError(`The body of a Response consists of bytes; there is ${shown(value)} in it.`);
}
