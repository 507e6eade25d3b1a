import { Worker } from 'node:worker_threads';
import { NetlinkError } from '#netlink';
import { RulesetError } from '#ruleset';
import {
  type ListedRuleset,
  type RulesetCommand,
  type RulesetReport,
  type RulesetThreadSettings,
} from './messages.js';

/** The thread that lists the ruleset as the main thread sees it. It is started with the first listing. */
export class RulesetThread {
  #worker: Worker | undefined;
  #waiting: { resolve: (listed: ListedRuleset) => void; reject: (error: Error) => void } | undefined;

  /** @param netns a network namespace's name or path; '' = the process's own */
  constructor(private readonly netns: string) {}

  /**
   * One listing; not to be asked again before it has settled. After a failure of the thread itself a new one lists
   * everything anew.
   * @throws RulesetError, NetlinkError
   */
  list(): Promise<ListedRuleset> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker ??= this.#start();
      this.#send(this.#worker, 'list');
    });
  }

  /** Ends the thread; a listing under way fails. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#send(worker, 'stop');
    await ended;
  }

  #send(worker: Worker, command: RulesetCommand): void {
    worker.postMessage(command);
  }

  #start(): Worker {
    const workerData: RulesetThreadSettings = { netns: this.netns };
    const worker = new Worker(new URL('./ruleset-thread.js', import.meta.url), {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
      // nft's output is a descriptor that Node did not open, and it would warn of its close; none is left open.
    });
    worker.on('message', (report: RulesetReport) => this.#report(report));
    worker.on('error', (error) => this.#lost(error));
    worker.on('exit', () => this.#lost(new RulesetError('list', 'failed', 'the listing thread has ended')));
    return worker;
  }

  #report(report: RulesetReport): void {
    if (report.kind === 'listed') this.#waiting?.resolve(report);
    else this.#waiting?.reject(revived(report));
  }

  #lost(error: Error): void {
    this.#worker = undefined;
    this.#waiting?.reject(error);
  }
}

/** Errors lose their class between threads. */
function revived({ name, op, code, message }: Extract<RulesetReport, { kind: 'failed' }>): Error {
  if (name === 'NetlinkError') return new NetlinkError(op, code, message);
  return new RulesetError(op, code === 'missing' || code === 'malformed' ? code : 'failed', message);
}
