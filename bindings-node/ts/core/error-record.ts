/** The core's records of errors become error classes. */

import * as errors from "./error.js";
import { CLASS_BY_KIND, type ErrorKind } from "../generated/errors.js";

/** What crosses from the core, as the message of a native error. */
interface ErrorRecord {
  kind: ErrorKind;
  message: string;
  response: { status: number; headers: [name: string, value: string][]; body: string } | null;
  attempts: number;
  task_id: string | null;
  last_event_id: string | null;
}

/** The error that a native one stands for; any other error is given back as it is. */
export function fromNative(error: unknown): unknown {
  // Not by `instanceof Error`: in a `vm` context, where Jest runs tests, native errors are of another realm.
  const message: unknown = (error as { message?: unknown } | null | undefined)?.message;
  const record = typeof message === "string" ? read(message) : undefined;
  if (!record) return error;
  const made = make(record);
  if (made instanceof errors.APIError) {
    made.taskId = record.task_id;
    made.attempts = record.attempts;
  }
  return made;
}

function make(record: ErrorRecord): errors.LightconeError {
  const { message, response, last_event_id: lastEventId } = record;
  const headers = response ? new Headers(response.headers) : undefined;
  const name = CLASS_BY_KIND[record.kind];
  switch (name) {
    case "LightconeError":
    // Only a result, not the core, makes this into an error.
    case "TaskFailedError":
      return new errors.LightconeError(message);
    case "APIConnectionError":
      return new errors.APIConnectionError({ message, headers });
    case "APIConnectionTimeoutError":
      return new errors.APIConnectionTimeoutError({ message, headers });
    case "StreamInterruptedError":
      return new errors.StreamInterruptedError({ message, headers, lastEventId });
    case "APIError":
      if (record.kind === "response") return new errors.APIError(response?.status, undefined, message, headers);
  }
  // What the server said, not the core's words for it, makes the message of a refusal.
  const body = response?.body ?? "";
  const json = parse(body);
  const Class = errors[name] as typeof errors.APIError;
  const words = name === "NotSupportedError" ? message : json ? undefined : body;
  return new Class(response?.status, json || undefined, words, headers);
}

function read(message: string): ErrorRecord | undefined {
  const record = parse(message) as ErrorRecord | undefined;
  return record && record.kind in CLASS_BY_KIND ? record : undefined;
}

function parse(text: string): object | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
