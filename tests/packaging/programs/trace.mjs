// Prints the files that a program needs, as hosts of web applications find them, Next.js among them: `node trace.mjs PROGRAM`.

import { nodeFileTrace } from "@vercel/nft";

const { fileList } = await nodeFileTrace([process.argv[2]]);
console.log([...fileList].sort().join("\n"));
