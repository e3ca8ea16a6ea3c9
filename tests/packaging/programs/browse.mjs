// Does what a page does with the guide's code for browsers: `node browse.mjs BUNDLE ADDRESS`.

import { pathToFileURL } from "node:url";

const [bundle, address] = process.argv.slice(2);
const { follow } = await import(pathToFileURL(bundle));
// A page's own address leads those without a host.
const wire = globalThis.fetch;
globalThis.fetch = (path, options) => wire(new URL(path, address), options);
await follow("Find the price of a lamp", (event) => console.log(event.type, event.result ?? ""));
