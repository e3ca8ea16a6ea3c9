/**
 * The web's own types, from whichever library declares them in the user's project: the
 * DOM's or Node's. Without either they are `any`, so that our declarations still compile.
 */
type Instance<Name extends string> = typeof globalThis extends { [K in Name]: { prototype: infer T } } ? T : any;

/** `Headers` of the Fetch standard. */
export type WebHeaders = Instance<"Headers">;
/** `Response` of the Fetch standard. */
export type WebResponse = Instance<"Response">;
/** `AbortSignal` of the DOM standard. */
export type WebAbortSignal = Instance<"AbortSignal">;
/** `AbortController` of the DOM standard. */
export type WebAbortController = Instance<"AbortController">;
/** `ReadableStream` of the Streams standard. */
export type WebReadableStream = Instance<"ReadableStream">;

/** What `await using` needs, where the program's library declares its symbol. */
export type AsyncDisposal = SymbolConstructor extends { readonly asyncDispose: infer Dispose extends symbol } ? { [K in Dispose]: () => Promise<void> } : {};
