import { TaskFailedError } from "./error.js";
import type { TaskResult } from "../generated/outcome.js";

/** How a task ended: what its fields stand on. */
export abstract class Outcome {
  abstract readonly status: string;
  abstract readonly exit_code: number | null;
  abstract readonly result: string | null;
  abstract readonly task_id: string | null;

  /** @internal The members as they crossed from the core. */
  constructor(members: object) {
    Object.assign(this, members);
  }

  /** Whether the task was completed. */
  get isCompleted(): boolean {
    return this.status === "completed";
  }

  /**
   * The same, if the task was completed.
   * @throws TaskFailedError if it failed or was cancelled.
   */
  raiseForStatus(): this {
    if (this.isCompleted) return this;
    const task = this.task_id ? `Task ${this.task_id}` : "The task";
    const verb = this.status === "cancelled" ? "was cancelled" : this.status;
    const code = this.exit_code === null ? "" : ` (exit code ${this.exit_code})`;
    const why = this.result ? `: ${this.result}` : "";
    throw new TaskFailedError(`${task} ${verb}${code}${why}`, this as unknown as TaskResult);
  }
}
