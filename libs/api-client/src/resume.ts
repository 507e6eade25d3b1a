/** Rows and losses of so many batches and losses are known again. */
const MAX_KEPT = 10_000;
/** The id of a row of a batch of the stream: which batch it was when it came, and which of its rows unless the last. */
const ROW_ID = /^(\d+-[^-]+-[^-]+)(?:-(\d+))?$/;

/** A batch as it came: the greatest number of its rows that did. */
interface Batch {
  readonly id: string;
  row: number;
}

/**
 * Where a stream is, so that it goes on after a lost connection. The hub knows that by the id alone; but where NATS lost
 * its stream agents publish batches again, under other ids: those are known by what their rows say.
 */
export class Resume {
  /** What to send as `Last-Event-ID`. */
  lastId: string | undefined;
  readonly #batches = new Map<string, Batch>();
  #batch: Batch | undefined;
  /** The batch that was known before under another id, if it is the one that comes now. */
  #before = -1;
  /** Events that each loss was told with. */
  readonly #losses = new Map<string, number>();

  constructor(private readonly maxKept = MAX_KEPT) {}

  /** @returns whether an event of the hub is new; what is not understood is left to its reader */
  take(event: string, id: string | undefined, data: string): boolean {
    if (id !== undefined && id !== '') this.lastId = id;
    if (event === 'row') return id === undefined || this.#takeRow(id, data);
    return event !== 'loss' || this.#takeLoss(data);
  }

  #takeRow(id: string, data: string): boolean {
    const [, batchId, number] = ROW_ID.exec(id) ?? [];
    if (batchId === undefined) return true;
    const row = Number(number ?? Infinity);
    if (this.#batch?.id !== batchId) this.#enter(batchId, data);
    if (row <= this.#before) return false;
    if (this.#batch) this.#batch.row = Math.max(this.#batch.row, row);
    return true;
  }

  #enter(id: string, data: string): void {
    const key = keyOf(data, 'agent_id', 'batch_id');
    this.#batch = { id, row: -1 };
    this.#before = -1;
    if (key === undefined) return;
    this.#before = this.#batches.get(key)?.row ?? -1;
    this.#batch.row = this.#before;
    keep(this.#batches, key, this.#batch, this.maxKept);
  }

  #takeLoss(data: string): boolean {
    const key = keyOf(data, 'agent_id', 'run', 'seq');
    const events = Number(keyOf(data, 'events') ?? NaN);
    if (key === undefined || Number.isNaN(events)) return true;
    if (events <= (this.#losses.get(key) ?? -1)) return false;
    keep(this.#losses, key, events, this.maxKept);
    return true;
  }
}

/** The oldest goes where there are too many. */
function keep<T>(map: Map<string, T>, key: string, value: T, max: number): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.size > max ? map.keys().next() : undefined;
  if (oldest && !oldest.done) map.delete(oldest.value);
}

/** @returns the values of an object's fields as one text; undefined where one is missing */
function keyOf(json: string, ...fields: readonly string[]): string | undefined {
  let object: Record<string, unknown> | null;
  try {
    object = JSON.parse(json) as typeof object;
  } catch {
    return undefined;
  }
  const values = fields.map((field) => object?.[field]);
  const plain = values.every((value) => typeof value === 'string' || typeof value === 'number');
  return plain ? values.join('\n') : undefined;
}
