import type { Answer } from "./answer.js";
import type { WebResponse } from "./web-types.js";

/**
 * What every method returns: a promise of the operation's result, which also gives the
 * answer itself. The result is parsed once, and only if it is asked for.
 */
export class APIPromise<T> extends Promise<T> {
  readonly #answer: Promise<Answer<T>>;
  #result: Promise<T> | undefined;

  /** @internal */
  constructor(answer: Promise<Answer<T>>) {
    // Settles at once and stands for nothing: every way to wait goes through `then` below.
    super((resolve) => resolve(undefined as T));
    this.#answer = answer;
  }

  /** What `then`, `catch` and `finally` make are plain promises. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** The answer as a web `Response`, its body not parsed. */
  async asResponse(): Promise<WebResponse> {
    return (await this.#answer).toResponse();
  }

  /** The result, and the answer it came in. */
  async withResponse(): Promise<{ data: T; response: WebResponse }> {
    const [data, response] = await Promise.all([this.#parsed(), this.asResponse()]);
    return { data, response };
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
