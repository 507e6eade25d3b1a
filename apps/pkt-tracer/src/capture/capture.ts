import { Worker } from 'node:worker_threads';
import { type Log } from '#app-kit';
import { NetlinkError } from '#netlink';
import { type Endpoint } from '#nftrace';
import { type PackedPrefixes } from '#sgroups';
import { type Loss } from '../heartbeat/loss-log.js';
import { type ArrowBatch } from '../publish/batch-sink.js';
import {
  type CaptureCommand,
  type CaptureCounts,
  type CaptureReport,
  type CaptureSettings,
  shared,
} from './messages.js';
import { Deferred } from './deferred.js';
import { type FedRuleset, RulesetFeed } from './ruleset-feed.js';
import { nobody, type RulesetObserver, RulesetTeller } from './ruleset-observer.js';
import { RulesetThread } from './ruleset-thread-client.js';

/** The thread makes few objects: with V8's default of 48 its garbage would lie about until it is as much. */
const YOUNG_GENERATION_MB = 8;

/** Where what capture threads bring goes. */
export interface CaptureSink {
  /** @returns when there is room again for as much */
  take(batch: ArrowBatch): Promise<void>;
  /** Is told of lost events, once a second; the counts that have them follow. */
  lost(loss: Loss): void;
  /** Is told of every version of every table; absent: nobody wants to know */
  rulesets?: RulesetObserver;
}

/** A capture thread as the main thread sees it: its start, its batches, its counts, its end. */
export class Capture {
  readonly #worker: Worker;
  readonly #ruleset: RulesetFeed;
  readonly #teller: RulesetTeller;
  readonly #shared: Int32Array;
  readonly #listening = new Deferred();
  readonly #ended = new Deferred();
  #counts: CaptureCounts | undefined;
  #cpu_us = 0;
  #generation: number | undefined;

  constructor(
    private readonly settings: CaptureSettings,
    private readonly sink: CaptureSink,
    private readonly log: Log,
  ) {
    this.#shared = new Int32Array(settings.shared);
    const { netnsPath, maxSetElements } = settings;
    const thread = new RulesetThread({ netns: netnsPath, maxSetElements });
    this.#ruleset = new RulesetFeed(thread, (ruleset) => this.#sendRuleset(ruleset), log);
    this.#teller = new RulesetTeller(settings.netns, sink.rulesets ?? nobody);
    this.#worker = new Worker(new URL('./capture-thread.js', import.meta.url), {
      workerData: settings,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
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

  /** CPU time that the thread has used, µs; a second old at most */
  get cpu_us(): number {
    return this.#cpu_us;
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

  /** The NATS servers that the agent is connected to: their packets are left out. */
  ownServers(endpoints: Endpoint[]): void {
    this.#send({ kind: 'own-servers', endpoints });
  }

  /** Networks and security groups, of the packets that come from now on. */
  sgroups(prefixes: PackedPrefixes): void {
    this.#send({ kind: 'sgroups', prefixes });
  }

  /** Delivers what was received so far and ends the thread. */
  async stop(): Promise<void> {
    this.#send({ kind: 'stop' });
    await this.#ended.promise.catch(() => undefined);
    await this.#ruleset.stop();
  }

  /** It is stopped because nothing can be traced any more: what it told of rulesets holds no longer. */
  gone(): void {
    this.#teller.end();
  }

  #send(command: CaptureCommand): void {
    this.#worker.postMessage(command);
  }

  #sendRuleset({ snapshot, changed }: FedRuleset): void {
    const { since, generation, tables } = snapshot;
    this.log.debug(`ruleset ${generation} known: ${tables.length} tables, ${changed.size} of them changed`);
    const facts = tables.map((table) => {
      const { family, name, handle, version, chains, rules } = table;
      return changed.has(table)
        ? { family, name, handle, version, chains, rules }
        : { family, name, version };
    });
    this.#send({ kind: 'ruleset', since, epoch: generation, tables: facts });
    this.#teller.take(snapshot);
  }

  #report(report: CaptureReport): void {
    switch (report.kind) {
      case 'listening':
        return this.#listening.resolve();
      case 'ruleset-changed':
        this.#generation = report.epoch;
        return this.#ruleset.changed();
      case 'batch':
        return void this.#batch(report);
      case 'lost':
        return report.losses.forEach((loss) => this.sink.lost({ netns: this.settings.netns, ...loss }));
      case 'counts':
      case 'stopped':
        this.#counts = report.counts;
        this.#cpu_us = report.cpu_us;
        return;
      case 'failed':
        return this.#fail(new NetlinkError(report.op, report.code, report.message));
    }
  }

  async #batch(batch: Omit<ArrowBatch, 'netns'>): Promise<void> {
    // once it has been taken its bytes may be gone to another thread
    const size = batch.bytes.length;
    await this.sink.take({ ...batch, netns: this.settings.netns });
    Atomics.sub(this.#shared, shared.inFlightBytes, size);
  }

  #fail(error: Error): void {
    this.#listening.reject(error);
    this.#ended.reject(error);
  }
}
