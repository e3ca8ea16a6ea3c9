// Asks a route handler of the web's own kind, as Next.js does: `node served.mjs route.mjs`, with the handler in ROUTE.

import { pathToFileURL } from "node:url";

const { GET } = await import(pathToFileURL(process.env.ROUTE));
const response = await GET(new Request("http://localhost/api/task?q=Find+the+price+of+a+lamp"));
console.log(response.headers.get("content-type"), await response.text());
