/** All cases with the package as an ES module. */

import Lightcone from "@tzafon/lightcone";

import { run } from "./play.mjs";

await run(Lightcone, "typescript");
