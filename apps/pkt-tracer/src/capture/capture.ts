import { Worker } from 'node:worker_threads';
import { type Log } from '#app-kit';
import { namespacePath, NetlinkError } from '#netlink';
import { type RulesetSnapshot } from '#ruleset';
import { type Loss } from '../heartbeat/loss-log.js';
import { type ArrowBatch } from '../publish/batch-sink.js';
import {
  type CaptureCommand,
  type CaptureCounts,
  type CaptureReport,
  type CaptureSettings,
} from './messages.js';
import { Deferred } from './deferred.js';
import { RulesetFeed } from './ruleset-feed.js';

/** Batches that the main thread may owe the capture thread before rows are thrown away (and counted) */
const MAX_IN_FLIGHT = 64;

export type CaptureOptions = Omit<CaptureSettings, 'inFlight' | 'maxInFlight'>;

/** The capture thread as the main thread sees it: its start, its batches, its counts, its end. */
export class Capture {
  readonly #worker: Worker;
  readonly #ruleset: RulesetFeed;
  readonly #inFlight = new SharedArrayBuffer(4);
  readonly #listening = new Deferred();
  readonly #ended = new Deferred();
  #counts: CaptureCounts | undefined;
  #generation: number | undefined;

  /**
   * @param take resolves when the main thread has room again for the batch
   * @param onLoss is told of lost events, once a second; their counts follow
   */
  constructor(
    private readonly options: CaptureOptions,
    private readonly take: (batch: ArrowBatch) => Promise<void>,
    private readonly onLoss: (loss: Loss) => void,
    private readonly log: Log,
  ) {
    const path = options.netns ? namespacePath(options.netns) : undefined;
    this.#ruleset = new RulesetFeed(path, (epoch, snapshot) => this.#sendRuleset(epoch, snapshot), log);
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

  /** The kernel's number of the newest ruleset seen; undefined before the first change */
  get generation(): number | undefined {
    return this.#generation;
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
    this.#ruleset.stop();
  }

  #send(command: CaptureCommand): void {
    this.#worker.postMessage(command);
  }

  #sendRuleset(epoch: number, { tables }: RulesetSnapshot): void {
    this.log.debug(`ruleset listed: ${tables.length} tables, change ${epoch}`);
    const facts = tables.map(({ family, name, version, chains, rules }) => ({
      family,
      name,
      version,
      chains,
      rules,
    }));
    this.#send({ kind: 'ruleset', epoch, tables: facts });
  }

  #report(report: CaptureReport): void {
    switch (report.kind) {
      case 'listening':
        return this.#listening.resolve();
      case 'ruleset-changed':
        this.#generation = report.epoch;
        return this.#ruleset.changed(report.epoch);
      case 'batch':
        return void this.#batch(report);
      case 'lost':
        return report.losses.forEach((loss) => this.onLoss({ netns: this.options.netns, ...loss }));
      case 'counts':
      case 'stopped':
        this.#counts = report.counts;
        return;
      case 'failed':
        return this.#fail(new NetlinkError(report.op, report.code, report.message));
    }
  }

  async #batch(batch: Omit<ArrowBatch, 'netns'>): Promise<void> {
    await this.take({ ...batch, netns: this.options.netns });
    Atomics.sub(new Int32Array(this.#inFlight), 0, 1);
  }

  #fail(error: Error): void {
    this.#listening.reject(error);
    this.#ended.reject(error);
  }
}
