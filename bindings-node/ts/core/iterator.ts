/** What has an iterator of a stream besides its events: it can be left, as a generator can. */
export abstract class StreamIterator<Item> implements AsyncIterableIterator<Item, undefined> {
  abstract next(): Promise<IteratorResult<Item, undefined>>;

  /** Ends the iteration, and with it calls of `next` that wait. */
  abstract return(): Promise<IteratorResult<Item, undefined>>;

  /** The same, rejected with that error. */
  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
