import { type Log, Repeats } from '#app-kit';
import { listRuleset, type RulesetSnapshot } from '#ruleset';

/** Changes come in bursts (`nft -f` of a file, a script of many calls): one listing serves all within this time. */
const DEBOUNCE_MS = 30;
const RETRY_MS = 1000;

/** Lists the ruleset after each change and hands it on, one listing at a time, never an older one after a newer. */
export class RulesetFeed {
  readonly #repeats: Repeats;
  #newest = 0;
  #stale = false;
  #running = false;
  #stopped = false;

  /** @param netnsPath whose ruleset; undefined = this process's own */
  constructor(
    private readonly netnsPath: string | undefined,
    private readonly deliver: (generation: number, snapshot: RulesetSnapshot) => void,
    log: Log,
  ) {
    this.#repeats = new Repeats(log);
  }

  /** The first listing. @throws RulesetError: without nft, or without the right to use it, there is no start */
  async start(): Promise<void> {
    this.deliver(0, await listRuleset(this.netnsPath));
  }

  /** The ruleset has changed; `generation` is the kernel's number of it. */
  changed(generation: number): void {
    this.#newest = generation;
    this.#stale = true;
    if (!this.#running) void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#repeats.flush();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#stale && !this.#stopped) {
      await pause(DEBOUNCE_MS);
      const generation = this.#newest;
      this.#stale = false;
      try {
        this.deliver(generation, await listRuleset(this.netnsPath));
      } catch (error) {
        this.#stale = true;
        const reason = (error as Error).message;
        this.#repeats.warn('ruleset', `${reason}; rows keep their handles, rule texts may be missing or old`);
        await pause(RETRY_MS);
      }
    }
    this.#running = false;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
