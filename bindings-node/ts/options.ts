import type { HeadersLike } from "./core/headers.js";
import type { Logger, LogLevel } from "./core/logger.js";
import type { WebAbortSignal } from "./core/web-types.js";
import type { TaskEvent } from "./generated/events.js";

/** Members of the query by name: lists are joined by commas, objects nest in brackets, null is left out. */
export type Query = { readonly [name: string]: unknown };

/** PEM text, as a string or as the bytes of a file. */
export type Pem = string | Uint8Array;

/** A certificate and its private key, in one PEM or in one each. */
export interface ClientCertificate {
  /** The certificate, with those between it and its authority after it. */
  cert: Pem;
  /** Default: it stands in `cert`. */
  key?: Pem | undefined;
}

/** How many connections a client has; null is without limit. */
export interface ConnectionLimits {
  /**
   * The most calls and open streams at one time; later ones wait in turn, as long as
   * `timeout` says. Default: 100 calls, and any number of open streams.
   */
  maxConnections?: number | null | undefined;
  /** The most connections that are kept open for each host while nothing uses them. Default: 100. */
  maxIdleConnections?: number | null | undefined;
  /** In milliseconds: after how long an unused one is closed. Default: 5000. */
  idleTimeout?: number | null | undefined;
}

/** How long to wait for what, in milliseconds; null is without limit. */
export interface Timeouts {
  /** For a connection to be made. Default: 5000. */
  connect?: number | null | undefined;
  /** For the answer to begin once the request has gone out, and then for each next byte of it. Default: 60000. */
  read?: number | null | undefined;
  /** For each next piece of the request's body to be taken. Default: 60000. */
  write?: number | null | undefined;
  /** For one of the client's connections to be free. Default: 60000. */
  pool?: number | null | undefined;
}

/** How a client works. */
export interface ClientOptions {
  /** The API key. Default: the environment's `TZAFON_API_KEY`. */
  apiKey?: string | null | undefined;
  /**
   * The service's address; a path in it leads every request's path.
   * Default: the environment's `LIGHTCONE_BASE_URL`, else the hosted service.
   */
  baseURL?: string | null | undefined;
  /**
   * In milliseconds, for everything or for each thing to wait for; null is without limit. It
   * does not limit how long a stream may go on. Default: 5 s for a connection, 60 s for the rest.
   */
  timeout?: number | Timeouts | null | undefined;
  /**
   * In milliseconds: how long to wait for each next event of a stream although the server shows
   * that it is there; null is without limit, as is the default.
   */
  eventTimeout?: number | null | undefined;
  /** How often a request that failed is sent again at most. Default: 2. */
  maxRetries?: number | undefined;
  /** Sent with every request; null removes a header that would be sent otherwise. */
  defaultHeaders?: HeadersLike | undefined;
  /** Added to the address of every request. */
  defaultQuery?: Query | undefined;
  /**
   * The HTTP or HTTPS proxy for everything, such as `http://user:password@proxy.example:3128`.
   * Default: those of the environment's `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`, except to
   * this machine and to what `NO_PROXY` names.
   */
  proxy?: string | null | undefined;
  /**
   * Certificates to trust too, next to those that the platform trusts, or that the
   * environment's `SSL_CERT_FILE` and `SSL_CERT_DIR` name in their place.
   */
  caBundle?: Pem | null | undefined;
  /** Shown to servers that ask for a certificate. */
  clientCertificate?: ClientCertificate | null | undefined;
  /** How many connections there are. */
  limits?: ConnectionLimits | undefined;
  /** What is logged of requests and streams. Default: the environment's `LIGHTCONE_LOG`, else `warn`. */
  logLevel?: LogLevel | null | undefined;
  /** Where it is logged. Default: `console`. */
  logger?: Logger | null | undefined;
  /** Accepted from programs for other clients, and without effect: this package does not run in browsers. */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/** What one call does in another way than its client. */
export interface RequestOptions {
  /** Over the client's headers; null removes a header that would be sent otherwise. */
  headers?: HeadersLike | undefined;
  /** Over the client's query. */
  query?: Query | undefined;
  /** Sent in the place of the parameters that the method was given; an object. */
  body?: unknown;
  /** In milliseconds, for everything or for each thing to wait for; null is without limit. */
  timeout?: number | Timeouts | null | undefined;
  /** In milliseconds: how long to wait for each next event of a stream; null is without limit. */
  eventTimeout?: number | null | undefined;
  /** How often the request is sent again at most if it fails. */
  maxRetries?: number | undefined;
  /** Stops the request, or the stream that came of it, and closes its connection. */
  signal?: WebAbortSignal | null | undefined;
  /** Starts with the same key give the same task. Default: a new key for each start. */
  idempotencyKey?: string | undefined;
}

/** How to wait for the end of a task. */
export interface WaitOptions extends Omit<RequestOptions, "body" | "timeout" | "eventTimeout" | "idempotencyKey"> {
  /** In milliseconds: how long to wait in all; null is without limit, as is the default. */
  timeout?: number | null | undefined;
  /** In milliseconds: the longest pause between two questions; the first ones are shorter. Default: 5000. */
  pollInterval?: number | null | undefined;
}

/** How to run a task. */
export interface RunOptions extends RequestOptions {
  /** Called with each event as it comes, and awaited. What it throws ends the call; the task goes on. */
  onEvent?: ((event: TaskEvent) => unknown) | undefined;
}

/** A request of the program's own. */
export interface OwnRequestOptions extends Omit<RequestOptions, "body" | "idempotencyKey"> {
  /** An object or an array is sent as JSON, a string as it is. */
  body?: unknown;
  /** Whether the answer is a stream of events. */
  stream?: boolean | undefined;
}

/** The same, all in one. */
export interface FinalRequestOptions extends OwnRequestOptions {
  /** `get`, `post`, ... */
  method: string;
  /** Comes after the base URL's own path; it may have a query. */
  path: string;
}
