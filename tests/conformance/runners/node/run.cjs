/** The cases of one topic with the package as a CommonJS module. */

const { Lightcone } = require("@tzafon/lightcone");

import("./play.mjs").then(({ run }) => run(Lightcone, "typescript-cjs", "answers"));
