import { abortable, checkSignal, follow } from "./core/abort.js";
import { ObjectAnswer, StreamAnswer } from "./core/answer.js";
import { APIPromise } from "./core/api-promise.js";
import { serialize } from "./core/body.js";
import * as Errors from "./core/error.js";
import { fromNative } from "./core/error-record.js";
import type { Head } from "./core/head.js";
import { mergeHeaders, type HeaderChanges } from "./core/headers.js";
import { PageAnswer, PagePromise, type WirePage } from "./core/page.js";
import type { Stream } from "./core/streaming.js";
import { Agent } from "./generated/agent.js";
import { native, type NativeClient } from "./native.js";
import type * as Options from "./options.js";
import { callSettings, checkId, checkOptions, clientSettings } from "./settings.js";

/** What an operation is called with; a member is there if the operation takes it. */
interface Input {
  id?: unknown;
  /** One object, wherever its members stand in the request. */
  params?: unknown;
}

/**
 * A client of the Agent Tasks API.
 *
 *     const client = new Lightcone();
 *     const task = await client.agent.tasks.start({ instruction: "..." });
 */
export class Lightcone {
  readonly agent: Agent = new Agent(this);

  readonly #native: NativeClient;
  readonly #defaultHeaders: HeaderChanges;

  /**
   * Checks the options; nothing is sent yet.
   * @throws LightconeError if there is no API key, or an option cannot be.
   */
  constructor(options: Options.ClientOptions = {}) {
    checkOptions(options);
    this.#defaultHeaders = mergeHeaders(options.defaultHeaders);
    const settings = clientSettings(options, this.#defaultHeaders);
    try {
      this.#native = new native.NativeClient(settings);
    } catch (error) {
      throw fromNative(error);
    }
  }

  /** @internal Does one operation whose answer is an object. */
  unary<T>(operation: string, input: Input, given?: Options.RequestOptions | null): APIPromise<T> {
    return new APIPromise(this.#call<T>(operation, input, given ?? {}));
  }

  /** @internal Does one operation whose answer is a page of a list. */
  page<Item>(operation: string, input: { params: { after?: unknown } }, given?: Options.RequestOptions | null): PagePromise<Item> {
    const fetch = (after: unknown): PagePromise<Item> => {
      const answer = this.#call<WirePage<Item>>(operation, { params: { ...input.params, after } }, given ?? {});
      return new PagePromise(answer.then((answer) => new PageAnswer(answer, after, fetch)));
    };
    return fetch(input.params.after);
  }

  #call<T>(operation: string, input: Input, options: Options.RequestOptions): Promise<ObjectAnswer<T>> {
    return abortable(options.signal, async (cancellation) => {
      const { head, body } = await this.#native.call(operation, ...this.#crossing(input, options), cancellation);
      return new ObjectAnswer<T>(JSON.parse(head) as Head, new Uint8Array(body));
    });
  }

  /** @internal Does one operation whose answer is a stream. */
  stream<Item>(operation: string, input: Input, given?: Options.RequestOptions | null): APIPromise<Stream<Item>> {
    const options = given ?? {};
    const controller = new AbortController();
    const unfollow = follow(options.signal, controller);
    const answer = abortable(controller.signal, async (cancellation) => {
      try {
        const stream = await this.#native.open(operation, ...this.#crossing(input, options), cancellation);
        return new StreamAnswer<Item>(stream, controller, unfollow);
      } catch (error) {
        unfollow();
        throw error;
      }
    });
    return new APIPromise(answer);
  }

  /** What was given for one call, checked, as it crosses to the core. */
  #crossing(input: Input, options: Options.RequestOptions): [settings: string, params: string | undefined] {
    checkOptions(options);
    checkSignal(options.signal);
    if ("id" in input) checkId(input.id);
    const params = "params" in input ? serialize(input.params) : undefined;
    return [callSettings(input.id, options, this.#defaultHeaders), params];
  }

  static readonly Lightcone = Lightcone;
  static readonly LightconeError = Errors.LightconeError;
  static readonly APIError = Errors.APIError;
  static readonly APIConnectionError = Errors.APIConnectionError;
  static readonly APIConnectionTimeoutError = Errors.APIConnectionTimeoutError;
  static readonly StreamInterruptedError = Errors.StreamInterruptedError;
  static readonly APIUserAbortError = Errors.APIUserAbortError;
  static readonly BadRequestError = Errors.BadRequestError;
  static readonly AuthenticationError = Errors.AuthenticationError;
  static readonly PermissionDeniedError = Errors.PermissionDeniedError;
  static readonly NotFoundError = Errors.NotFoundError;
  static readonly NotSupportedError = Errors.NotSupportedError;
  static readonly ConflictError = Errors.ConflictError;
  static readonly UnprocessableEntityError = Errors.UnprocessableEntityError;
  static readonly RateLimitError = Errors.RateLimitError;
  static readonly InternalServerError = Errors.InternalServerError;
}

Lightcone.Agent = Agent;

export declare namespace Lightcone {
  export { Agent as Agent };
  export type ClientOptions = Options.ClientOptions;
  export type RequestOptions = Options.RequestOptions;
}
