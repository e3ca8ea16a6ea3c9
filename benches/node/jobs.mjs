// The jobs that a client can be given.
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";

import { peak, resident } from "./memory.mjs";
import { now, plan, stopwatch } from "./timing.mjs";

const times = (count, what) => Promise.all(Array.from({ length: count }, what));

async function read(client, job, events) {
  let count = 0;
  let last;
  for await (last of await client.events(`events=${events} size=${job.size} per_chunk=${job.per_chunk}`)) count += 1;
  // A stream that is not whole has no rate.
  assert.ok(count >= events + 2 && count < events + 2 + job.per_chunk, `${count} events in place of ${events} and two`);
  assert.equal(last.type, "completed");
  return count - 2;
}

async function stream(client, job) {
  const perStream = await plan(job, (events) => read(client, job, events));
  const watch = stopwatch();
  const until = now() + job.seconds;
  let events = 0;
  do events += await read(client, job, perStream);
  while (now() < until);
  return watch({ events });
}

/** Calls by so many at a time. */
async function unary(client, job) {
  const call = async (seconds) => {
    const until = now() + seconds;
    let calls = 0;
    await times(job.callers, async () => {
      do {
        await client.status();
        calls += 1;
      } while (now() < until);
    });
    return calls;
  };
  // So that each has its connection.
  await call(job.seconds / 5);
  const watch = stopwatch();
  return watch({ calls: await call(job.seconds) });
}

/** The time from the call to the first event, while the stream goes on. */
async function first(client, job) {
  const took = [];
  for (let time = 0; time < job.times; time += 1) {
    const began = now();
    let isFirst = true;
    for await (const _ of await client.events("events=2 pace_ms=3")) {
      if (isFirst) took.push(now() - began);
      isFirst = false;
    }
  }
  took.sort((one, other) => one - other);
  return { seconds: took[took.length >> 1] };
}

/** Many streams at once, each event with the time at which the server sent it. */
async function paced(client, job) {
  const lags = [];
  const failures = {};
  let late = job.streams;
  const text = `events=${job.events} size=200 pace_ms=${job.pace_ms}`;
  const follow = async () => {
    try {
      let last;
      for await (last of await client.events(text)) {
        if ("sent_us" in last) lags.push((performance.timeOrigin + performance.now()) / 1e3 - last.sent_us / 1e6);
      }
      assert.equal(last?.type, "completed", "the stream is not whole");
    } catch (error) {
      failures[error.name] = (failures[error.name] ?? 0) + 1;
    }
    late -= 1;
  };
  const before = resident();
  const watch = stopwatch();
  await Promise.race([times(job.streams, follow), setTimeout(job.limit * 1000, undefined, { ref: false })]);
  if (late > 0) failures["not done"] = late;
  const result = watch({ failures });
  lags.sort((one, other) => one - other);
  return {
    ...result,
    ideal: ((job.events - 1) * job.pace_ms) / 1000,
    lag_p50: lags[Math.floor(lags.length / 2)] ?? null,
    lag_p99: lags[Math.floor((lags.length * 99) / 100)] ?? null,
    memory: Math.max(0, peak() - before) / job.streams,
  };
}

export const JOBS = { stream, unary, first, paced };
