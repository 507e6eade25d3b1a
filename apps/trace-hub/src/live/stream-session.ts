import { type Anchor, type FeedGap } from '#bus';
import { type LossJson, type LossQuery, type RowQuery } from '#clickhouse';
import { formatTimestamp } from '#columns';
import { type LossNews } from '../agents/loss-json.js';
import { type LossLog } from '../agents/loss-log.js';
import { type LiveBatch, type Piece } from './live-batch.js';
import { liveFilter, type LiveFilter } from './live-filter.js';
import { type Follower, type Taken } from './follower.js';
import { type LiveRows } from './live-rows.js';
import { pause, untilAnswered } from './patience.js';
import { type Place } from './place.js';
import { Replay } from './replay.js';
import { SessionLosses } from './session-losses.js';
import { SessionOutput } from './session-output.js';
import { type SseWriter } from './sse-writer.js';
import { type StreamQuery } from './stream-query.js';

/** What a session reads from. */
export interface SessionSource {
  readonly live: LiveRows;
  readonly lossLog: LossLog;
  rows(query: RowQuery, signal: AbortSignal): AsyncIterable<string>;
  losses(query: LossQuery): Promise<LossJson[]>;
  /** A batch of which this session cannot make events. */
  unreadable(sequence: number, error: unknown): void;
  /** The session cannot go on. */
  failed(error: unknown): void;
}

/** Batches that wait to be stored and are shown after `last` rows of the store. */
const maxBehind = 2000;
/** Batches after those of the store that a replay can tell apart. */
const maxLater = 200_000;
/** Batches that are read ahead of what is sent. */
const ahead = 4;
/** How long after `until` rows may still come that were before it. */
const lateMs = 5000;
/** A timer holds no more than some weeks. */
const maxPauseMs = 3_600_000;

/**
 * One client of the live stream: first the rows of the store it asked for, or from where it was on, then what is in the
 * stream, then what comes; none missing and none twice in between. Only the last part does not wait for the client.
 */
export class StreamSession implements Follower {
  live = false;
  readonly #filter: LiveFilter;
  readonly #losses: SessionLosses;
  readonly #stop = new AbortController();
  readonly #out: SessionOutput;
  /** The stream may be another one than that of the place. */
  #doubtful = false;
  #leave: () => void = () => undefined;

  constructor(
    private readonly query: StreamQuery,
    writer: SseWriter,
    private readonly source: SessionSource,
  ) {
    this.#filter = liveFilter(query.filter, query.decisive);
    const out = new SessionOutput(writer, query.resume?.losses_us ?? source.lossLog.cursor_us);
    this.#out = out;
    const send = (json: string, at_us: number | undefined): void => out.loss(json, at_us);
    this.#losses = new SessionLosses(query, send, (asked) => source.losses(asked));
  }

  // What LiveRows tells.

  take(anchor: Anchor, batch: Taken): void {
    // Another hub may have sent it already.
    if (anchor.sequence <= this.#out.place.sequence) return;
    const pieces = typeof batch === 'object' ? this.#pieces(batch) : undefined;
    if (pieces) this.#out.rows(pieces);
    this.#out.place = anchor;
    if (batch && !pieces) this.#out.failed();
  }

  failed(error: unknown): void {
    this.source.failed(error);
  }

  gap({ batches, from_us, until_us }: FeedGap): void {
    if (this.live) this.#out.missing('gone', batches, from_us, until_us);
  }

  restarted(place: Anchor): void {
    if (!this.live) {
      this.#doubtful = true;
      return;
    }
    this.#out.missing('stream', 0, this.#out.place.time_us, undefined, place);
    this.#out.place = place;
  }

  connection(up: boolean): void {
    this.#doubtful ||= !this.live;
    this.#out.tell('nats', { state: up ? 'back' : 'away' });
  }

  /** Events that an agent lost. */
  loss(news: LossNews): void {
    this.#losses.take(news);
  }

  /** Resolves when the client has what was before, and the rest follows by itself. */
  async start(): Promise<void> {
    this.#leave = await this.source.live.follow(this);
    if (this.#stop.signal.aborted) return this.#leave();
    const replays = await this.#begin();
    if (replays) await this.#replay();
    this.#losses.sendUntil(undefined);
    this.#losses.live();
    this.#out.lossesTold(this.source.lossLog.cursor_us);
    await this.#catchUp();
    if (this.#ended) return;
    this.#out.tell('live', {});
    if (this.query.untilUs !== undefined) await this.#endAt(this.query.untilUs);
  }

  stop(): void {
    this.#stop.abort();
    this.live = false;
    this.#leave();
    this.#out.end();
  }

  /** Bytes that the client has not read yet. */
  get unread(): number {
    return this.#out.unread;
  }

  get #ended(): boolean {
    return this.#stop.signal.aborted || this.#out.closed;
  }

  /** @returns whether rows of the store come first */
  async #begin(): Promise<boolean> {
    const { live, lossLog } = this.source;
    const { resume, last, sinceUs } = this.query;
    if (resume) {
      await this.#comeBack(resume);
      const missed = lossLog.after(resume.losses_us);
      if (missed) this.#losses.missed(missed);
      else await this.#losses.loadSince(resume.losses_us);
      return resume.stored !== undefined;
    }
    if (last === undefined && sinceUs === undefined) {
      this.#out.place = live.place;
      return false;
    }
    this.#out.stored = null;
    this.#out.place = await this.#patiently(() => live.history.storedThrough());
    const end = await this.#patiently(() => live.history.end());
    // Those who want a few of the newest rows do not want all that ClickHouse has not taken for hours.
    await this.#skipBehind(end, sinceUs === undefined ? maxBehind : maxLater);
    return true;
  }

  async #skipBehind(end: Anchor, most: number): Promise<void> {
    const batches = end.sequence - most - this.#out.place.sequence;
    if (batches <= 0) return;
    const { live } = this.source;
    const from_us = this.#out.place.time_us;
    const message = await this.#patiently(() => live.history.fetch(end.sequence - most));
    this.#out.place = { sequence: end.sequence - most, time_us: message?.time_us ?? from_us };
    this.#out.missing('behind', batches, from_us, this.#out.place.time_us);
  }

  async #comeBack({ sequence, time_us, row, stored }: Place): Promise<void> {
    this.#out.place = { sequence, time_us, row };
    this.#out.stored = stored;
    await this.#locate();
  }

  /** Finds out where the stream goes on after the place, and tells what is missing there. */
  async #locate(): Promise<void> {
    this.#doubtful = false;
    const { live } = this.source;
    const before = this.#out.place;
    const { same, missing, place, first_us } = await this.#patiently(() => live.history.locate(before));
    if (!same) {
      this.#out.place = place;
      return this.#out.missing('stream', 0, before.time_us, undefined);
    }
    // Of a batch that is gone the rest is missing, too.
    const rest = before.row !== undefined && missing > 0 ? 1 : 0;
    if (missing === 0) return;
    this.#out.place = place;
    this.#out.missing('gone', missing + rest, before.time_us, first_us);
  }

  async #replay(): Promise<void> {
    const { live } = this.source;
    const { history } = live;
    const { decisive, filter, last } = this.query;
    const source = {
      lines: (asked: RowQuery) => this.source.rows(asked, this.#stop.signal),
      end: () => this.#patiently(() => history.end()),
      names: (sequence: number, through: number) =>
        this.#patiently(async () => {
          const names = [];
          // Whoever catches up is not sent a batch again, so that its rows are left to where it was first.
          for await (const name of history.names(sequence, through))
            if (!live.isRepeated(name)) names.push(name);
          return names;
        }),
    };
    const query = { decisive, filter, last, after: this.#out.stored ?? undefined };
    let first = true;
    for await (const row of new Replay(source, query, this.#out.place).rows()) {
      if (this.#ended) return;
      if (first) await this.#loadLosses(row.ts);
      first = false;
      this.#losses.sendUntil(row.ts);
      await this.#out.roomy();
      this.#out.storedRow(row);
    }
    if (first) await this.#loadLosses(undefined);
    this.#out.stored = undefined;
  }

  /** Those among rows of the store; who comes back within these has the ones before. */
  #loadLosses(firstTs: string | undefined): Promise<void> {
    const stored = this.query.resume?.stored;
    return stored ? this.#losses.loadSince(stored.ts) : this.#losses.load(firstTs);
  }

  /** Sends what is in the stream and was not handed out to this session, as fast as the client reads; then it is live. */
  async #catchUp(): Promise<void> {
    const { live } = this.source;
    while (!this.#ended) {
      if (this.#doubtful) await this.#locate();
      const { sequence, row } = this.#out.place;
      if (row === undefined && sequence >= live.place.sequence) {
        if (this.#doubtful) continue;
        // With nothing in between: what is handed out from here on comes to it.
        this.live = true;
        return;
      }
      const next = row === undefined ? sequence + 1 : sequence;
      for (let more = 1; more <= ahead && next + more < live.place.sequence; more++)
        live.batch(next + more).catch(() => undefined);
      const batch = await this.#patiently(() => live.batch(next));
      if (this.#doubtful) continue;
      if (batch === 'gone') await this.#skipGone(next);
      else if (typeof batch === 'string') {
        this.#out.place = { ...this.#out.place, sequence: next, row: undefined };
        if (batch === 'failed') this.#out.failed();
      } else await this.#send(batch, row);
    }
  }

  async #send(batch: LiveBatch, row: number | undefined): Promise<void> {
    const { sequence, time_us } = batch;
    const pieces = this.source.live.isRepeated(batch) ? [] : this.#pieces(batch, row);
    for (const piece of pieces ?? []) {
      await this.#out.roomy();
      if (this.#ended) return;
      this.#out.place = { sequence, time_us, row: piece.lastRow };
      this.#out.rows([piece]);
    }
    this.#out.place = { sequence, time_us };
    if (!pieces) this.#out.failed();
  }

  /** @returns undefined where they cannot be made: who comes back would meet the same batch again */
  #pieces(batch: LiveBatch, after?: number): readonly Piece[] | undefined {
    try {
      return batch.pieces(this.#filter, after);
    } catch (error) {
      this.source.unreadable(batch.sequence, error);
      return undefined;
    }
  }

  /** The stream dropped what comes next; or it has a hole, which no hub can fill. */
  async #skipGone(next: number): Promise<void> {
    const before = this.#out.place;
    await this.#locate();
    if (this.#out.place !== before) return;
    this.#out.place = { sequence: next, time_us: before.time_us };
    this.#out.missing('gone', 1, before.time_us, undefined);
  }

  /** Ends the stream when all is sent that the stream had some seconds after `until_us`. */
  async #endAt(until_us: number): Promise<void> {
    const { signal } = this.#stop;
    const end_ms = until_us / 1000 + lateMs;
    while (!this.#ended && Date.now() < end_ms)
      await pause(Math.min(end_ms - Date.now(), maxPauseMs), signal);
    const end = await this.#patiently(() => this.source.live.history.end());
    while (!this.#ended && this.#out.place.sequence < end.sequence && this.#out.place.time_us < end.time_us)
      await pause(100, signal);
    if (this.#ended) return;
    this.#out.tell('end', { until: formatTimestamp(until_us) });
    this.stop();
  }

  /** Asks NATS until it answers. @throws when the session has ended */
  #patiently<T>(ask: () => Promise<T>): Promise<T> {
    return untilAnswered(ask, this.#stop.signal, () => this.#ended);
  }
}
