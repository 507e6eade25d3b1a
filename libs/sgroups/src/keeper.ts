import { compile } from './compile.js';
import { type SgroupsData } from './data.js';
import { type SgroupsMode, type SgroupsSink, type SgroupsState } from './source.js';

/** A failure that comes again and again is told so often */
const AGAIN_MS = 10 * 60_000;

const now = (): string => new Date().toISOString();

/** What all sources share: the last good data stays in use, and what goes wrong is said once. */
export class DataKeeper {
  #state: SgroupsState;
  #told = { error: '', at_ms: -Infinity };
  /** Failures since `#told` */
  #untold = 0;
  #recoveryIsNews = false;
  #problems = '';

  constructor(
    mode: SgroupsMode,
    private readonly sink: SgroupsSink,
  ) {
    this.#state = { mode, networks: 0, groups: 0, prefixes: 0 };
  }

  get state(): SgroupsState {
    return this.#state;
  }

  /**
   * Puts data to use.
   * @param updatedAt RFC 3339; undefined = there is none yet
   * @throws SgroupsError `too_large`
   */
  take(data: SgroupsData, updatedAt: string | undefined): void {
    const { prefixes, problems } = compile(data);
    const { mode } = this.#state;
    const [networks, groups] = [data.networks.length, data.groups.length];
    this.#state = {
      mode,
      networks,
      groups,
      prefixes: prefixes.prefixes,
      ...(updatedAt !== undefined && { updatedAt }),
    };
    this.sink.onData(prefixes);
    this.#tellRecovery();
    const of = updatedAt === undefined ? 'nothing synced yet' : `as of ${updatedAt}`;
    this.sink.log.log(`security groups: ${networks} networks and ${groups} groups, ${of}`);
    this.#tellProblems(problems);
  }

  /** The source was read, and the data in use is its newest. */
  fresh(): void {
    const { staleSince: _, error: __, ...rest } = this.#state;
    this.#state = rest;
    this.#tellRecovery();
  }

  /** The source could not be read. */
  fail(error: string): void {
    const before = this.#state;
    const staleSince = before.staleSince ?? now();
    this.#state = { ...before, staleSince, error };
    const at_ms = performance.now();
    if (error === this.#told.error && at_ms - this.#told.at_ms < AGAIN_MS) {
      this.#untold++;
      return;
    }
    const again =
      this.#untold > 0 && error === this.#told.error ? ` (${this.#untold} times since it was said last)` : '';
    const kept =
      before.networks > 0
        ? `stale since ${staleSince}, the data read last stays in use`
        : 'addresses have no groups until then';
    this.sink.log.warn(`security groups: ${error}; ${kept}${again}`);
    this.#told = { error, at_ms };
    this.#untold = 0;
    this.#recoveryIsNews = true;
  }

  #tellRecovery(): void {
    if (!this.#recoveryIsNews) return;
    this.#recoveryIsNews = false;
    this.sink.log.log('security groups: they can be read again');
  }

  #tellProblems(problems: readonly string[]): void {
    const text = problems.join('\n');
    if (text === this.#problems) return;
    this.#problems = text;
    for (const problem of problems) this.sink.log.warn(`security groups: ${problem}`);
  }
}
