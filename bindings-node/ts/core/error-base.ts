import type { WebHeaders } from "./web-types.js";

/** Every error of this library is one of these. */
export class LightconeError extends Error {
  static {
    // Stacks and the reports of test runners begin with it. A program may set another, as of any error.
    Object.defineProperty(this.prototype, "name", {
      get(this: Error) {
        return this.constructor.name;
      },
      set(this: Error, value: unknown) {
        Object.defineProperty(this, "name", { value, writable: true, enumerable: true, configurable: true });
      },
      configurable: true,
    });
  }
}

/** The server's answer says no or makes no sense, or there was none. */
export class APIError<
  TStatus extends number | undefined = number | undefined,
  THeaders extends WebHeaders | undefined = WebHeaders | undefined,
  TError extends object | undefined = object | undefined,
> extends LightconeError {
  /** The HTTP status; undefined when no answer came. */
  readonly status: TStatus;
  /** The headers of the answer; undefined when none came. */
  readonly headers: THeaders;
  /** The decoded JSON body of the answer; undefined when it had none. */
  readonly error: TError;
  /** The task concerned, where it is known. */
  taskId: string | null = null;
  /** How often the request was sent; 0 when it never was. */
  attempts = 0;

  /** `options.text` is the error's text whatever the answer says. */
  constructor(status: TStatus, error: TError, message: string | undefined, headers: THeaders, options?: ErrorOptions & { text?: string }) {
    super(options?.text ?? describe(status, error, message), options);
    this.status = status;
    this.headers = headers;
    this.error = error;
  }
}

/** The status, and what the body says went wrong (contract, section 7). */
function describe(status: number | undefined, error: unknown, message: string | undefined): string {
  const own = typeof error === "object" && error !== null && "message" in error && error.message;
  const said = own || error;
  const text = typeof own === "string" && own ? own : said ? JSON.stringify(said) : message;
  if (status === undefined) return text || "(no status code or body)";
  return `${status} ${text || "status code (no body)"}`;
}
