import { Lightcone } from "./client.js";

export { Lightcone, Lightcone as default } from "./client.js";
export { APIPromise } from "./core/api-promise.js";
// By name, since Node.js finds no others in a CommonJS module that sets `module.exports`.
export {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  LightconeError,
  NotFoundError,
  NotSupportedError,
  PermissionDeniedError,
  RateLimitError,
  StreamInterruptedError,
  TaskFailedError,
  UnprocessableEntityError,
} from "./core/error.js";
export { Page, PagePromise } from "./core/page.js";
export type { HeadersLike } from "./core/headers.js";
export type { Logger, LogLevel } from "./core/logger.js";
export { Stream } from "./core/streaming.js";
export { TaskResult } from "./generated/outcome.js";
export type {
  ClientCertificate,
  ClientOptions,
  ConnectionLimits,
  FinalRequestOptions,
  OwnRequestOptions,
  Pem,
  Query,
  RequestOptions,
  RunOptions,
  Timeouts,
  WaitOptions,
} from "./options.js";
export { VERSION } from "./version.js";

// `require("@tzafon/lightcone")` gives the class itself, as programs expect, with every name on it.
module.exports = Object.assign(Lightcone, exports);
