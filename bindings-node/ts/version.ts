import { native } from "#native";

/** The version of this package, the same as its native module's. */
export const VERSION: string = native.version();
