import * as lightcone from "@tzafon/lightcone";
import * as local from "@tzafon/lightcone/local";
import { tour } from "./steps.mjs";

tour(lightcone, local);
