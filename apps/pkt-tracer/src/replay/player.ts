import { setTimeout as sleep } from 'node:timers/promises';
import { type RecordedTime, type RecordingRecord } from '#recording';
import { type CaptureCounts, type PipelineSettings } from '../capture/messages.js';
import { type PipelineBatch } from '../capture/pipeline.js';
import { type ReplayOutput } from './output.js';
import { Replay } from './replay.js';

/** A gap is replayed in steps of that; a multiple of the waits of CaptureLoop, so that it closes the same packets */
const STEP_MS = 100;

export interface PlayOptions {
  /** Shift all times so that the first event is now */
  now?: boolean;
  /** Keep the pace of the recording */
  realtime?: boolean;
  /** 0 = all */
  maxPacketsPerSecond?: number;
}

/** Records → replay → output, no faster than the output takes them. */
export class Player {
  readonly #replay: Replay;
  #batches = 0;
  #began: { real_ms: number; recorded_us: number } | undefined;
  #shifted: boolean;

  constructor(
    settings: PipelineSettings,
    private readonly output: ReplayOutput,
    private readonly options: PlayOptions = {},
  ) {
    const { now = false, maxPacketsPerSecond = 0 } = options;
    this.#shifted = !now;
    const sink = {
      ready: () => true,
      nextBatch: () => this.#batches++,
      take: (batch: PipelineBatch) => output.take(batch),
    };
    this.#replay = new Replay(settings, sink, { maxPacketsPerSecond: () => maxPacketsPerSecond });
  }

  get counts(): CaptureCounts {
    return this.#replay.counts;
  }

  /** Plays all records, or until `stop` or nobody wants more. */
  async play(
    records: AsyncIterable<RecordingRecord> | Iterable<RecordingRecord>,
    stop: AbortSignal,
  ): Promise<void> {
    for await (const record of records) {
      if (stop.aborted) break;
      if (record.kind === 'receive') await this.#keepTime(record.at, stop);
      this.#replay.take(record);
      if (!(await this.output.room())) break;
    }
    this.#replay.finish();
    await this.output.room();
  }

  async #keepTime(at: RecordedTime, stop: AbortSignal): Promise<void> {
    if (!this.#shifted) {
      this.#shifted = true;
      this.#replay.clock.shift_us = Date.now() * 1000 - at.wall_us;
    }
    if (this.options.realtime !== true) return;
    this.#began ??= { real_ms: performance.now(), recorded_us: at.monotonic_us };
    const due_ms = this.#began.real_ms + (at.monotonic_us - this.#began.recorded_us) / 1000;
    for (;;) {
      const wait_ms = due_ms - performance.now();
      if (wait_ms < 1 || stop.aborted) return;
      await sleep(Math.min(wait_ms, STEP_MS), undefined, { signal: stop }).catch(() => undefined);
      // who watches sees the packets of before a gap while it lasts
      if (wait_ms > STEP_MS) this.#replay.wait(STEP_MS);
      await this.output.room();
    }
  }
}
