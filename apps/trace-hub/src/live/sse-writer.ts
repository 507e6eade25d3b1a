import { once } from 'node:events';
import { type ServerResponse } from 'node:http';

/** What a client may leave unread before rows are left out for it. */
export const maxUnreadBytes = 4 * 2 ** 20;
const heartbeatMs = 15_000;

/**
 * Server-sent events to one client, in bounded memory: what a slow client does not read in time is left out, and it is
 * told how many rows (`event: lost`).
 */
export class SseWriter {
  #lost = 0;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(
    private readonly response: ServerResponse,
    private readonly maxUnread = maxUnreadBytes,
  ) {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    // Headers and something to read at once: the client knows that it is connected.
    response.write(': connected\n\n');
    response.on('drain', () => this.#tellLost());
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    response.once('close', () => clearInterval(this.#heartbeat));
  }

  get closed(): boolean {
    return this.response.writableEnded || this.response.destroyed;
  }

  /** Tells, as a comment, that from here on nothing is missed. */
  live(): void {
    if (!this.closed) this.response.write(': live\n\n');
  }

  /** @param json one row @param id empty for a row that is not from the stream */
  row(id: string, json: string): void {
    if (this.closed) return;
    if (this.response.writableLength > this.maxUnread) {
      this.#lost++;
      return;
    }
    this.#tellLost();
    this.response.write(`event: row\n${id ? `id: ${id}\n` : ''}data: ${json}\n\n`);
  }

  /** Tells of lost events: few and small, so that even a slow client is told, as far as memory is bounded. */
  loss(json: string): void {
    if (this.closed || this.response.writableLength > 2 * this.maxUnread) return;
    this.response.write(`event: loss\ndata: ${json}\n\n`);
  }

  /** Counts rows that were left out elsewhere for this client. */
  lost(rows: number): void {
    this.#lost += rows;
    if (this.response.writableLength <= this.maxUnread) this.#tellLost();
  }

  /** Tells that the store is so many batches behind the stream that they are left out. */
  behind(batches: number): void {
    if (!this.closed) this.response.write(`event: lost\ndata: {"rows":0,"batches":${batches}}\n\n`);
  }

  /** Waits until the client has read enough that nothing is left out; for rows that are not live. */
  async roomy(): Promise<void> {
    while (!this.closed && this.response.writableLength > this.maxUnread / 2) {
      const gone = new AbortController();
      const left = (): void => gone.abort();
      this.response.once('close', left);
      await once(this.response, 'drain', { signal: gone.signal }).catch(() => undefined);
      this.response.off('close', left);
    }
  }

  end(): void {
    clearInterval(this.#heartbeat);
    this.response.end();
  }

  #tellLost(): void {
    if (this.#lost === 0 || this.closed) return;
    const rows = this.#lost;
    this.#lost = 0;
    this.response.write(`event: lost\ndata: {"rows":${rows}}\n\n`);
  }

  #beat(): void {
    if (!this.closed && this.response.writableLength <= this.maxUnread) this.response.write(': alive\n\n');
  }
}
