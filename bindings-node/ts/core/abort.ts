import { native, type Cancellation } from "#native";
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
  return droppable(signal, async () => {
    const cancellation = new native.Cancellation();
    const unwatch = signal && watch(signal, () => cancellation.cancel());
    try {
      if (signal?.aborted) throw signal.reason;
      return await work(cancellation);
    } catch (error) {
      throw signal?.aborted ? new APIUserAbortError({ cause: signal.reason }) : fromNative(error);
    } finally {
      unwatch?.();
    }
  });
}

/** Work whose promise may be dropped by whoever aborts it: nobody is left then to handle the rejection. */
export function droppable<T>(given: unknown, work: () => Promise<T>): Promise<T> {
  const signal = isSignal(given) ? given : undefined;
  let running: Promise<T> | undefined;
  const drop = () => void running?.catch(() => {});
  const run = async () => {
    const unwatch = signal && watch(signal, drop);
    try {
      return await work();
    } finally {
      unwatch?.();
    }
  };
  running = run();
  // Before, or by what the work did at once.
  if (signal?.aborted) drop();
  return running;
}

/**
 * Aborts the controller when the signal aborts, until the function given back is called or the
 * controller is gone: the signal, which may live long, does not keep it alive.
 */
export function follow(given: unknown, controller: WebAbortController): () => void {
  const signal = isSignal(given) ? given : undefined;
  if (!signal) return () => {};
  if (signal.aborted) controller.abort(signal.reason);
  const weak = new WeakRef(controller);
  const unwatch = watch(signal, () => weak.deref()?.abort(signal.reason));
  forgotten.register(controller, unwatch);
  return unwatch;
}

/** Does what is left to do for a controller that was collected. */
const forgotten = new FinalizationRegistry<() => void>((unwatch) => unwatch());

/** What is to be done when a signal aborts, and the one listener that does it. */
interface Watch {
  readonly aborts: Set<() => void>;
  readonly listener: () => void;
}

const watches = new WeakMap<WebAbortSignal, Watch>();

/**
 * Does this when the signal aborts, until the function given back is called. However many calls
 * share a signal, it has one listener of ours: of more than ten, Node warns as of a leak.
 */
function watch(signal: WebAbortSignal, abort: () => void): () => void {
  // It does not tell again.
  if (signal.aborted) return () => {};
  const { aborts, listener } = watches.get(signal) ?? begin(signal);
  aborts.add(abort);
  return () => {
    if (!aborts.delete(abort) || aborts.size > 0) return;
    signal.removeEventListener("abort", listener);
    watches.delete(signal);
  };
}

function begin(signal: WebAbortSignal): Watch {
  const aborts = new Set<() => void>();
  const watch = { aborts, listener: () => aborts.forEach((abort) => abort()) };
  signal.addEventListener("abort", watch.listener, { once: true });
  watches.set(signal, watch);
  return watch;
}

export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null || isSignal(signal)) return;
  throw new LightconeError(`\`signal\` must be an AbortSignal, such as \`new AbortController().signal\`; it is ${typeOf(signal)}.`);
}

/** By its looks: test environments bring an `AbortSignal` class of their own. */
function isSignal(value: unknown): value is WebAbortSignal {
  return typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;
}
