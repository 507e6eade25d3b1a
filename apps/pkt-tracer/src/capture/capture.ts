import { Worker } from 'node:worker_threads';
import { type Log, Repeats } from '#app-kit';
import { NetlinkError } from '#netlink';
import { type ArrowBatch } from '../publish/batch-sink.js';
import {
  type CaptureCommand,
  type CaptureCounts,
  type CaptureReport,
  type CaptureSettings,
} from './messages.js';
import { Deferred } from './deferred.js';
import { type FedRuleset, RulesetFeed } from './ruleset-feed.js';
import { RulesetThread } from './ruleset-thread-client.js';

/** Batches that the main thread may owe the capture thread before rows are thrown away (and counted) */
const MAX_IN_FLIGHT = 64;

export type CaptureOptions = Omit<CaptureSettings, 'inFlight' | 'maxInFlight'>;

/** The capture thread as the main thread sees it: its start, its batches, its counts, its end. */
export class Capture {
  readonly #worker: Worker;
  readonly #ruleset: RulesetFeed;
  readonly #repeats: Repeats;
  readonly #inFlight = new SharedArrayBuffer(4);
  readonly #listening = new Deferred();
  readonly #ended = new Deferred();
  #counts: CaptureCounts | undefined;

  /** @param take resolves when the main thread has room again for the batch */
  constructor(
    options: CaptureOptions,
    private readonly take: (batch: ArrowBatch) => Promise<void>,
    private readonly log: Log,
  ) {
    this.#repeats = new Repeats(log);
    this.#ruleset = new RulesetFeed(
      new RulesetThread(options.netns),
      (ruleset) => this.#sendRuleset(ruleset),
      log,
    );
    const settings: CaptureSettings = { ...options, inFlight: this.#inFlight, maxInFlight: MAX_IN_FLIGHT };
    this.#worker = new Worker(new URL('./capture-thread.js', import.meta.url), { workerData: settings });
    this.#worker.on('message', (report: CaptureReport) => this.#report(report));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#ended.resolve());
  }

  /** Settles when the thread has ended: rejected when something ended it that was not `stop`. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Everything so far; undefined in the first second */
  get counts(): CaptureCounts | undefined {
    return this.#counts;
  }

  /** @throws NetlinkError, RulesetError when the kernel's events or the ruleset cannot be had */
  async start(): Promise<void> {
    await this.#listening.promise;
    await this.#ruleset.start();
  }

  /** Delivers what was received so far and ends the thread. */
  async stop(): Promise<void> {
    this.#send({ kind: 'stop' });
    await this.#ended.promise.catch(() => undefined);
    await this.#ruleset.stop();
    this.#repeats.flush();
  }

  #send(command: CaptureCommand): void {
    this.#worker.postMessage(command);
  }

  #sendRuleset({ snapshot, changed }: FedRuleset): void {
    const { generation, tables } = snapshot;
    this.log.debug(`ruleset ${generation} listed: ${tables.length} tables, ${changed.size} of them changed`);
    const facts = tables.map((table) => {
      const { family, name, handle, version, chains, rules } = table;
      return changed.has(table)
        ? { family, name, handle, version, chains, rules }
        : { family, name, version };
    });
    this.#send({ kind: 'ruleset', epoch: generation, tables: facts });
  }

  #report(report: CaptureReport): void {
    switch (report.kind) {
      case 'listening':
        return this.#listening.resolve();
      case 'ruleset-changed':
        return this.#ruleset.changed();
      case 'batch':
        return void this.#batch(report);
      case 'counts':
      case 'stopped':
        return this.#count(report.counts);
      case 'failed':
        return this.#fail(new NetlinkError(report.op, report.code, report.message));
    }
  }

  async #batch(batch: ArrowBatch): Promise<void> {
    await this.take(batch);
    Atomics.sub(new Int32Array(this.#inFlight), 0, 1);
  }

  #count(counts: CaptureCounts): void {
    const lost = counts.overrun - (this.#counts?.overrun ?? 0);
    const late = counts.backlog - (this.#counts?.backlog ?? 0);
    if (lost > 0) {
      const why = 'receive buffer overrun; raise capture.receive-buffer or tag fewer rules';
      this.#repeats.warn('overrun', `EVENTS LOST: the kernel threw ${lost} trace events away (${why})`);
    }
    if (late > 0) {
      this.#repeats.warn(
        'backlog',
        `EVENTS LOST: ${late} rows thrown away, compression did not keep up with capture`,
      );
    }
    this.#counts = counts;
  }

  #fail(error: Error): void {
    this.#listening.reject(error);
    this.#ended.reject(error);
  }
}
