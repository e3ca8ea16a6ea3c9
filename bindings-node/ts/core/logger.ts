/** What programs say about logging. Apart from the logging itself, which knows the native module. */

/** Which records a client's logger gets: those of this level and of the levels before it. */
export type LogLevel = "off" | "error" | "warn" | "info" | "debug";

/** Where records go: `console` is one, and so are the loggers of most libraries. */
export interface Logger {
  /** Nothing is told at this level now; what fails is an error that the program gets. `message` says all of it, `rest` its parts. */
  error(message: string, ...rest: unknown[]): void;
  /** Something is not as it should be, though the program goes on. `message` and `rest` as there. */
  warn(message: string, ...rest: unknown[]): void;
  /** What becomes of calls and streams. `message` and `rest` as there. */
  info(message: string, ...rest: unknown[]): void;
  /** Everything else, down to the headers of each request. `message` and `rest` as there. */
  debug(message: string, ...rest: unknown[]): void;
}
