// The package of this checkout, as its users import it.
import Lightcone from "../../../bindings-node/dist/index.mjs";

export class Client {
  constructor(url) {
    this.client = new Lightcone({ apiKey: "sk_bench", baseURL: url });
  }
  events(instruction) {
    return this.client.agent.tasks.startStream({ instruction });
  }
  status() {
    return this.client.agent.tasks.retrieveStatus("task_bench");
  }
}
