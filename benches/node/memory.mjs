// What this process holds in memory, in bytes, as Linux counts it.
import { readFileSync } from "node:fs";

const member = (name) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync("/proc/self/status", "utf8"))[1]);

/** Now. */
export const resident = () => member("VmRSS");

/** At most so far. */
export const peak = () => member("VmHWM");
