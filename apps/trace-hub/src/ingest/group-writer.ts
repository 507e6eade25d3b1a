import { type Counters, type Log, Occurrences } from '#app-kit';
import { RejectBatch, RetryLater } from '#bus';
import { StoreError, type StoredBatch, type StoreOutcome } from '#clickhouse';
import { batchesLate, batchSetAside, insertFailed } from '../occurrences.js';
import { type Patience } from './patience.js';

/** A batch, and whether another replica may have got it, too, since it was checked. */
export interface ClaimedBatch extends StoredBatch {
  readonly claim: { readonly late: boolean };
}

export interface GroupWriterParts {
  readonly storeBatches: (batches: readonly StoredBatch[]) => Promise<readonly StoreOutcome[]>;
  readonly patience: Patience;
  readonly counters: Counters;
  readonly log: Log;
  /** Of each insert that succeeded */
  readonly onInserted?: (seconds: number) => void;
}

/** How long a batch waits in the stream that could not be inserted. None is taken before ClickHouse is back. */
export const retryMs = 2000;

/** How long one waits that failed where others did not: it is not to be in their way again at once. */
const setAsideMs = 30_000;

/** What may be wrong with one batch of many, or with their number. The others must not wait for that one. */
const ofOneBatch: ReadonlySet<string> = new Set(['bad_data', 'failed', 'out_of_memory', 'unknown']);
/** So many that fail alone, and none that does not: it is ClickHouse. */
const enoughFailures = 3;

/** What was found while a group was split to find the one to blame. */
interface Search {
  readonly of: number;
  stored: number;
  failed: number;
}

type Result = PromiseSettledResult<StoreOutcome>;

/** Inserts many batches at once, and finds the one that is to blame where that fails. */
export class GroupWriter {
  readonly #occurrences: Occurrences;

  constructor(private readonly parts: GroupWriterParts) {
    this.#occurrences = new Occurrences(parts.log, parts.counters);
  }

  /** @returns what became of each: its outcome, RejectBatch, RetryLater, or an error that nobody expected */
  write(batches: readonly ClaimedBatch[]): Promise<Result[]> {
    return this.#write(batches, { of: batches.length, stored: 0, failed: 0 });
  }

  close(): void {
    this.#occurrences.flush();
  }

  async #write(batches: readonly ClaimedBatch[], search: Search): Promise<Result[]> {
    try {
      const outcomes = await this.#store(batches);
      search.stored += batches.length;
      return outcomes.map((value) => ({ status: 'fulfilled', value }));
    } catch (error) {
      const code = error instanceof StoreError ? error.code : 'unknown';
      if (batches.length > 1 && ofOneBatch.has(code)) return this.#halves(batches, search);
      if (!(error instanceof StoreError)) return [{ status: 'rejected', reason: error }];
      if (code === 'bad_data') return [this.#reject(error)];
      if (ofOneBatch.has(code) && this.#setAside(search)) return [this.#later(error)];
      return batches.map(() => this.#retry(error));
    }
  }

  /** Part of a failed insert may be in the table. */
  async #halves(batches: readonly ClaimedBatch[], search: Search): Promise<Result[]> {
    const half = Math.ceil(batches.length / 2);
    const results: Result[] = [];
    for (const some of [batches.slice(0, half), batches.slice(half)]) {
      if (this.parts.patience.away) {
        const reason = new RetryLater('ClickHouse is away.', retryMs);
        results.push(...some.map((): Result => ({ status: 'rejected', reason })));
      } else {
        const repeated = some.map((batch) => ({ ...batch, repeated: true }));
        results.push(...(await this.#write(repeated, search)));
      }
    }
    return results;
  }

  /** @returns whether a batch that failed alone is to blame, as far as is known, and not ClickHouse */
  #setAside(search: Search): boolean {
    search.failed++;
    if (search.of === 1) return false;
    return search.stored > 0 || search.failed < enoughFailures;
  }

  async #store(batches: readonly ClaimedBatch[]): Promise<StoreOutcome[]> {
    const { counters, patience } = this.parts;
    const started = performance.now();
    const given = batches.map(plain);
    counters.counter('ingest_repeated_batches').add(given.filter(({ repeated }) => repeated).length);
    const outcomes = [...(await this.parts.storeBatches(given))];
    await this.#again(batches, outcomes);
    counters.counter('ingest_inserts').add();
    this.parts.onInserted?.((performance.now() - started) / 1000);
    patience.succeeded();
    return outcomes;
  }

  /**
   * What came late after it was inserted as new may be stored by another replica as well: it is looked up like one that
   * was delivered before.
   */
  async #again(batches: readonly ClaimedBatch[], outcomes: StoreOutcome[]): Promise<void> {
    const late = [...batches.keys()].filter((at) => batches[at]?.claim.late);
    if (late.length === 0) return;
    this.#occurrences.tell(batchesLate, { batches: late.length });
    const verified = await this.parts.storeBatches(late.map((at) => plain(batches[at] as ClaimedBatch)));
    for (const [i, at] of late.entries()) if (verified[i] === 'repaired') outcomes[at] = 'repaired';
  }

  #retry(error: StoreError): Result {
    const { patience } = this.parts;
    if (!patience.away) patience.failed();
    this.#occurrences.tell(insertFailed, { code: error.code, reason: error.message });
    return { status: 'rejected', reason: new RetryLater(error.message, retryMs, { cause: error }) };
  }

  #later(error: StoreError): Result {
    this.#occurrences.tell(batchSetAside, { code: error.code, reason: error.message });
    return { status: 'rejected', reason: new RetryLater(error.message, setAsideMs, { cause: error }) };
  }

  #reject(error: StoreError): Result {
    return { status: 'rejected', reason: new RejectBatch('bad_data', error.message, { cause: error }) };
  }
}

/** What the store gets; late is what it has to look up. */
function plain({ claim, repeated, ...batch }: ClaimedBatch): StoredBatch {
  return { ...batch, repeated: repeated || claim.late };
}
