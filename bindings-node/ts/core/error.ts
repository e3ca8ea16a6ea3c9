/** The error classes (contract, section 7). */

import type { TaskResult } from "../generated/outcome.js";
import { APIError, LightconeError } from "./error-base.js";
import type { WebHeaders } from "./web-types.js";

export { APIError, LightconeError } from "./error-base.js";

/** The server could not be reached, or the connection broke. */
export class APIConnectionError extends APIError<undefined, WebHeaders | undefined, undefined> {
  constructor({ message, cause, headers }: { message?: string | undefined; cause?: unknown; headers?: WebHeaders | undefined }) {
    super(undefined, undefined, message || "Connection error.", headers, cause === undefined ? undefined : { cause });
  }
}

/** Nothing came for as long as the timeout allows. */
export class APIConnectionTimeoutError extends APIConnectionError {
  constructor({ message, headers }: { message?: string | undefined; headers?: WebHeaders | undefined } = {}) {
    super({ message: message || "Request timed out.", headers });
  }
}

/**
 * A task's stream broke off and could not be taken up again. The task itself may be running
 * still: `retrieveStatus` tells.
 */
export class StreamInterruptedError extends APIConnectionError {
  /** The id of the last event that came. */
  readonly lastEventId: string | null;

  constructor(options: { message?: string | undefined; headers?: WebHeaders | undefined; lastEventId: string | null }) {
    super(options);
    this.lastEventId = options.lastEventId;
  }
}

/** The program itself stopped the request, through a signal. */
export class APIUserAbortError extends APIError<undefined, undefined, undefined> {
  constructor({ message, cause }: { message?: string | undefined; cause?: unknown } = {}) {
    super(undefined, undefined, message || "Request was aborted.", undefined, cause === undefined ? undefined : { cause });
  }
}

/** The request was malformed. */
export class BadRequestError extends APIError<400, WebHeaders> {}

/** The key is missing or wrong. */
export class AuthenticationError extends APIError<401, WebHeaders> {}

/** The key may not do this. */
export class PermissionDeniedError extends APIError<403, WebHeaders> {}

/** There is no such task, computer or route. */
export class NotFoundError extends APIError<404, WebHeaders> {}

/**
 * This server has no such operation (its status is 405 where other operations have the same
 * path). The hosted service has no list, no cancel and no way to follow a task that runs already.
 */
export class NotSupportedError extends NotFoundError {
  constructor(status: 404, error: object | undefined, message: string | undefined, headers: WebHeaders) {
    // The server speaks of a route; which operation is not there the core says.
    super(status, error, message, headers, { text: `${status} ${message}` });
  }
}

/** The task's state forbids it, or the idempotency key belongs to another request. */
export class ConflictError extends APIError<409, WebHeaders> {}

/** A field has a value that the server does not accept. */
export class UnprocessableEntityError extends APIError<422, WebHeaders> {}

/** Too many requests, or too many tasks at once. */
export class RateLimitError extends APIError<429, WebHeaders> {}

/** The server failed: any status from 500. */
export class InternalServerError extends APIError<number, WebHeaders> {}

/** A task ended and was not completed; `TaskResult.raiseForStatus` throws it. */
export class TaskFailedError extends LightconeError {
  /** How it ended. */
  readonly result: TaskResult;

  constructor(message: string, result: TaskResult) {
    super(message);
    this.result = result;
  }
}
