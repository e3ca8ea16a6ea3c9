// Blocks that end what they use, where the program's library knows the symbol; it is compiled, never run.

import { Lightcone } from "@tzafon/lightcone";
import { LocalServer } from "@tzafon/lightcone/local";

export async function blocks(): Promise<string | null> {
  await using server = await LocalServer.start({ pace: 0 });
  await using client = server.client();
  await using stream = await client.agent.tasks.startStream({ instruction: "go" });
  const disposable: AsyncDisposable[] = [server, client, stream, new Lightcone()];
  console.log(disposable.length);
  return stream.result();
}
