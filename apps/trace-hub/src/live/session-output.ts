import { type Anchor } from '#bus';
import { formatTimestamp } from '#columns';
import { type Piece } from './live-batch.js';
import { formatPlace, type Place, type RowKey } from './place.js';
import { type SseWriter } from './sse-writer.js';
import { type StoredRow } from './replay.js';

/** Why batches are missing. */
export type MissingReason = 'gone' | 'stream' | 'behind' | 'failed';

/** What a session has sent: each event bears the place that its client comes back with. */
export class SessionOutput {
  /** After what is sent; `row`: of batch `sequence` only the rows up to it. */
  place: Anchor & { readonly row?: number | undefined } = { sequence: 0, time_us: 0 };
  /** While rows of the store are sent: the last of them, and null before the first. */
  stored: RowKey | null | undefined;

  /** @param losses_us losses that were told before any of this session */
  constructor(
    private readonly writer: SseWriter,
    private losses_us: number,
  ) {
    writer.onBeat = () =>
      this.writer.event('heartbeat', { ts: formatTimestamp(Date.now() * 1000) }, this.#id);
  }

  get closed(): boolean {
    return this.writer.closed;
  }

  /** Bytes that the client has not read yet. */
  get unread(): number {
    return this.writer.unread;
  }

  /** Waits until the client has read enough that nothing is left out. */
  roomy(): Promise<void> {
    return this.writer.roomy();
  }

  rows(pieces: readonly Piece[]): void {
    this.writer.rows(pieces);
  }

  storedRow({ key, json }: StoredRow): void {
    this.stored = key;
    this.writer.event('row', json, formatPlace(this.#at()));
  }

  /** @param at_us when it was told; undefined: the client knows of it by another place */
  loss(json: string, at_us: number | undefined): void {
    this.lossesTold(at_us ?? 0);
    this.writer.event('loss', json, at_us === undefined ? undefined : this.#id);
  }

  lossesTold(through_us: number): void {
    this.losses_us = Math.max(this.losses_us, through_us);
  }

  /** Of the batch at `place` nobody knows why it cannot be shown, nor of which time its rows are. */
  failed(): void {
    this.missing('failed', 1, this.place.time_us, undefined);
  }

  /** @param batches 0: nobody knows how many */
  missing(
    reason: MissingReason,
    batches: number,
    from_us: number,
    until_us: number | undefined,
    place: Anchor = this.place,
  ): void {
    const since = formatTimestamp(from_us);
    const until = until_us === undefined ? undefined : formatTimestamp(until_us);
    const id = this.stored === null ? undefined : formatPlace({ ...this.#at(), ...place });
    this.writer.event('lost', { rows: 0, batches, reason, since, until }, id);
  }

  /** That NATS is away or back, that what comes now is live, or that it is the end. */
  tell(event: 'nats' | 'live' | 'end', data: object): void {
    this.writer.event(event, data, this.#id);
  }

  end(): void {
    this.writer.end();
  }

  /** What a client that leaves now comes back with; undefined while it is nowhere yet. */
  get #id(): string | undefined {
    if (this.stored === null || this.place.time_us === 0) return undefined;
    return formatPlace(this.#at());
  }

  #at(): Place {
    return { ...this.place, losses_us: this.losses_us, stored: this.stored ?? undefined };
  }
}
