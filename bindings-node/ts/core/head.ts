import type { WebHeaders, WebResponse } from "./web-types.js";

/** The beginning of an answer, as the core tells it. */
export interface Head {
  status: number;
  headers: [name: string, value: string][];
  url: string;
}

/** Statuses whose answers have no body (Fetch standard, "null body status"). */
const WITHOUT_BODY = [204, 205, 304];

export function toResponse(head: Head, body: Uint8Array<ArrayBuffer> | ReadableStream): WebResponse {
  const { status, url } = head;
  const response = new Response(WITHOUT_BODY.includes(status) ? null : body, { status, headers: headersOf(head) });
  // Its class sets it only for answers of `fetch`.
  return Object.defineProperty(response, "url", { value: url });
}

export function headersOf(head: Pick<Head, "headers">): WebHeaders {
  return new Headers(head.headers);
}

/** The beginning of a text, for an error's message. */
export function excerpt(text: string): string {
  const most = 200;
  return JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text);
}
