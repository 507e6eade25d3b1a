import { type LiveBatch } from './live-batch.js';

/** `rejected`: it is none that the hub takes; `failed`: nobody knows why it cannot be read. */
export type Decoded = LiveBatch | 'rejected' | 'failed';
/** `gone`: the stream has it no more. */
export type Fetched = Decoded | 'gone';

/** Batches of late by their numbers, for those who read them again at about the same time. */
export class BatchCache {
  readonly #batches = new Map<number, LiveBatch>();
  readonly #loading = new Map<number, Promise<Fetched>>();
  #bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly load: (sequence: number) => Promise<Fetched>,
  ) {}

  /** What its batches take in memory, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws what `load` throws */
  get(sequence: number): Promise<Fetched> {
    const known = this.#batches.get(sequence);
    if (known) return Promise.resolve(known);
    const running = this.#loading.get(sequence);
    if (running) return running;
    const loading = this.#load(sequence, () => this.#loading.get(sequence) === loading);
    this.#loading.set(sequence, loading);
    return loading;
  }

  put(batch: LiveBatch): void {
    this.#drop(batch.sequence);
    this.#batches.set(batch.sequence, batch);
    this.#bytes += batch.bytes;
    batch.onGrow = (bytes) => {
      this.#bytes += bytes;
      this.#trim();
    };
    this.#trim();
  }

  /** Numbers may mean other batches from now on. */
  clear(): void {
    for (const sequence of [...this.#batches.keys()]) this.#drop(sequence);
    this.#loading.clear();
  }

  /** @param wanted false once the cache was cleared */
  async #load(sequence: number, wanted: () => boolean): Promise<Fetched> {
    try {
      const batch = await this.load(sequence);
      if (typeof batch === 'object' && wanted()) this.put(batch);
      return batch;
    } finally {
      if (wanted()) this.#loading.delete(sequence);
    }
  }

  #trim(): void {
    for (const sequence of this.#batches.keys()) {
      if (this.#bytes <= this.maxBytes) return;
      this.#drop(sequence);
    }
  }

  #drop(sequence: number): void {
    const batch = this.#batches.get(sequence);
    if (!batch) return;
    batch.onGrow = () => undefined;
    this.#batches.delete(sequence);
    this.#bytes -= batch.bytes;
  }
}
