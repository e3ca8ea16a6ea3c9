/**
 * A server within this process, for tests: it is up in milliseconds, and a test decides what its agent does.
 *
 *     const server = await LocalServer.start();
 *     server.script("Find the price", { steps: [{ finish: "12 EUR" }] });
 *     const stream = await server.client().agent.tasks.startStream({ instruction: "Find the price" });
 *     for await (const event of stream) console.log(event);
 *     await server.close();
 */

import { Lightcone } from "./client.js";
import { endedByUsing } from "./core/disposal.js";
import { LightconeError } from "./core/error-base.js";
import { shown, typeOf } from "./core/shown.js";
import type { AsyncDisposal } from "./core/web-types.js";
import { uncloneable } from "./core/uncloneable.js";
import { native, type NativeLocalServer } from "#native";
import type { ClientOptions } from "./options.js";

/** What a client can ask for, by the name of its method. */
export type Operation = "start" | "startStream" | "retrieveStatus" | "injectMessage" | "pause" | "resume";

/** An event as it stands in the stream; it needs a `type`, and not one that ends a task. */
export interface ScriptEvent {
  /** What kind of event it is. */
  type: string;
  [member: string]: unknown;
}

/** One thing that a script does: exactly one of these, and with `action` perhaps a `description`. */
export interface Step {
  /** Told in the stream as it is. */
  event?: ScriptEvent;
  /** Done on the computer, such as `{ type: "navigate", url: "https://example.com/" }`. */
  action?: { type: string; [member: string]: unknown };
  /** What the event of the action says. Default: empty. */
  description?: string;
  /** So many milliseconds pass. */
  wait_ms?: number;
  /** Waits until a message has come in that this regular expression finds something in. */
  message?: string;
  /** Ends the task with success and this result. */
  finish?: string;
  /** Ends the task without success. */
  fail?: { error_code: string; result?: string; retryable?: boolean };
}

/** What a script does for the instructions that it is for. */
export interface Play {
  /** In order. Without `finish` or `fail` the task ends with success and an empty result. */
  steps?: readonly Step[];
  /** Told before the steps. */
  events?: readonly ScriptEvent[];
  /**
   * The number, from 1 and with the events counted, of the step in place of which the task
   * fails with the error code `scripted_failure`.
   */
  failAt?: number;
  /** Whether it runs on a computer, which actions need. Default: false, and no browser is needed. */
  computer?: boolean;
}

/** A script with the instructions that it is for, see {@link LocalServer.script}. */
export interface Script extends Play {
  /** This text, or every one in which the pattern is found. */
  instruction: string | RegExp;
}

/** How a server works. */
export interface LocalServerOptions {
  /**
   * What its browsers see: a folder with one folder per host, or `demo` for the built-in web.
   * Default: the network.
   */
  web?: string | undefined;
  /** The least time in milliseconds that an action takes. Default: 0. */
  pace?: number | undefined;
  /** What the agent does: scripts, of which the first that fits is played, or the path of a YAML or JSON file of them. */
  scripts?: readonly Script[] | string | undefined;
  /**
   * Who decides without scripts: where a model is, such as `cassette:tests/shop.jsonl` or
   * `northstar@http://localhost:8000/v1`, or its name. Default: what the file of models says, or `rules`.
   */
  model?: string | undefined;
  /** The path of a file of models, in TOML. */
  config?: string | undefined;
}

/** How requests fail. */
export interface Failure {
  /** The HTTP status, 400 to 599. Default: 500. */
  status?: number;
  /** How many requests; a client's repeats count. Default: 1. */
  times?: number;
  /** What the answers carry. */
  headers?: Readonly<Record<string, string>>;
}

/** How connections break. */
export interface Break {
  /** How many events of a stream come before. Default: 0, no answer at all. */
  afterEvents?: number;
  /** How many requests; a client's repeats count. Default: 1. */
  times?: number;
}

/** Those that run, to be stopped when the process ends. */
const running = new Set<NativeLocalServer>();

function stopAll(): void {
  for (const server of running) server.closeAndWait();
}

/** Where the library of the program knows `await using`, a server can be used with it. */
export interface LocalServer extends AsyncDisposal {}

/**
 * A server on a free port of this machine, with a key of its own, until `close` or the end of
 * the process; with it end its tasks and their browsers. It keeps no process alive.
 *
 * Where scripts are given, even none in a list, or once one is added, its default model plays
 * scripts and nothing else. Before that it understands plain instructions by rules, in a browser.
 */
export class LocalServer {
  readonly #native: NativeLocalServer;

  private constructor(server: NativeLocalServer) {
    uncloneable(this);
    this.#native = server;
  }

  /**
   * Starts one.
   * @throws LightconeError if an option cannot be used.
   */
  static async start(options: LocalServerOptions = {}): Promise<LocalServer> {
    if (typeof options !== "object" || options === null) throw new LightconeError(`Options must be an object, such as \`{ pace: 100 }\`, not ${typeOf(options)}.`);
    const { web, pace = 0, scripts, model, config, ...others } = options;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw new LightconeError(`There is no option \`${unknown}\`; there are \`web\`, \`pace\`, \`scripts\`, \`model\` and \`config\`.`);
    if (typeof pace !== "number" || !(pace >= 0 && pace < Infinity)) throw new LightconeError(`\`pace\` is a time in milliseconds, from 0 on; it is ${shown(pace)}.`);
    if (scripts !== undefined && typeof scripts !== "string" && !Array.isArray(scripts)) {
      throw new LightconeError(`\`scripts\` must be an array of scripts, or the path of a file of them; it is ${shown(scripts)}.`);
    }
    const settings = {
      web,
      model,
      config,
      pace_ms: Math.round(pace),
      ...(typeof scripts === "string" ? { scripts_file: scripts } : { scripts: scripts?.map(({ instruction, ...play }) => written(instruction, play)) }),
    };
    try {
      const server = await native.startLocalServer(JSON.stringify(settings));
      if (running.size === 0) process.once("exit", stopAll);
      running.add(server);
      return new LocalServer(server);
    } catch (error) {
      throw refused(error);
    }
  }

  /** The address, for a client's `baseURL`. */
  get url(): string {
    return this.#native.url;
  }

  /** The key, for a client's `apiKey`. */
  get apiKey(): string {
    return this.#native.key;
  }

  /**
   * A client of this server. It needs no key and no address from the environment, and uses no proxy.
   * @param options How it works apart from that.
   */
  client(options: Omit<ClientOptions, "apiKey" | "baseURL"> = {}): Lightcone {
    return new Lightcone({ ...options, apiKey: this.apiKey, baseURL: this.url });
  }

  /**
   * Says what the agent does for an instruction: for this text, or for every one in which the
   * pattern is found. It counts before every script that is there already.
   * @param instruction The text or the pattern.
   * @throws LightconeError if it cannot be played.
   */
  script(instruction: string | RegExp, play: Play): void {
    this.#tell(() => this.#native.script(JSON.stringify(written(instruction, play))));
  }

  /**
   * Answers the next requests of an operation with an HTTP error; what they ask for is not done.
   *
   * A client sends most requests again after 408, 409, 429 and 5xx; the header `x-should-retry: false`
   * forbids it, and `retry-after: 0` lets it be soon.
   * @throws LightconeError if it cannot be.
   */
  failNext(operation: Operation, failure: Failure = {}): void {
    const { status = 500, times = 1, headers = {} } = failure;
    this.#fault({ operation: snake(operation), status, times, headers: Object.entries(headers) });
  }

  /**
   * Breaks the connection of the next requests of an operation; what they ask for is done.
   * @throws LightconeError if it cannot be.
   */
  dropNext(operation: Operation = "startStream", how: Break = {}): void {
    const { afterEvents = 0, times = 1 } = how;
    this.#fault({ operation: snake(operation), after_events: afterEvents, times });
  }

  /** Ends its tasks and browsers, and the server. Once more is harmless. */
  async close(): Promise<void> {
    await this.#native.close();
    running.delete(this.#native);
    if (running.size === 0) process.off("exit", stopAll);
  }

  #fault(fault: object): void {
    this.#tell(() => this.#native.addFault(JSON.stringify(fault)));
  }

  #tell(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      throw refused(error);
    }
  }
}

endedByUsing(LocalServer.prototype, LocalServer.prototype.close);

/** A script as the server reads it. */
function written(instruction: string | RegExp, { failAt, ...play }: Play): object {
  const fits = instruction instanceof RegExp ? { pattern: pattern(instruction) } : { instruction };
  return { ...fits, ...play, fail_at: failAt };
}

/** A pattern with those of its flags in it that change what it finds. */
function pattern({ source, flags }: RegExp): string {
  const kept = flags.replace(/[^ims]/g, "");
  return kept ? `(?${kept})${source}` : source;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function refused(error: unknown): LightconeError {
  return new LightconeError((error as Error).message);
}
