// A user's program; it is compiled, never run.

import Lightcone, { APIPromise, NotFoundError, NotSupportedError, Page, Stream, TaskFailedError, TaskResult, VERSION, type ClientOptions } from "@tzafon/lightcone";
import { APIError, APIUserAbortError, StreamInterruptedError } from "@tzafon/lightcone/core/error.js";
import { APIPromise as SamePromise } from "@tzafon/lightcone/core/api-promise.js";
import { APIError as SameError } from "@tzafon/lightcone/core/error";
import { Stream as SameStream } from "@tzafon/lightcone/core/streaming.js";
import { LightconeError } from "@tzafon/lightcone/error.js";
import SameLightcone from "@tzafon/lightcone/index.js";
import type { TaskEvent, TaskStartParams } from "@tzafon/lightcone/resources/agent/tasks.js";
import { Tasks } from "@tzafon/lightcone/resources/agent/tasks";
import { Stream as StreamAgain } from "@tzafon/lightcone/streaming.js";

const maybe = undefined as string | undefined;
const options: ClientOptions = { apiKey: maybe, baseURL: maybe, timeout: 5000, maxRetries: 0, defaultHeaders: { "x-a": null }, defaultQuery: { a: [1] } };
const same: SameLightcone = new Lightcone(options);
const client: Lightcone = same;

export async function calls(id: string): Promise<void> {
  const params: Lightcone.Agent.TaskStartParams = { instruction: "go", kind: "browser", viewport_width: 1280, temperature: undefined };
  const alike: TaskStartParams = { ...params, model: "anything", kind: "a kind of the future", context: [{ role: "user", content: "hi" }] };
  const task = await client.agent.tasks.start(alike, { idempotencyKey: "k", timeout: 100, maxRetries: 1, headers: { a: "b" }, query: { c: true } });
  const started: Lightcone.Agent.TaskStartResponse = task;
  console.log(started.task_id!.length, task.status, task.reused, VERSION);
  const promise: APIPromise<Lightcone.Agent.TaskRetrieveStatusResponse> = client.agent.tasks.retrieveStatus(id);
  const alsoPromise: SamePromise<Lightcone.Agent.TaskRetrieveStatusResponse> = promise;
  const { data, response } = await alsoPromise.withResponse();
  const usage: Lightcone.Agent.TaskUsage | null | undefined = data.usage;
  console.log(data.exit_code, usage?.cost?.toFixed(2), response.headers.get("x-request-id"), (await promise.asResponse()).status);
  await client.agent.tasks.pause(id);
  await client.agent.tasks.resume(id, { signal: new AbortController().signal });
  await client.agent.tasks.injectMessage(id, { message: "more" });
  const requestOptions: Lightcone.RequestOptions = { signal: null };
  await client.agent.tasks.pause(id, requestOptions);

  await client.agent.tasks.start(params, { body: { instruction: "in its place" }, headers: [["x-a", "1"]] });
  const own: Lightcone.OwnRequestOptions = { query: { limit: 5 }, body: [1] };
  const answer: { n: number } = await client.post<{ n: number }>("/x", own);
  const unknown: unknown = await client.request({ method: "options", path: "/x" });
  const raw = await client.get("/x", { stream: false }).asResponse();
  console.log(answer.n, unknown, raw.ok, client.buildURL("/x", { a: [1] }), client.baseURL, client.maxRetries);
  const tasks: Tasks = client.agent.tasks;
  await tasks.resume(id);
  await client.withOptions({ maxRetries: 5, timeout: { connect: 1000, read: null } }).close();
}

export async function streams(): Promise<string> {
  const stream = await client.agent.tasks.startStream({ instruction: "go" });
  const events: Stream<TaskEvent> = stream;
  const alike: SameStream<Lightcone.Agent.TaskEvent> = events;
  const again: StreamAgain<TaskEvent> = alike;
  const [left, right] = again.tee();
  const back: Stream<TaskEvent> = Stream.fromReadableStream<TaskEvent>(right.toReadableStream(), new AbortController());
  back.controller.abort();
  const fetched: Stream<TaskEvent> = Stream.fromSSEResponse<TaskEvent>(new Response(""), new AbortController());
  console.log(await fetched.result(), fetched.taskId);
  for await (const event of left) {
    const type: string = event.type;
    switch (event.type) {
      case "started":
        console.log(event.computer_id, type, left.lastEventId?.length, left.eventName);
        break;
      case "screenshot":
        console.log(event.screenshot_url?.startsWith("data:"), event.step! + 1);
        break;
      case "action":
        console.log(event.action?.["coordinates"], event.description);
        break;
      case "completed": {
        const result: string = event.result;
        return result;
      }
      case "failed":
        throw new Error(event.error_code ?? "");
    }
  }
  return "";
}

export async function wholeTasks(): Promise<string> {
  const result: TaskResult = await client.agent.tasks.run({ instruction: "go" }, { onEvent: (event: TaskEvent) => console.log(event.type), eventTimeout: 60_000 });
  const waited = await client.agent.tasks.wait(result.task_id ?? "", { timeout: 5000, pollInterval: 1000, signal: null });
  const code: number | null = waited.raiseForStatus().exit_code;
  for await (const task of client.agent.tasks.list({ status: "failed", limit: 5 })) console.log(task.steps, task.metadata?.["a"], code);
  const page: Page<Lightcone.Agent.TaskRetrieveStatusResponse> = await client.agent.tasks.list();
  console.log(page.data.length, page.has_more, await page.nextPage());
  const cancelled: Lightcone.Agent.TaskCancelResponse = await client.agent.tasks.cancel("t1");
  const stream = await client.agent.tasks.events("t1", { lastEventId: "4" }, { eventTimeout: null });
  console.log(cancelled.status, stream.taskId, stream.computerId?.length, stream.terminalEvent?.type);
  return (await stream.result()) ?? "";
}

export function errors(error: unknown): number | undefined {
  if (error instanceof NotFoundError) {
    const status: 404 = error.status;
    return status;
  }
  if (error instanceof TaskFailedError) console.log(error.result.status);
  if (error instanceof NotSupportedError) return error.status;
  if (error instanceof StreamInterruptedError) console.log(error.taskId, error.lastEventId);
  if (error instanceof APIUserAbortError || error instanceof Lightcone.RateLimitError) console.log(error.message);
  if (error instanceof APIError || error instanceof SameError) return error.status;
  if (error instanceof LightconeError) console.log(error.message, error.cause);
  return undefined;
}
