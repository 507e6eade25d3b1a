import { Worker } from 'node:worker_threads';
import { type Log } from '#app-kit';
import { NetlinkError } from '#netlink';
import { RecordBlock, type RecordedTime, type RecordingHead, type RecordingWriter } from '#recording';
import { unpackRules } from '#ruleset';
import { Deferred } from '../capture/deferred.js';
import { type FedRuleset, RulesetFeed } from '../capture/ruleset-feed.js';
import { RulesetThread } from '../capture/ruleset-thread-client.js';
import { type RecordCommand, type RecordCounts, type RecordReport, type RecordSettings } from './messages.js';

/** Blocks that may wait to be written */
const MAX_IN_FLIGHT_BYTES = 32 * 2 ** 20;

export interface RecorderOptions {
  /** The file of the network namespace to record in; '' = the process's own */
  netnsPath: string;
  receiveBufferBytes: number;
  /** Trace events to stop after; 0 = none */
  maxEvents: number;
  log: Log;
}

/** A recording under way, as the main thread sees it: the record thread, the ruleset's versions, and the file. */
export class Recorder {
  readonly #worker: Worker;
  readonly #ruleset: RulesetFeed;
  readonly #inFlight: Int32Array;
  readonly #listening = new Deferred();
  readonly #ended = new Deferred();
  readonly #versions = new Map<number, FedRuleset>();
  #marks = 0;
  #written: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #stopped: { at: RecordedTime; counts: RecordCounts } | undefined;

  constructor(
    private readonly writer: RecordingWriter,
    { netnsPath, receiveBufferBytes, maxEvents, log }: RecorderOptions,
  ) {
    const inFlight = new SharedArrayBuffer(4);
    this.#inFlight = new Int32Array(inFlight);
    const settings: RecordSettings = {
      netnsPath,
      receiveBufferBytes,
      maxEvents,
      inFlight,
      maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
    };
    this.#ruleset = new RulesetFeed(
      new RulesetThread({ netns: netnsPath, maxSetElements: 0 }),
      (ruleset) => this.#known(ruleset),
      log,
    );
    this.#worker = new Worker(new URL('./record-thread.js', import.meta.url), { workerData: settings });
    this.#worker.on('message', (report: RecordReport) => this.#report(report));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#ended.resolve());
  }

  /** Settles when nothing more comes: it has as many events as it was to record, or it failed (rejected). */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Writes the head and listens. @throws NetlinkError, RulesetError, RecordingError */
  async start(head: RecordingHead): Promise<void> {
    await this.#listening.promise;
    this.#write((block) => block.head(head));
    await this.#ruleset.start();
  }

  /**
   * Records what was received so far, writes the end and closes the file.
   * @returns what was recorded @throws what ended it before
   */
  async stop(): Promise<RecordCounts> {
    this.#send({ kind: 'stop' });
    try {
      await this.#ended.promise;
      const { at, counts } = this.#stopped ?? { at: { wall_us: 0, monotonic_us: 0 }, counts: noCounts };
      this.#write((block) => block.end(at, { events: counts.events, lost: counts.lost }));
      await this.#written;
      if (this.#failure) throw this.#failure;
      return counts;
    } finally {
      await this.#ruleset.stop();
      await this.writer.close();
    }
  }

  #send(command: RecordCommand): void {
    this.#worker.postMessage(command);
  }

  /** A version stands in the recording where the capture thread would have taken it. */
  #known(ruleset: FedRuleset): void {
    const mark = this.#marks++;
    this.#versions.set(mark, ruleset);
    this.#send({ kind: 'mark', mark });
  }

  #report(report: RecordReport): void {
    switch (report.kind) {
      case 'listening':
        return this.#listening.resolve();
      case 'ruleset-changed':
        return this.#ruleset.changed();
      case 'block':
        return this.#append(report.bytes);
      case 'mark':
        return this.#mark(report.mark, report.at);
      case 'stopped':
        this.#stopped = report;
        return;
      case 'failed':
        return this.#fail(new NetlinkError(report.op, report.code, report.message));
    }
  }

  #mark(mark: number, at: RecordedTime): void {
    const version = this.#versions.get(mark);
    this.#versions.delete(mark);
    if (!version) return;
    const { since, generation } = version.snapshot;
    const tables = version.snapshot.tables.map((table) => {
      const { family, name, version: hash } = table;
      if (!version.changed.has(table)) return { family, name, version: hash };
      const { sets: _, ...told } = table;
      return { ...told, rules: unpackRules(table.rules) };
    });
    this.#write((block) => block.ruleset({ at, generation, since, tables }));
  }

  #write(fill: (block: RecordBlock) => void): void {
    const block = new RecordBlock();
    try {
      fill(block);
    } catch (error) {
      return this.#fail(error as Error);
    }
    const bytes = block.take();
    Atomics.add(this.#inFlight, 0, bytes.length);
    this.#append(bytes);
  }

  /** One write after the other; after a failed one the file is left as it is. */
  #append(bytes: Uint8Array): void {
    const size = bytes.length;
    this.#written = this.#written
      .then(() => this.writer.write(bytes))
      .catch((error: Error) => this.#fail(error))
      .finally(() => {
        Atomics.sub(this.#inFlight, 0, size);
        Atomics.notify(this.#inFlight, 0);
      });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#listening.reject(error);
    this.#ended.reject(error);
    this.#send({ kind: 'stop' });
  }
}

const noCounts: RecordCounts = { events: 0, lost: 0, waited_ms: 0 };
