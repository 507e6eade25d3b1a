/** What is combined: so many rows in so many bytes. */
export interface Combinable {
  readonly rows: number;
  readonly bytes: Uint8Array;
}

export interface CombinerOptions<B, R> {
  /** Unless there is much to insert, an insert begins so long after the one before; ms. */
  readonly lingerMs: number;
  /** So many rows are inserted without waiting for more. */
  readonly enoughRows: number;
  readonly enoughBatches: number;
  /** Most rows and bytes of one insert; a batch that has more is inserted alone. */
  readonly maxRows: number;
  readonly maxBytes: number;
  /** Whether no more batches come before there is an insert. */
  readonly full: () => boolean;
  /** @returns what became of each, in order */
  readonly insert: (batches: readonly B[]) => Promise<readonly PromiseSettledResult<R>[]>;
}

interface Entry<B, R> {
  readonly batch: B;
  readonly resolve: (outcome: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Combines batches that come one by one to few large inserts, one at a time. What comes while an insert runs is in the
 * next one.
 */
export class BatchCombiner<B extends Combinable, R> {
  readonly #entries: Entry<B, R>[] = [];
  #rows = 0;
  #bytes = 0;
  #begun_ms = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #inserting = false;

  constructor(private readonly options: CombinerOptions<B, R>) {}

  /** @returns what became of the batch, after its insert */
  add(batch: B): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#entries.push({ batch, resolve, reject });
      this.#rows += batch.rows;
      this.#bytes += batch.bytes.length;
      this.consider();
    });
  }

  /** What no insert has begun with: batches and their rows. */
  get waiting(): { readonly batches: number; readonly rows: number } {
    return { batches: this.#entries.length, rows: this.#rows };
  }

  /** Begins an insert if one is due. To be called when `full` may have become true. */
  consider(): void {
    if (this.#inserting || this.#entries.length === 0) return;
    const wait_ms = this.#enough ? 0 : this.#begun_ms + this.options.lingerMs - performance.now();
    if (wait_ms <= 0) {
      void this.#insert(this.#take());
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.consider();
      }, wait_ms);
    }
  }

  /** Sends away all that no insert has begun with. */
  refuse(error: Error): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#rows = this.#bytes = 0;
    for (const { reject } of this.#entries.splice(0)) reject(error);
  }

  get #enough(): boolean {
    const { enoughRows, enoughBatches, maxBytes, full } = this.options;
    const waiting = this.#entries.length;
    return this.#rows >= enoughRows || waiting >= enoughBatches || this.#bytes >= maxBytes || full();
  }

  #take(): Entry<B, R>[] {
    let count = 0;
    let [rows, bytes] = [0, 0];
    for (const { batch } of this.#entries) {
      const [allRows, allBytes] = [rows + batch.rows, bytes + batch.bytes.length];
      if (count > 0 && (allRows > this.options.maxRows || allBytes > this.options.maxBytes)) break;
      [rows, bytes] = [allRows, allBytes];
      count++;
    }
    this.#rows -= rows;
    this.#bytes -= bytes;
    return this.#entries.splice(0, count);
  }

  async #insert(entries: readonly Entry<B, R>[]): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#inserting = true;
    this.#begun_ms = performance.now();
    try {
      const results = await this.options.insert(entries.map(({ batch }) => batch));
      for (const [at, { resolve, reject }] of entries.entries()) {
        const result = results[at];
        if (result?.status === 'fulfilled') resolve(result.value);
        else reject(result?.reason ?? new Error('an insert did not tell what became of a batch'));
      }
    } catch (error) {
      for (const { reject } of entries) reject(error);
    } finally {
      this.#inserting = false;
      this.consider();
    }
  }
}
