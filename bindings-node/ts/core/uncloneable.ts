/** Node's, from version 22.10 on. */
interface Threads {
  markAsUncloneable?(object: object): void;
}

// Asked for in this way so that what needs no Node goes without it.
const { process } = globalThis as { process?: { getBuiltinModule?(name: string): Threads | undefined } };
const threads = process?.getBuiltinModule?.("node:worker_threads");

/** Makes posting it to a worker, or cloning it, an error in place of a copy that can do nothing. */
export function uncloneable(object: object): void {
  threads?.markAsUncloneable?.(object);
}
