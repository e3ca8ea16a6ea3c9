import { abortable, droppable, follow } from "./core/abort.js";
import { BodyAnswer, jsonOrText, object, StreamAnswer, WholeAnswer, type Parse } from "./core/answer.js";
import { APIPromise, type Answer } from "./core/api-promise.js";
import { serialize } from "./core/body.js";
import * as Errors from "./core/error.js";
import { fromNative } from "./core/error-record.js";
import type { Head } from "./core/head.js";
import { logged, logSettings, type LogSettings } from "./core/log.js";
import { mergeHeaders, type HeaderChanges } from "./core/headers.js";
import { Page, PagePromise, type WirePage } from "./core/page.js";
import type { Stream } from "./core/streaming.js";
import { Agent } from "./generated/agent.js";
import type { TaskEvent } from "./generated/events.js";
import { TaskResult } from "./generated/outcome.js";
import { native, type NativeClient } from "./native.js";
import { isAboutConnections } from "./network.js";
import type * as Options from "./options.js";
import { callSettings, checkId, checkOptions, clientSettings, requestBody, requestSettings, seconds, withEnvironment } from "./settings.js";

/** What an operation is called with; a member is there if the operation takes it. */
interface Input {
  id?: unknown;
  /** One object, wherever its members stand in the request. */
  params?: unknown;
}

/** A call as it crosses to the core: the operation's name, settings as JSON, the parameters or the body. */
type Crossing = [operation: string, settings: string, params: string | undefined];

/**
 * A client of the Agent Tasks API.
 *
 *     const client = new Lightcone();
 *     const task = await client.agent.tasks.start({ instruction: "..." });
 */
export class Lightcone {
  readonly agent: Agent = new Agent(this);

  readonly #options: Options.ClientOptions;
  readonly #logging: LogSettings;
  #native: NativeClient;
  readonly #defaultHeaders: HeaderChanges;

  /**
   * Checks the options; nothing is sent yet.
   * @throws LightconeError if there is no API key, or an option cannot be.
   */
  constructor(options: Options.ClientOptions = {}) {
    checkOptions(options);
    this.#options = withEnvironment(options);
    this.#defaultHeaders = mergeHeaders(options.defaultHeaders);
    this.#logging = logSettings(options);
    try {
      const settings = clientSettings(this.#options, this.#defaultHeaders);
      this.#native = logged(this.#logging, (allTold) => new native.NativeClient(settings, allTold));
    } catch (error) {
      throw fromNative(error);
    }
  }

  /**
   * Another client with these options over this one's, and over the same connections unless an
   * option is about these.
   */
  withOptions(options: Partial<Options.ClientOptions>): this {
    checkOptions(options);
    const Class = this.constructor as new (options: Options.ClientOptions) => this;
    const client = new Class({ ...this.#options, ...options });
    if (!isAboutConnections(options)) {
      const settings = clientSettings(client.#options, client.#defaultHeaders);
      client.#native = logged(client.#logging, (allTold) => this.#native.sharing(settings, allTold));
    }
    return client;
  }

  /** Sends a GET of your own, for a route that has no method here. */
  get<T = unknown>(path: string, options?: Options.OwnRequestOptions): APIPromise<T> {
    return this.request<T>({ ...options, method: "get", path });
  }

  /** Sends a POST of your own. It is not sent again when it may have arrived: nobody knows whether that is harmless. */
  post<T = unknown>(path: string, options?: Options.OwnRequestOptions): APIPromise<T> {
    return this.request<T>({ ...options, method: "post", path });
  }

  /** Sends a PUT of your own. */
  put<T = unknown>(path: string, options?: Options.OwnRequestOptions): APIPromise<T> {
    return this.request<T>({ ...options, method: "put", path });
  }

  /** Sends a PATCH of your own. It is not sent again when it may have arrived. */
  patch<T = unknown>(path: string, options?: Options.OwnRequestOptions): APIPromise<T> {
    return this.request<T>({ ...options, method: "patch", path });
  }

  /** Sends a DELETE of your own. */
  delete<T = unknown>(path: string, options?: Options.OwnRequestOptions): APIPromise<T> {
    return this.request<T>({ ...options, method: "delete", path });
  }

  /**
   * Sends a request of your own, for a route that has no method here. Its result is what the
   * answer's JSON says, or its text; with `stream`, its events.
   */
  request<T = unknown>(options: Options.FinalRequestOptions): APIPromise<T> {
    const crossing = (): Crossing => {
      checkOptions(options);
      const { method, path, body, ...rest } = options;
      return ["request", requestSettings(method, path, rest, this.#defaultHeaders), requestBody(body)];
    };
    if (options.stream) return new APIPromise(() => this.#open<unknown>(options, crossing), options.signal) as APIPromise<T>;
    return new APIPromise<T>((wantsBody) => this.#send(options, crossing, jsonOrText<T>, wantsBody), options.signal);
  }

  /** The whole address that a request to this path goes to, with the client's own query under this one. */
  buildURL(path: string, query?: Options.Query | null): string {
    try {
      return this.#native.url(requestSettings("get", path, { query: query ?? undefined }, this.#defaultHeaders));
    } catch (error) {
      throw fromNative(error);
    }
  }

  /** @internal Does one operation whose answer is an object. */
  unary<T>(operation: string, input: Input, given?: Options.RequestOptions | null): APIPromise<T> {
    const options = given ?? {};
    const crossing = () => this.#crossing(operation, input, options);
    return new APIPromise<T>((wantsBody) => this.#send(options, crossing, object<T>, wantsBody), options.signal);
  }

  /** @internal Does one operation whose answer is a page of a list. */
  page<Item>(operation: string, input: { params: { after?: unknown } }, given?: Options.RequestOptions | null): PagePromise<Item> {
    const options = given ?? {};
    const fetch = (after: unknown): PagePromise<Item> => {
      const crossing = () => this.#crossing(operation, { params: { ...input.params, after } }, options);
      const parse = (head: Head, text: string) => new Page(object<WirePage<Item>>(head, text), after, fetch);
      return new PagePromise<Item>((wantsBody) => this.#send(options, crossing, parse, wantsBody), options.signal);
    };
    return fetch(input.params.after);
  }

  /** @internal Does one operation whose answer is a stream. */
  stream<Item>(operation: string, input: Input, given?: Options.RequestOptions | null): APIPromise<Stream<Item>> {
    const options = given ?? {};
    return new APIPromise(() => this.#open<Item>(options, () => this.#crossing(operation, input, options)), options.signal);
  }

  /** @internal Waits for the end of a task. */
  wait(input: Input, given?: Options.WaitOptions | null): Promise<TaskResult> {
    const { timeout, pollInterval, ...options } = given ?? {};
    return droppable(options.signal, async () => {
      const params = { timeout: seconds("timeout", timeout), poll_interval: seconds("pollInterval", pollInterval) };
      return new TaskResult(await this.unary<TaskResult>("wait", { ...input, params }, options));
    });
  }

  /** @internal Does a whole task. */
  run(input: Input, given?: Options.RunOptions | null): Promise<TaskResult> {
    const { onEvent, ...options } = given ?? {};
    return droppable(options.signal, async () => {
      const answer = await this.#open<TaskEvent>(options, () => this.#crossing("run", input, options));
      const stream = answer.parse();
      try {
        if (onEvent) for await (const event of stream) await onEvent(event);
        return new TaskResult(await answer.outcome(options.signal));
      } finally {
        stream.controller.abort();
      }
    });
  }

  #send<T>(options: Options.RequestOptions, crossing: () => Crossing, parse: Parse<T>, wantsBody: () => boolean): Promise<Answer<T>> {
    return abortable(options.signal, async (cancellation) => {
      const call = crossing();
      // The promise is not there yet on which `asResponse` may be called.
      await undefined;
      if (wantsBody()) {
        const body = await this.#native.openRaw(...call, cancellation);
        const controller = new AbortController();
        return new BodyAnswer<T>(body, controller, parse, follow(options.signal, controller));
      }
      const { head, body } = await this.#native.call(...call, cancellation);
      return new WholeAnswer<T>(JSON.parse(head) as Head, new Uint8Array(body), parse);
    });
  }

  #open<Item>(options: Options.RequestOptions, crossing: () => Crossing): Promise<StreamAnswer<Item>> {
    const controller = new AbortController();
    const unfollow = follow(options.signal, controller);
    return abortable(controller.signal, async (cancellation) => {
      try {
        return new StreamAnswer<Item>(await this.#native.open(...crossing(), cancellation), controller, unfollow);
      } catch (error) {
        unfollow();
        throw error;
      }
    });
  }

  /** What was given for one call, checked, as it crosses to the core. */
  #crossing(operation: string, input: Input, options: Options.RequestOptions): Crossing {
    checkOptions(options);
    if ("id" in input) checkId(input.id);
    const params = "params" in input ? serialize(input.params) : undefined;
    return [operation, callSettings(input.id, options, this.#defaultHeaders), params];
  }

  static readonly Lightcone = Lightcone;
  static readonly LightconeError = Errors.LightconeError;
  static readonly APIError = Errors.APIError;
  static readonly APIConnectionError = Errors.APIConnectionError;
  static readonly APIConnectionTimeoutError = Errors.APIConnectionTimeoutError;
  static readonly StreamInterruptedError = Errors.StreamInterruptedError;
  static readonly TaskFailedError = Errors.TaskFailedError;
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
  export type RunOptions = Options.RunOptions;
  export type WaitOptions = Options.WaitOptions;
  export type OwnRequestOptions = Options.OwnRequestOptions;
  export type FinalRequestOptions = Options.FinalRequestOptions;
}
