// From nothing to the first event. Prints when it came, in nanoseconds since 1970.
//
//     node cold.mjs CLIENT URL
const [, , name, url] = process.argv;
const { Client } = await import(`./clients/${name}.mjs`);
for await (const _ of await new Client(url).events("events=2 pace_ms=3")) {
  console.log(Math.round((performance.timeOrigin + performance.now()) * 1e6));
  break;
}
process.exit();
