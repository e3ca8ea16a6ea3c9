import { excerpt } from "./head.js";
import { LightconeError } from "./error-base.js";
import type { WebAbortController, WebReadableStream } from "./web-types.js";

/**
 * The values of newline-delimited JSON. Aborting the controller ends the iteration; leaving
 * the iteration early aborts the controller. Either way the reading is cancelled.
 */
export async function* lines<Item>(readable: WebReadableStream, controller: WebAbortController): AsyncGenerator<Item, undefined> {
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
