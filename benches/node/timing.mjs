// How long to read, and what it took.
import { peak } from "./memory.mjs";

// Long enough to estimate a rate from; short, for it is not what is measured.
const ESTIMATE = 0.03;
const FIRST = 64;
// About so many streams in the time that is measured.
const STREAMS = 4;

export const now = () => performance.now() / 1000;

/** Starts a stopwatch; the function that is given back reads it. */
export function stopwatch() {
  const [wall, cpu] = [now(), process.cpuUsage()];
  return (found) => {
    const took = process.cpuUsage(cpu);
    return { ...found, wall: now() - wall, cpu: (took.user + took.system) / 1e6, peak: peak() };
  };
}

/**
 * How many events a stream should have, so that a few streams take as long as the job says.
 * Clients differ thirtyfold: one number of events for all would be over before anything can be
 * measured, or take a minute.
 */
export async function plan(job, read) {
  let events = Math.min(FIRST, job.most);
  for (;;) {
    const began = now();
    const count = await read(events);
    const took = now() - began;
    if (took >= ESTIMATE || events === job.most) {
      return Math.max(1, Math.min(job.most, Math.floor(((count / took) * job.seconds) / STREAMS)));
    }
    events = Math.min(job.most, events * 4);
  }
}
