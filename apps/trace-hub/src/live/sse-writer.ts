import { setTimeout as sleep } from 'node:timers/promises';
import { type ServerResponse } from 'node:http';
import { type Piece } from './live-batch.js';

/** What is written within this time goes out together, unless it is much. */
const gatherMs = 10;
const gatherBytes = 32 * 1024;
/** A client that reads nothing at all for so long, while rows wait, is let go: it can come back. */
const maxStalledMs = 300_000;
/** How often it is looked whether a client has read what it was sent. */
const lookMs = 25;
/** What a client is asked to wait before it comes back. */
const retryMs = 2000;

export interface WriterOptions {
  /** Bytes that a client may leave unread before rows are left out for it; it may change. */
  readonly maxUnread: () => number;
  /** Told of rows that were left out. */
  readonly onLost?: (rows: number) => void;
  readonly heartbeatMs: number;
}

/**
 * Server-sent events to one client, in bounded memory: what a slow client does not read in time is left out, and it is
 * told how many rows (`event: lost`).
 */
export class SseWriter {
  /** Rows left out that the client does not know of yet, and the id of the last of them. */
  #lost = 0;
  #lostId: string | undefined;
  /** Losses of agents that it was not told of, for the same reason. */
  #untold = 0;
  #flush: NodeJS.Timeout | undefined;
  /** Since when the client has read nothing. */
  #stalled_ms: number | undefined;
  #unreadAtBeat = 0;
  readonly #heartbeat: NodeJS.Timeout;
  /** Writes what is to come with a heartbeat; set by the session. */
  onBeat: () => void = () => undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: WriterOptions,
  ) {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      // Proxies must neither keep it nor change it, nor hold it back until it ends.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    // A client that goes while something is written is none of our errors.
    response.on('error', () => response.destroy());
    response.on('drain', () => this.#tellLost());
    this.#heartbeat = setInterval(() => this.#beat(), options.heartbeatMs);
    response.once('close', () => this.#clear());
    // Headers and something to read at once: the client knows that it is connected.
    response.write(`retry: ${retryMs}\n: connected\n\n`);
  }

  get closed(): boolean {
    return this.response.writableEnded || this.response.destroyed;
  }

  /** Bytes that the client has not read yet, as far as they are in this process. */
  get unread(): number {
    return this.response.writableLength;
  }

  /** Whether the client reads so slowly that rows are left out. */
  get full(): boolean {
    return this.response.writableLength > this.options.maxUnread();
  }

  /**
   * Rows of one batch, which come whether the client reads or not. All of them or none: a batch may be more than what a
   * client may leave unread, and one that has read all before is not slow.
   */
  rows(pieces: readonly Piece[]): void {
    const last = pieces.at(-1);
    if (this.closed || !last) return;
    if (!this.full) {
      this.#tellLost();
      for (const piece of pieces) this.#write(piece.bytes);
      return;
    }
    const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
    this.#lost += rows;
    this.#lostId = last.lastId;
    this.options.onLost?.(rows);
  }

  /**
   * An event that is small, and comes so seldom that a slow client is sent it, too. Of those that may come often a very
   * slow one is told later: how many losses, and where it is. What is missing it is told in any case.
   */
  event(name: string, data: object | string, id?: string): void {
    if (this.closed) return;
    const often = name === 'loss' || name === 'heartbeat';
    if (often && this.response.writableLength > 2 * this.options.maxUnread()) {
      if (name === 'loss') this.#untold++;
      return;
    }
    this.#tellLost();
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.#write(`event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${text}\n\n`);
  }

  /** Waits until the client has read enough that nothing is left out; for what can be read again. */
  async roomy(): Promise<void> {
    while (!this.closed && this.response.writableLength > this.options.maxUnread() / 2) {
      this.#flushNow();
      // No `drain`: from Node 22 on none follows what was corked in parts smaller than its high-water mark.
      await sleep(lookMs);
    }
  }

  end(): void {
    this.#flushNow();
    this.#clear();
    this.response.end();
  }

  #write(bytes: Uint8Array | string): void {
    if (this.#flush === undefined) {
      this.response.cork();
      this.#flush = setTimeout(() => this.#flushNow(), gatherMs);
    }
    this.response.write(bytes);
    // Sockets take much at once: what is left then is what the client has not read.
    if (this.response.writableLength > gatherBytes) this.#flushNow();
  }

  #flushNow(): void {
    if (this.#flush === undefined) return;
    clearTimeout(this.#flush);
    this.#flush = undefined;
    this.response.uncork();
  }

  #tellLost(): void {
    if (this.#lost + this.#untold === 0 || this.closed) return;
    const left = { rows: this.#lost, batches: 0, losses: this.#untold, reason: 'slow' };
    // Who comes back after it is not sent what it was told to have lost.
    const id = this.#lostId === undefined ? '' : `id: ${this.#lostId}\n`;
    this.#lost = this.#untold = 0;
    this.#lostId = undefined;
    this.#write(`event: lost\n${id}data: ${JSON.stringify(left)}\n\n`);
  }

  #beat(): void {
    if (this.closed) return;
    if (!this.full) {
      this.#stalled_ms = undefined;
      return this.onBeat();
    }
    const unread = this.response.writableLength;
    if (unread !== this.#unreadAtBeat) this.#stalled_ms = undefined;
    this.#stalled_ms ??= performance.now();
    this.#unreadAtBeat = unread;
    if (performance.now() - this.#stalled_ms > maxStalledMs) this.response.destroy();
  }

  #clear(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#flush);
    this.#flush = undefined;
  }
}
