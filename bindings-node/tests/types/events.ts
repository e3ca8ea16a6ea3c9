// What a compiler makes of events; it is compiled, never run.

import Lightcone, { type Stream } from "@tzafon/lightcone";
import type { CompletedEvent, TaskEvent, UnknownEvent } from "@tzafon/lightcone/resources/agent/tasks.js";

/** Whether two types are the same, not only fit for each other. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <T extends true>(): T | undefined => undefined;

export async function byType(stream: Stream<TaskEvent>): Promise<string> {
  for await (const event of stream) {
    const type: string = event.type;
    if (event.type === "completed") {
      same<Same<typeof event, CompletedEvent>>();
      const result: string = event.result;
      return result;
    }
    // @ts-expect-error: it is not completed here
    if (event.type === "completed") return type;
    // @ts-expect-error: only some events have one
    event.result;

    switch (event.type) {
      case "failed":
      case "config_error":
        console.log(event.error_code?.length, event.retryable);
        break;
      case "screenshot":
        console.log(event.screenshot_url.length, (event.step ?? 0) + 1);
        break;
      case "action":
        console.log(event.action?.["type"], event.description);
        break;
      case "login_required":
        console.log(event.computer_id);
        break;
      default:
        // @ts-expect-error: what has a case of its own is not here
        if (event.type === "failed") return "";
        console.log(type);
    }

    // A type that this version does not know, with any members.
    if ((event.type as string) === "of_the_future") {
      const unknown = event as UnknownEvent;
      const member: unknown = unknown["member"];
      // @ts-expect-error: nothing is known of it
      member.length;
    }
  }
  return "";
}

type Handlers = { [Type in TaskEvent["type"]]?: (event: Extract<TaskEvent, { type: Type }>) => void };

export const handlers: Handlers = {
  started: (event) => console.log(event.task_id.length, event.computer_id),
  completed: (event) => console.log(event.result.length),
  // @ts-expect-error: there is no such type
  finished: () => {},
};

// As a program's own tests make them.
const made: TaskEvent[] = [
  { type: "started", task_id: "t1" },
  { type: "completed", result: "done", step: null },
  { type: "of_the_future" as UnknownEvent["type"], anything: [1] },
];
// @ts-expect-error: a result is a text
const wrong: TaskEvent = { type: "completed", result: 5 };
// @ts-expect-error: the address is missing
const incomplete: TaskEvent = { type: "screenshot" };

export async function everyWay(client: Lightcone): Promise<TaskEvent[]> {
  const events: TaskEvent[] = [...made, wrong, incomplete];
  for await (const event of await client.agent.tasks.startStream({ instruction: "go" })) events.push(event);
  for await (const event of await client.agent.tasks.events("t1")) same<Same<typeof event, TaskEvent>>();
  await client.agent.tasks.run({ instruction: "go" }, { onEvent: (event) => void same<Same<typeof event, TaskEvent>>() });
  const stream = await client.agent.tasks.startStream({ instruction: "go" });
  same<Same<typeof stream.terminalEvent, TaskEvent | null>>();
  return events;
}
