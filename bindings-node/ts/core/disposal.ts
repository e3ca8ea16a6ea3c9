/**
 * Lets `await using` end what has this prototype. Its symbol is newer than some of the
 * runtimes that could be met; without it nothing is lost but this.
 */
export function endedByUsing<T extends object>(prototype: T, end: (this: T) => Promise<void>): void {
  if (Symbol.asyncDispose) Object.defineProperty(prototype, Symbol.asyncDispose, { value: end, writable: true, configurable: true });
}
