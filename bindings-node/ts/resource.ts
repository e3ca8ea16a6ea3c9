import type { Lightcone } from "./client.js";

/** A part of the API, reached through its client. */
export abstract class APIResource {
  /** @internal */
  readonly _client: Lightcone;

  constructor(client: Lightcone) {
    this._client = client;
  }
}
