import { Worker } from 'node:worker_threads';
import { NetlinkError } from '#netlink';
import { RulesetError } from '#ruleset';
import {
  type RulesetCommand,
  type RulesetReport,
  type RulesetThreadSettings,
  type ToldVersion,
} from './messages.js';
import { type VersionListener, type VersionSource } from './ruleset-feed.js';

/** The thread that follows the ruleset as the main thread sees it. */
export class RulesetThread implements VersionSource {
  #worker: Worker | undefined;
  #listener: VersionListener | undefined;

  constructor(private readonly settings: RulesetThreadSettings) {}

  /** Starts the thread, or, where it has ended, another one: it tells everything anew. */
  start(listener: VersionListener): void {
    this.#listener = listener;
    this.#worker ??= this.#start();
  }

  changed(): void {
    if (this.#worker) this.#send(this.#worker, 'changed');
  }

  /** Ends the thread. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#listener = undefined;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#send(worker, 'stop');
    await ended;
  }

  #send(worker: Worker, command: RulesetCommand): void {
    worker.postMessage(command);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./ruleset-thread.js', import.meta.url), {
      workerData: this.settings,
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    let lost = false;
    const end = (error: Error): void => {
      if (lost) return;
      lost = true;
      this.#worker = undefined;
      this.#listener?.ended(error);
    };
    worker.on('message', (report: RulesetReport) => this.#report(report));
    worker.on('error', end);
    worker.on('exit', () => end(new RulesetError('list', 'failed', 'the ruleset thread has ended')));
    return worker;
  }

  #report(report: RulesetReport): void {
    if (report.kind === 'version') this.#listener?.version(report satisfies ToldVersion);
    else this.#listener?.failed(revived(report));
  }
}

/** Errors lose their class between threads. */
function revived({ name, op, code, message }: Extract<RulesetReport, { kind: 'failed' }>): Error {
  if (name === 'NetlinkError') return new NetlinkError(op, code, message);
  return new RulesetError(op, code === 'missing' || code === 'malformed' ? code : 'failed', message);
}
