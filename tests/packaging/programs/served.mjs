// Runs a program that knows its server by the environment only, `node served.mjs PROGRAM`, against a server whose
// agent plays what the guides ask for. The server ends with the process.

import { pathToFileURL } from "node:url";
import { LocalServer } from "@tzafon/lightcone/local";

const server = await LocalServer.start();
const looking = [{ type: "progress_update", message: "looking" }];
server.script(/./, { events: looking, steps: [{ finish: "12.50 EUR" }] });
server.script("Go to github.com and find the trending Python repositories", { steps: [{ message: "top 3" }, { finish: "one, two, three" }] });
server.script("Search for 'machine learning' on Wikipedia and summarize the first paragraph", { steps: [{ finish: "A field of study." }] });
process.env.LIGHTCONE_BASE_URL = server.url;
process.env.TZAFON_API_KEY = server.apiKey;
await import(pathToFileURL(process.argv[2]));
