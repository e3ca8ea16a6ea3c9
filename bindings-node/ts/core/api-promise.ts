import { droppable } from "./abort.js";
import type { WebResponse } from "./web-types.js";

/** An answer from which its content is yet to be made. */
export interface Answer<T> {
  /** The answer as the web knows it. */
  toResponse(): WebResponse;
  /** What the operation promises. */
  parse(): T | Promise<T>;
}

/**
 * What every method returns: a promise of the operation's result, which also gives the
 * answer itself. The result is parsed once, and only if it is asked for.
 */
export class APIPromise<T> extends Promise<T> {
  readonly #answer: Promise<Answer<T>>;
  #wantsBody = false;
  #result: Promise<T> | undefined;

  readonly #signal: unknown;

  /** @internal `send` can ask, from the next microtask on, whether the body is to be read as it comes; `signal` stops it. */
  constructor(send: (wantsBody: () => boolean) => Promise<Answer<T>>, signal: unknown) {
    // Settles at once and stands for nothing: every way to wait goes through `then` below.
    super((resolve) => resolve(undefined as T));
    this.#signal = signal;
    this.#answer = send(() => this.#wantsBody);
  }

  /** What `then`, `catch` and `finally` make are plain promises. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /**
   * The answer as a web `Response`, its body not parsed. Asked for at once, as in
   * `await client.agent.tasks.retrieveStatus(id).asResponse()`, its body is read as it comes.
   */
  asResponse(): Promise<WebResponse> {
    this.#wantsBody = true;
    return this.#response();
  }

  /** The result, and the answer it came in. */
  withResponse(): Promise<{ data: T; response: WebResponse }> {
    return droppable(this.#signal, async () => {
      const [data, response] = await Promise.all([this.#parsed(), this.#response()]);
      return { data, response };
    });
  }

  #response(): Promise<WebResponse> {
    return droppable(this.#signal, async () => (await this.#answer).toResponse());
  }

  override then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#parsed().then(onfulfilled, onrejected);
  }

  override catch<B = never>(onrejected?: ((reason: any) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#parsed().catch(onrejected);
  }

  override finally(onfinally?: (() => void) | null): Promise<T> {
    return this.#parsed().finally(onfinally);
  }

  #parsed(): Promise<T> {
    return (this.#result ??= this.#answer.then((answer) => answer.parse()));
  }
}
