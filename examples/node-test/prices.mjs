// A program that asks an agent for prices.

/** The agent found none. */
export class NoPrice extends Error {}

/** The price of a product in euros; `told` hears how it goes. */
export async function priceOf(client, product, told = console.log) {
  const stream = await client.agent.tasks.startStream({ instruction: `Find the price of ${product}`, kind: "browser" });
  for await (const event of stream) {
    if (event.type === "progress_update") told(event.message);
    if (event.type === "completed") return parseFloat(event.result);
    if (event.type === "failed") throw new NoPrice(event.result);
  }
  throw new NoPrice("the stream ended without a result");
}
