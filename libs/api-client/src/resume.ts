/** Rows are sent as their batches are stored: one agent's may come so much after another's newer ones. */
const OVERLAP_MS = 10_000;
/** About 10 MB at most. */
const MAX_KEPT = 50_000;

/**
 * Remembers the newest rows of a stream, so that after a lost connection it goes on without a gap and without a row
 * twice: since() asks for some rows again, take() knows them.
 */
export class Resume {
  /** When each row was traced, ms since 1970, by packet and hop; in the order they came. */
  readonly #kept = new Map<string, number>();
  #newest: number;
  /** The newest of the rows that are no longer kept: what is not newer would not be recognised. */
  #forgotten = -Infinity;
  received = false;

  /** @param start ms since 1970: where to go on while no row has come */
  constructor(
    start: number,
    private readonly maxKept = MAX_KEPT,
  ) {
    this.#newest = start;
  }

  /** @param json a row @returns whether it is new; a text that is no row is left to its reader */
  take(json: string): boolean {
    const row = keyOf(json);
    if (!row) return true;
    if (this.#kept.has(row.key)) return false;
    this.#newest = this.received ? Math.max(this.#newest, row.at) : row.at;
    this.received = true;
    this.#kept.set(row.key, row.at);
    if (this.#kept.size > this.maxKept) this.#forgetOldest();
    return true;
  }

  /** @returns RFC 3339: from when on to ask for rows again */
  since(): string {
    const from = this.received ? this.#newest - OVERLAP_MS : this.#newest;
    return new Date(Math.max(from, this.#forgotten + 1)).toISOString();
  }

  #forgetOldest(): void {
    const oldest = this.#kept.entries().next().value;
    if (!oldest) return;
    const [key, at] = oldest;
    this.#kept.delete(key);
    this.#forgotten = Math.max(this.#forgotten, at);
  }
}

function keyOf(json: string): { key: string; at: number } | undefined {
  let row: { ts?: unknown; packet_id?: unknown; hop?: unknown } | null;
  try {
    row = JSON.parse(json) as typeof row;
  } catch {
    return undefined;
  }
  if (typeof row?.packet_id !== 'string' || typeof row.ts !== 'string') return undefined;
  const at = Date.parse(row.ts);
  return Number.isNaN(at) ? undefined : { key: `${row.packet_id}/${String(row.hop)}`, at };
}
