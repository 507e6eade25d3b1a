import { type RecordingRecord } from '#recording';
import { type CaptureLoop } from '../capture/capture-loop.js';
import { type CaptureCounts, type PipelineSettings } from '../capture/messages.js';
import { buildPipeline, type PipelineSink } from '../capture/pipeline.js';
import { ReplayClock } from './replay-clock.js';
import { ReplayChanges, ReplaySource, type ReplayStep } from './replay-source.js';

/** What of a pipeline's options a replay has; see AssemblerOptions. */
export interface ReplayOptions {
  /** Packets a second of recorded time whose rows are delivered; 0 = all */
  maxPacketsPerSecond?: () => number;
}

/**
 * Records → the same pipeline as the capture thread's, in recorded time: the same file gives the same packets, hops and
 * fates each time, at any speed. Only the packets' ids differ.
 */
export class Replay {
  readonly clock = new ReplayClock();
  readonly #trace = new ReplaySource(this.clock);
  readonly #changes = new ReplayChanges();
  readonly #names = new Map<number, string>();
  readonly #loop: CaptureLoop;

  /** @param sink neither asked for listings, which come in their places, nor told of losses, which were the recorder's */
  constructor(
    settings: PipelineSettings,
    sink: Omit<PipelineSink, 'rulesetChanged' | 'lost'>,
    options: ReplayOptions = {},
  ) {
    const interfaces = { name: (index: number) => this.#names.get(index) ?? `if${index}` };
    this.#loop = buildPipeline(
      {
        trace: this.#trace,
        changes: this.#changes,
        clock: this.clock,
        interfaces,
        // a recording has the notifications alone
        generations: { ask: () => undefined },
      },
      settings,
      { ...sink, lost: () => undefined, rulesetChanged: () => undefined },
      options,
    );
  }

  get counts(): CaptureCounts {
    return this.#loop.counts;
  }

  /** Takes the next record in; whatever its batches need is done when this returns. */
  take(record: RecordingRecord): void {
    switch (record.kind) {
      case 'receive':
      case 'overrun':
        if (record.socket === 'trace') return this.#run(record);
        this.#run({ kind: 'wait', at: record.at });
        return this.#changes.add(record);
      case 'ruleset':
        this.#run({ kind: 'wait', at: record.at });
        return this.#loop.takeRuleset(record.generation, record.tables, record.since);
      case 'drops':
        this.#trace.total = record.total;
        return;
      case 'interface':
        this.#names.set(record.index, record.name);
        return;
      case 'end':
        return this.#run({ kind: 'wait', at: record.at });
    }
  }

  /** Lets recorded time go on where the recording has nothing: packets close and batches are delivered meanwhile. */
  wait(ms: number): void {
    this.#run({ kind: 'wait', at: this.clock.later(ms) });
  }

  /** Closes every packet and delivers all rows. */
  finish(): void {
    this.#loop.finish();
  }

  #run(step: ReplayStep): void {
    this.#trace.next(step);
    while (this.#trace.pending) this.#loop.pass();
  }
}
