// A program whose compiler knows neither the DOM's types nor Node's; it is compiled, never run.

import Lightcone, { APIError, Stream } from "@tzafon/lightcone";
import { LocalServer } from "@tzafon/lightcone/local";

export const task = new Lightcone().agent.tasks.start({ instruction: "go" });
export const server = LocalServer.start();

export async function follow(client: Lightcone): Promise<string | null> {
  const stream = await client.agent.tasks.startStream({ instruction: "go" });
  for await (const event of stream) if (event.type === "completed") return event.result;
  const copy: Stream<{ a: number }> = Stream.fromReadableStream<{ a: number }>(stream.toReadableStream(), stream.controller);
  copy.controller.abort();
  return new APIError(404, undefined, undefined, undefined).message;
}
