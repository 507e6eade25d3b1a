import { Repeats, type Counters, type Log } from '#app-kit';
import { RejectBatch, RetryLater } from '#bus';
import { StoreError, type StoredBatch, type StoreOutcome } from '#clickhouse';
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
}

/** How long a batch waits in the stream that could not be inserted. None is taken before ClickHouse is back. */
export const retryMs = 2000;

type Result = PromiseSettledResult<StoreOutcome>;

/** Inserts many batches at once, and finds the one that is to blame where that fails. */
export class GroupWriter {
  readonly #repeats: Repeats;

  constructor(private readonly parts: GroupWriterParts) {
    this.#repeats = new Repeats(parts.log);
  }

  /** @returns what became of each: its outcome, RejectBatch or RetryLater */
  async write(batches: readonly ClaimedBatch[]): Promise<Result[]> {
    try {
      const outcomes = await this.#store(batches);
      return outcomes.map((value) => ({ status: 'fulfilled', value }));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code !== 'bad_data') return batches.map(() => this.#retry(error));
      const [only] = batches;
      if (batches.length === 1 && only) return [this.#reject(error)];
      return this.#oneByOne(batches);
    }
  }

  close(): void {
    this.#repeats.flush();
  }

  /** Part of a failed insert may be in the table. */
  async #oneByOne(batches: readonly ClaimedBatch[]): Promise<Result[]> {
    const results: Result[] = [];
    for (const batch of batches) {
      if (this.parts.patience.away) {
        results.push({ status: 'rejected', reason: new RetryLater('ClickHouse is away.', retryMs) });
        continue;
      }
      results.push(...(await this.write([{ ...batch, repeated: true }])));
    }
    return results;
  }

  async #store(batches: readonly ClaimedBatch[]): Promise<StoreOutcome[]> {
    const { counters, patience } = this.parts;
    const started = performance.now();
    const given = batches.map(plain);
    counters.counter('ingest_repeated_batches').add(given.filter(({ repeated }) => repeated).length);
    const outcomes = [...(await this.parts.storeBatches(given))];
    await this.#again(batches, outcomes);
    counters.counter('ingest_inserts').add();
    counters.counter('ingest_insert_ms').add(performance.now() - started);
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
    this.parts.counters.counter('ingest_late_batches').add(late.length);
    this.#repeats.warn(
      'late',
      `${late.length} batches took longer than NATS waits for their acknowledgement; they are looked up again.`,
    );
    const verified = await this.parts.storeBatches(late.map((at) => plain(batches[at] as ClaimedBatch)));
    for (const [i, at] of late.entries()) if (verified[i] === 'repaired') outcomes[at] = 'repaired';
  }

  #retry(error: StoreError): Result {
    const { patience } = this.parts;
    if (!patience.away) patience.failed();
    this.#repeats.warn(error.code, `${error.message} Batches wait in the stream until it is back.`);
    return { status: 'rejected', reason: new RetryLater(error.message, retryMs, { cause: error }) };
  }

  #reject(error: StoreError): Result {
    return { status: 'rejected', reason: new RejectBatch('bad_data', error.message, { cause: error }) };
  }
}

/** What the store gets; late is what it has to look up. */
function plain({ claim, repeated, ...batch }: ClaimedBatch): StoredBatch {
  return { ...batch, repeated: repeated || claim.late };
}
