// As TypeScript's users write: an event's type says which members it has.

import Lightcone, { APIError, type ClientOptions } from "@tzafon/lightcone";
import { LocalServer } from "@tzafon/lightcone/local";

const server: LocalServer = await LocalServer.start();
server.script("Search", { steps: [{ finish: "found" }] });
const options: ClientOptions = { apiKey: server.apiKey, baseURL: server.url, timeout: 60_000 };
const client = new Lightcone(options);
const params: Lightcone.Agent.TaskStartStreamParams = { instruction: "Search", kind: "browser", max_steps: 3 };
for await (const event of await client.agent.tasks.startStream(params)) {
  if (event.type === "completed") {
    const result: string | null | undefined = event.result;
    console.log(result);
  }
}
try {
  await client.agent.tasks.retrieveStatus("nowhere");
} catch (error) {
  if (error instanceof APIError) console.log(error.status);
}
await server.close();
