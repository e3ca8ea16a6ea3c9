// What a compiler refuses; it is compiled, never run.

import Lightcone, { APIError, LightconeError, NotFoundError, Stream, type ClientOptions, type RequestOptions, type TaskResult } from "@tzafon/lightcone";
import { LocalServer } from "@tzafon/lightcone/local";

export function clients(client: Lightcone): void {
  // @ts-expect-error: requests do not go through fetch
  new Lightcone({ fetch: () => {} });
  // @ts-expect-error: nor by what it takes
  new Lightcone({ fetchOptions: {} });
  // @ts-expect-error: a key is a text
  new Lightcone({ apiKey: 7 });
  // @ts-expect-error: the options have other names
  new Lightcone({ api_key: "k", base_url: "http://h" });
  // @ts-expect-error: an address is a text
  new Lightcone({ baseURL: new Date() });
  // @ts-expect-error: milliseconds, or one for each thing
  new Lightcone({ timeout: "5s" });
  // @ts-expect-error: there is no such limit
  new Lightcone({ timeout: { total: 5 } });
  // @ts-expect-error: there is no such level
  new Lightcone({ logLevel: "loud" });
  // @ts-expect-error: a logger has four methods
  new Lightcone({ logger: { info: () => {} } });
  // @ts-expect-error: a header is a text
  new Lightcone({ defaultHeaders: { "x-a": 7 } });
  // @ts-expect-error: a key is needed beside a certificate's name
  new Lightcone({ clientCertificate: { file: "x" } });
  // @ts-expect-error: a client's own settings cannot be changed
  client.apiKey = "k";
  // @ts-expect-error: other resources are not here
  client.computers;
  // @ts-expect-error: what is within is nobody's business
  client.unary;
}

export async function calls({ agent: { tasks } }: Lightcone): Promise<void> {
  // @ts-expect-error: the instruction is required
  tasks.start({});
  // @ts-expect-error: without parameters there is none
  tasks.startStream();
  // @ts-expect-error: steps are a number
  tasks.start({ instruction: "go", max_steps: "5" });
  // @ts-expect-error: names are written with underscores
  tasks.start({ instruction: "go", maxSteps: 5 });
  // @ts-expect-error: a role is needed in each message
  tasks.start({ instruction: "go", context: [{ content: "hi" }] });
  // @ts-expect-error: metadata is text
  tasks.start({ instruction: "go", metadata: { a: 1 } });
  // @ts-expect-error: the id is a string
  tasks.pause(7);
  // @ts-expect-error: an id may be missing in an answer of another kind
  tasks.pause((await tasks.wait("t")).task_id);
  // @ts-expect-error: a message is needed
  tasks.injectMessage("t", {});
  // @ts-expect-error: a message is in an object
  tasks.injectMessage("t", "more");
  // @ts-expect-error: there is no such option
  tasks.pause("t", { retries: 1 });
  // @ts-expect-error: a controller is no signal
  tasks.pause("t", { signal: new AbortController() });
  // @ts-expect-error: the time in all is one number
  tasks.wait("t", { timeout: { read: 5 } });
  // @ts-expect-error: a pause has another name
  tasks.wait("t", { poll_interval: 5 });
  // @ts-expect-error: an id of an event is a text
  tasks.events("t", { lastEventId: 4 });
  // @ts-expect-error: an answer has no such member
  (await tasks.pause("t")).task_id;
  // @ts-expect-error: what is yet to come has no events
  for await (const event of tasks.startStream({ instruction: "go" })) console.log(event);
  // @ts-expect-error: a result may be missing
  const result: string = (await tasks.run({ instruction: "go" })).result;
  console.log(result);
}

export function others(error: NotFoundError, result: TaskResult, stream: Stream<number>): void {
  // @ts-expect-error: its status is known
  const status: 500 = error.status;
  // @ts-expect-error: what was answered stays as it is
  error.status = 404;
  // @ts-expect-error: and so does a result
  result.status = "completed";
  // @ts-expect-error: numbers are no events
  const events: Stream<{ type: string }> = stream;
  // @ts-expect-error: a controller is needed
  Stream.fromSSEResponse<number>(new Response(""));
  // @ts-expect-error: a server is started, not made
  new LocalServer();
  // @ts-expect-error: not every error of ours comes of an answer
  const answered: APIError = new LightconeError("no");
  console.log(status, events, answered);
}

// With `exactOptionalPropertyTypes` a variable may be undefined all the same.
const maybe = undefined as string | undefined;
export const options: ClientOptions = { apiKey: maybe, baseURL: maybe, logger: undefined, timeout: undefined, defaultHeaders: { "x-a": maybe } };
export const ofCall: RequestOptions = { idempotencyKey: maybe, signal: undefined, timeout: undefined, headers: undefined, query: undefined, body: undefined };
