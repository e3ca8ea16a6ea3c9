/** Lists, page by page. */

import { APIPromise } from "./api-promise.js";

/** One page of a list on the wire. */
export interface WirePage<Item> {
  data?: Item[] | null;
  has_more?: boolean | null;
}

/** Asks for the page after the item with this id. */
type Fetch<Item> = (after: string) => PagePromise<Item>;

/**
 * One page of a list. Iterating goes through its items and those of all pages after it:
 *
 *     for await (const task of client.agent.tasks.list({ status: "failed" })) console.log(task.task_id);
 */
export class Page<Item> implements AsyncIterable<Item> {
  /** The items, the newest first. */
  readonly data: Item[];
  /** Whether there are older ones. */
  readonly has_more: boolean;
  readonly #next: (() => PagePromise<Item>) | undefined;

  /** @internal `after` is the item that this page was asked for after. */
  constructor(wire: WirePage<Item>, after: unknown, fetch: Fetch<Item>) {
    this.data = wire.data ?? [];
    this.has_more = wire.has_more ?? false;
    const last = (this.data.at(-1) as { task_id?: string | null } | undefined)?.task_id;
    // A server that gives the same page again has no other.
    if (this.has_more && last && last !== after) this.#next = () => fetch(last);
  }

  /** The page after this one; null if this is the last. */
  async nextPage(): Promise<Page<Item> | null> {
    return (await this.#next?.()) ?? null;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for (let page: Page<Item> | null = this; page; page = await page.nextPage()) yield* page.data;
  }
}

/** The promise of a page, to be awaited, or iterated over at once. */
export class PagePromise<Item> extends APIPromise<Page<Item>> implements AsyncIterable<Item> {
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    yield* await this;
  }
}
