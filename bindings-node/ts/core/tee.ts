import { StreamIterator } from "./iterator.js";
import type { Position } from "./streaming.js";

/** What one branch has yet to yield. */
type Pulled<Item> = Promise<IteratorResult<Item> & Partial<Position<Item>>>;

/** One iterator read twice. */
export class Tee<Item> {
  readonly left: Branch<Item>;
  readonly right: Branch<Item>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly source: AsyncIterator<Item> & Partial<Position<Item>>) {
    this.left = new Branch(this);
    this.right = new Branch(this);
  }

  /** Draws the next result for both. One after the other, so that each has its own position. */
  pull(): void {
    const pulled: Pulled<Item> = this.#last.then(async () => {
      const result = await this.source.next();
      const { lastEventId = null, eventName = null, terminalEvent = null } = this.source;
      return { ...result, lastEventId, eventName, terminalEvent };
    });
    this.#last = pulled.catch(() => {});
    this.left.queue?.push(pulled);
    this.right.queue?.push(pulled);
  }

  async leave(): Promise<void> {
    if (!this.left.queue && !this.right.queue) await this.source.return?.();
  }
}

class Branch<Item> extends StreamIterator<Item> implements Position<Item> {
  lastEventId: string | null = null;
  eventName: string | null = null;
  terminalEvent: Item | null = null;
  /** Undefined once this branch was left. */
  queue: Pulled<Item>[] | undefined = [];

  constructor(private readonly tee: Tee<Item>) {
    super();
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    if (this.queue?.length === 0) this.tee.pull();
    const pulled = await this.queue?.shift();
    if (!pulled || pulled.done) return { done: true, value: undefined };
    this.lastEventId = pulled.lastEventId ?? null;
    this.eventName = pulled.eventName ?? null;
    this.terminalEvent = pulled.terminalEvent ?? null;
    return { done: false, value: pulled.value };
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.queue = undefined;
    await this.tee.leave();
    return { done: true, value: undefined };
  }
}
