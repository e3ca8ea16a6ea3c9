import { native, type Cancellation } from "../native.js";
import { APIUserAbortError, LightconeError } from "./error.js";
import { fromNative } from "./error-record.js";
import { typeOf } from "./shown.js";
import type { WebAbortController, WebAbortSignal } from "./web-types.js";

/**
 * Native work that a signal stops. Its errors become this library's; nothing stays on the
 * signal after the end.
 */
export function abortable<T>(given: unknown, work: (cancellation: Cancellation) => Promise<T>): Promise<T> {
  const signal = isSignal(given) ? given : undefined;
  if (signal?.aborted) {
    const refused = Promise.reject(new APIUserAbortError({ cause: signal.reason }));
    refused.catch(() => {});
    return refused;
  }
  const cancellation = new native.Cancellation();
  const abort = () => {
    cancellation.cancel();
    // Whoever stops a call may drop its promise: nobody is left to handle the rejection.
    running.catch(() => {});
  };
  const run = async () => {
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await work(cancellation);
    } catch (error) {
      throw signal?.aborted ? new APIUserAbortError({ cause: signal.reason }) : fromNative(error);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  };
  const running = run();
  return running;
}

/**
 * Aborts the controller when the signal aborts, until the function given back is called. The
 * signal, which may live long, does not keep the controller alive.
 */
export function follow(given: unknown, controller: WebAbortController): () => void {
  const signal = isSignal(given) ? given : undefined;
  const weak = new WeakRef(controller);
  const abort = () => weak.deref()?.abort(signal?.reason);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return () => signal?.removeEventListener("abort", abort);
}

export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null || isSignal(signal)) return;
  throw new LightconeError(`\`signal\` must be an AbortSignal, such as \`new AbortController().signal\`; it is ${typeOf(signal)}.`);
}

/** By its looks: test environments bring an `AbortSignal` class of their own. */
function isSignal(value: unknown): value is WebAbortSignal {
  return typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;
}
