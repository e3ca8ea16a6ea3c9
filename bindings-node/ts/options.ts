import type { HeadersLike } from "./core/headers.js";
import type { WebAbortSignal } from "./core/web-types.js";

/** Members of the query by name: lists are joined by commas, objects nest in brackets, null is left out. */
export type Query = { readonly [name: string]: unknown };

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
   * In milliseconds: how long to wait for a connection, and for the next bytes of an answer. It
   * does not limit how long a stream may go on. Default: 5 s for a connection, 60 s for bytes.
   */
  timeout?: number | undefined;
  /** How often a request that failed is sent again at most. Default: 2. */
  maxRetries?: number | undefined;
  /** Sent with every request; null removes a header that would be sent otherwise. */
  defaultHeaders?: HeadersLike | undefined;
  /** Added to the address of every request. */
  defaultQuery?: Query | undefined;
}

/** What one call does in another way than its client. */
export interface RequestOptions {
  /** Over the client's headers; null removes a header that would be sent otherwise. */
  headers?: HeadersLike | undefined;
  /** Over the client's query. */
  query?: Query | undefined;
  /** In milliseconds: how long to wait for a connection, and for the next bytes of the answer. */
  timeout?: number | undefined;
  /** How often the request is sent again at most if it fails. */
  maxRetries?: number | undefined;
  /** Stops the request, or the stream that came of it, and closes its connection. */
  signal?: WebAbortSignal | null | undefined;
  /** Starts with the same key give the same task. Default: a new key for each start. */
  idempotencyKey?: string | undefined;
}
