import { abortable, droppable, follow } from "./core/abort.js";
import { BodyAnswer, jsonOrText, object, StreamAnswer, WholeAnswer, type Parse } from "./core/answer.js";
import { APIPromise, type Answer } from "./core/api-promise.js";
import { endedByUsing } from "./core/disposal.js";
import * as Errors from "./core/error.js";
import { fromNative } from "./core/error-record.js";
import type { Head } from "./core/head.js";
import { logged, logSettings, type LogSettings } from "./core/log.js";
import { headerChanges, type HeaderChanges } from "./core/headers.js";
import type { Logger, LogLevel } from "./core/logger.js";
import { Page, PagePromise, type WirePage } from "./core/page.js";
import { typeOf } from "./core/shown.js";
import type { Stream } from "./core/streaming.js";
import type { AsyncDisposal } from "./core/web-types.js";
import { uncloneable } from "./core/uncloneable.js";
import { Agent } from "./generated/agent.js";
import type { TaskEvent } from "./generated/events.js";
import { TaskResult } from "./generated/outcome.js";
import { native, type NativeClient } from "#native";
import { checkOptions } from "./known-options.js";
import { isAboutConnections } from "./network.js";
import type * as Options from "./options.js";
import * as Settings from "./settings.js";

/** What an operation is called with; a member is there if the operation takes it. */
interface Input {
  id?: unknown;
  /** One object, wherever its members stand in the request. */
  params?: unknown;
  /** The core's names of these, where they have others here. */
  names?: Settings.Names;
}

/** A call as it crosses to the core: the operation's name, settings as JSON, the parameters or the body. */
type Crossing = [operation: string, settings: string, params: string | undefined];

/** Whether clients are closed; one for all that share their connections. */
interface Lifetime {
  closed: boolean;
}

/** Where the library of the program knows `await using`, a client can be used with it. */
export interface Lightcone extends AsyncDisposal {}

/**
 * A client of the Agent Tasks API.
 *
 *     const client = new Lightcone();
 *     const task = await client.agent.tasks.start({ instruction: "..." });
 */
export class Lightcone {
  /** Agents that drive computers. */
  readonly agent: Agent = new Agent(this);

  readonly #options: Settings.Settled;
  readonly #logging: LogSettings;
  readonly #defaultHeaders: HeaderChanges;
  #connections: NativeClient;
  #lifetime: Lifetime = { closed: false };

  /**
   * Checks the options; nothing is sent yet.
   * @throws LightconeError if there is no API key, or an option cannot be.
   */
  constructor(options: Options.ClientOptions = {}) {
    uncloneable(this);
    checkOptions("client", options);
    this.#options = Settings.settled(options);
    this.#defaultHeaders = headerChanges("defaultHeaders", this.#options.defaultHeaders);
    this.#logging = logSettings(this.#options);
    try {
      const settings = Settings.clientSettings(this.#options, this.#defaultHeaders);
      this.#connections = logged(this.#logging, (allTold) => new native.NativeClient(settings, allTold));
    } catch (error) {
      throw fromNative(error);
    }
  }

  /** The API key. */
  get apiKey(): string {
    return this.#options.apiKey;
  }

  /** The service's address. */
  get baseURL(): string {
    return this.#options.baseURL;
  }

  /** In milliseconds: how long a request waits, for everything or for each thing; null is without limit. */
  get timeout(): number | Options.Timeouts | null {
    return this.#options.timeout === undefined ? Settings.DEFAULT_TIMEOUT : this.#options.timeout;
  }

  /** How often a request that failed is sent again at most. */
  get maxRetries(): number {
    return this.#options.maxRetries;
  }

  /** What is logged. */
  get logLevel(): LogLevel {
    return this.#logging.level;
  }

  /** Where it is logged. */
  get logger(): Logger {
    return this.#logging.logger;
  }

  /**
   * Another client with these options over this one's, and over the same connections unless an
   * option is about these.
   * @param options What is different there.
   */
  withOptions(options: Partial<Options.ClientOptions> = {}): this {
    checkOptions("client", options);
    const Class = this.constructor as new (options: Options.ClientOptions) => this;
    const client = new Class({ ...this.#options, ...options });
    if (!isAboutConnections(options)) {
      const settings = Settings.clientSettings(client.#options, client.#defaultHeaders);
      client.#connections = logged(client.#logging, (allTold) => this.#native.sharing(settings, allTold));
      client.#lifetime = this.#lifetime;
    }
    return client;
  }

  /**
   * Closes the client and those that share its connections. Whoever waits for an answer or an
   * event gets a LightconeError; tasks on the server go on. Harmless when it is closed.
   */
  async close(): Promise<void> {
    this.#lifetime.closed = true;
    this.#connections.close();
  }

  /**
   * Sends a GET of your own, for a route that has no method here.
   * @param path Comes after the base URL's own path; it may have a query.
   */
  get<T = unknown>(path: string, options?: Options.OwnRequestOptions): APIPromise<T> {
    return this.#own<T>("get", path, options, "ownRequest");
  }

  /**
   * Sends a POST of your own. It is not sent again when it may have arrived: nobody knows whether that is harmless.
   * @param path As for {@link get}.
   */
  post<T = unknown>(path: string, options?: Options.OwnRequestOptions): APIPromise<T> {
    return this.#own<T>("post", path, options, "ownRequest");
  }

  /**
   * Sends a PUT of your own.
   * @param path As for {@link get}.
   */
  put<T = unknown>(path: string, options?: Options.OwnRequestOptions): APIPromise<T> {
    return this.#own<T>("put", path, options, "ownRequest");
  }

  /**
   * Sends a PATCH of your own. It is not sent again when it may have arrived.
   * @param path As for {@link get}.
   */
  patch<T = unknown>(path: string, options?: Options.OwnRequestOptions): APIPromise<T> {
    return this.#own<T>("patch", path, options, "ownRequest");
  }

  /**
   * Sends a DELETE of your own.
   * @param path As for {@link get}.
   */
  delete<T = unknown>(path: string, options?: Options.OwnRequestOptions): APIPromise<T> {
    return this.#own<T>("delete", path, options, "ownRequest");
  }

  /**
   * Sends a request of your own, for a route that has no method here. Its result is what the
   * answer's JSON says, or its text; with `stream`, its events.
   */
  request<T = unknown>(options: Options.FinalRequestOptions): APIPromise<T> {
    const { method, path, ...others } = Object(options) as Options.FinalRequestOptions;
    return this.#own<T>(method, path, typeof options === "object" && options ? others : options, "request");
  }

  /**
   * The whole address that a request would go to, with the client's own query under this one.
   * @param path As for {@link get}.
   */
  buildURL(path: string, query?: Options.Query | null): string {
    try {
      return this.#native.url(Settings.requestSettings("get", path, { query: query ?? undefined }, this.#defaultHeaders));
    } catch (error) {
      throw fromNative(error);
    }
  }

  #own<T>(method: unknown, path: unknown, given: Options.OwnRequestOptions | undefined, kind: "ownRequest" | "request"): APIPromise<T> {
    const options = given ?? {};
    const crossing = (): Crossing => {
      checkOptions(kind, given);
      return ["request", Settings.requestSettings(method, path, options, this.#defaultHeaders), Settings.requestBody(options.body)];
    };
    if (options.stream) return new APIPromise(() => this.#open<unknown>(options, crossing), options.signal) as APIPromise<T>;
    return new APIPromise<T>((wantsBody) => this.#send(options, crossing, jsonOrText<T>, wantsBody), options.signal);
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
      const params = after === input.params.after ? input.params : { ...input.params, after };
      const crossing = () => this.#crossing(operation, { params }, options);
      const parse = (head: () => Head, text: string) => new Page(object<WirePage<Item>>(head, text), after, fetch);
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
      checkOptions("wait", given);
      const params = { timeout: Settings.seconds("timeout", timeout), poll_interval: Settings.seconds("pollInterval", pollInterval) };
      return new TaskResult(await this.unary<TaskResult>("wait", { ...input, params }, options));
    });
  }

  /** @internal Does a whole task. */
  run(input: Input, given?: Options.RunOptions | null): Promise<TaskResult> {
    const { onEvent, ...options } = given ?? {};
    return droppable(options.signal, async () => {
      checkOptions("run", given);
      if (onEvent && typeof onEvent !== "function") throw new Errors.LightconeError(`\`onEvent\` must be a function, not ${typeOf(onEvent)}.`);
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

  /** The native client, as long as calls can be made. */
  get #native(): NativeClient {
    if (this.#lifetime.closed) throw new Errors.LightconeError("This client is closed; make a new one.");
    return this.#connections;
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
      return new WholeAnswer<T>(head, new Uint8Array(body), parse);
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
    checkOptions("call", options);
    if ("id" in input) Settings.checkId(input.id);
    const params = Settings.parameters(operation, input, options);
    return [operation, Settings.callSettings(input.id, options, this.#defaultHeaders), params];
  }

  /** In milliseconds: how long is waited for an answer to begin, and then for each next byte of it, unless an option says otherwise. */
  static readonly DEFAULT_TIMEOUT = Settings.DEFAULT_TIMEOUT;

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

endedByUsing(Lightcone.prototype, Lightcone.prototype.close);

Lightcone.Agent = Agent;

export declare namespace Lightcone {
  export { Agent as Agent };
  /** How a client works. */
  export type ClientOptions = Options.ClientOptions;
  /** What one call does in another way than its client. */
  export type RequestOptions = Options.RequestOptions;
  /** How to run a task. */
  export type RunOptions = Options.RunOptions;
  /** How to wait for the end of a task. */
  export type WaitOptions = Options.WaitOptions;
  /** A request of the program's own. */
  export type OwnRequestOptions = Options.OwnRequestOptions;
  /** The same, all in one. */
  export type FinalRequestOptions = Options.FinalRequestOptions;
}
