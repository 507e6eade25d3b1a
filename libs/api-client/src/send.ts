import { until } from './abort.js';

/** A request as it is sent. */
export interface Sending {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request, and its answer while that comes. */
  readonly signal: AbortSignal;
}

/** An answer, of which the body still comes. */
export interface Answer {
  readonly status: number;
  /** @param name in small letters @returns null where there is no such header */
  header(name: string): string | null;
  /** To be read once; leaving it early ends the request. @throws the signal's reason, or what broke it off */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the request where the body is not to be read. */
  cancel(): Promise<void>;
}

/** Sends a request. @returns the answer as soon as it begins @throws the signal's reason, or why there is none */
export type Send = (request: Sending) => Promise<Answer>;

/** A browser's way. */
export function sendByFetch(fetch: typeof globalThis.fetch): Send {
  return async ({ url, ...init }) => {
    const response = await fetch(url, init);
    return {
      status: response.status,
      header: (name) => response.headers.get(name),
      body: until(response.body ?? new ReadableStream({ start: (empty) => empty.close() }), init.signal),
      cancel: async () => response.body?.cancel(),
    };
  };
}
