/** What programs say about logging. Apart from the logging itself, which knows the native module. */

/** Which records a client's logger gets: those of this level and of the levels before it. */
export type LogLevel = "off" | "error" | "warn" | "info" | "debug";

/** Where records go: `console` is one, and so are the loggers of most libraries. */
export interface Logger {
  error(message: string, ...rest: unknown[]): void;
  warn(message: string, ...rest: unknown[]): void;
  info(message: string, ...rest: unknown[]): void;
  debug(message: string, ...rest: unknown[]): void;
}
