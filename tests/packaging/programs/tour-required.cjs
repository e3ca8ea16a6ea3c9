const lightcone = require("@tzafon/lightcone");
const local = require("@tzafon/lightcone/local");

import("./steps.mjs").then(({ tour }) => tour(lightcone, local));
