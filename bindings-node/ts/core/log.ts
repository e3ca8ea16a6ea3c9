/** What the core tells of its work, for the logger of a client. */

import type { NativeClient, NativeStream } from "#native";
import { LightconeError } from "./error-base.js";
import type { Logger, LogLevel } from "./logger.js";
import { shown } from "./shown.js";

/** What the core has to say, as `records.rs` writes it. */
interface NativeRecord {
  level: "warn" | "info" | "debug";
  message: string;
  fields: Record<string, unknown>;
}

const LEVELS: readonly LogLevel[] = ["off", "error", "warn", "info", "debug"];

/** In milliseconds: how often it is looked for records while a call or a wait is under way. */
const INTERVAL = 100;

/** What a client is told about logging, checked. */
export interface LogSettings {
  readonly level: LogLevel;
  readonly logger: Logger;
}

/** The settings of these options, or of the environment's `LIGHTCONE_LOG` where they do not say. */
export function logSettings(options: { logLevel?: unknown; logger?: unknown }): LogSettings {
  const logger = options.logger ?? console;
  if (!isLogger(logger)) {
    throw new LightconeError("`logger` must have the methods `error`, `warn`, `info` and `debug`, as `console` does.");
  }
  const given = options.logLevel;
  if (given !== undefined && given !== null) {
    if (!isLevel(given)) throw new LightconeError(`\`logLevel\` must be one of ${LEVELS.join(", ")}; it is ${shown(given)}.`);
    return { level: given, logger };
  }
  const named = process.env["LIGHTCONE_LOG"]?.trim().toLowerCase();
  if (!named) return { level: "warn", logger };
  // More than `debug` the command has, and nothing here.
  if (named === "trace") return { level: "debug", logger };
  if (isLevel(named)) return { level: named, logger };
  logger.warn(`LIGHTCONE_LOG is ${JSON.stringify(named)}; the levels there are are ${LEVELS.join(", ")}.`);
  return { level: "warn", logger };
}

/** A client of these settings, made by `make`, whose records go to the logger. Where that wants none, there is nothing in between. */
export function logged({ level, logger }: LogSettings, make: (allTold?: boolean) => NativeClient): NativeClient {
  if (level !== "info" && level !== "debug") return make();
  const client = make(level === "debug");
  const log = new Log(client, logger);
  return {
    records: () => client.records(),
    call: (...call) => log.during(client.call(...call)),
    open: async (...call) => log.over(await log.during(client.open(...call))),
    openRaw: (...call) => log.during(client.openRaw(...call)),
    sharing: (...settings) => client.sharing(...settings),
    url: (settings) => client.url(settings),
    close: () => client.close(),
  };
}

class Log {
  #waits = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: NativeClient,
    private readonly logger: Logger,
  ) {}

  /** The work, with records passed on during it, and before whoever waits for it goes on. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#waits += 1;
    // It does not keep the process alive.
    this.#timer ??= setInterval(() => this.#passOn(), INTERVAL).unref();
    try {
      return await work;
    } finally {
      this.#waits -= 1;
      if (this.#waits === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
      this.#passOn();
    }
  }

  /** The stream, with records passed on as it is read and when it is closed. */
  over(stream: NativeStream): NativeStream {
    return {
      head: stream.head,
      get taskId() {
        return stream.taskId;
      },
      get computerId() {
        return stream.computerId;
      },
      outcome: (cancellation) => this.during(stream.outcome(cancellation)),
      nextBatch: (max) => {
        const batch = stream.nextBatch(max);
        if (batch instanceof Promise) return this.during(batch);
        this.#passOn();
        return batch;
      },
      close: () => {
        stream.close();
        this.#passOn();
      },
    };
  }

  #passOn(): void {
    const text = this.client.records();
    if (text === null) return;
    for (const { level, message, fields } of JSON.parse(text) as NativeRecord[]) {
      try {
        // The message has the fields in it; a logger that keeps them apart gets them too.
        if (this.logger === console) this.logger[level](message);
        else this.logger[level](message, fields);
      } catch (error) {
        // A fault of the logger is no fault of the call's.
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }
}

function isLevel(value: unknown): value is LogLevel {
  return (LEVELS as readonly unknown[]).includes(value);
}

function isLogger(value: unknown): value is Logger {
  const methods = value as Record<string, unknown>;
  return typeof value === "object" && value !== null && LEVELS.slice(1).every((level) => typeof methods[level] === "function");
}
