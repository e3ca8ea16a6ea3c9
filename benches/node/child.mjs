// One reading: a fresh process with one client, which does some jobs and prints what they took.
//
//     node child.mjs CLIENT URL JOBS
//
// benches/README.md says what a job is and what comes of it.
import { resident } from "./memory.mjs";

const [, , name, url, jobs] = process.argv;
// Whatever a client needs is loaded between these two, and nothing else.
const bare = resident();
const { Client } = await import(`./clients/${name}.mjs`);
const imported = resident();
const { JOBS } = await import("./jobs.mjs");
const client = new Client(url);
await client.status();
const memory = { bare, import: imported, first_call: resident() };
const results = [];
for (const job of JSON.parse(jobs)) results.push(await JOBS[job.kind](client, job));
console.log(JSON.stringify({ results, memory }));
// Connections that a client keeps open do not keep a process.
process.exit();
