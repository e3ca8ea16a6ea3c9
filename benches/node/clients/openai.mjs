// The openai package's client and Stream, by its methods for other routes.
import OpenAI from "openai";

export class Client {
  constructor(url) {
    this.client = new OpenAI({ apiKey: "sk_bench", baseURL: url });
  }
  events(instruction) {
    return this.client.post("/agent/tasks/stream", { body: { instruction }, stream: true });
  }
  status() {
    return this.client.get("/agent/tasks/task_bench");
  }
}
