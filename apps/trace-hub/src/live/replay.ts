import { type RowQuery } from '#clickhouse';
import { type JsonRow } from '#columns';
import { and, compare, equal, or, parseInstant, type Filter } from '#filter';
import { type Anchor, type NamedBatch } from '#bus';
import { keyOf } from '../ingest/recent-batches.js';
import { type RowKey } from './place.js';

/** A row of the store. */
export interface StoredRow {
  readonly key: RowKey;
  /** RFC 3339 */
  readonly ts: string;
  readonly json: string;
}

export interface ReplayQuery extends Pick<RowQuery, 'decisive' | 'filter'> {
  readonly last: number | undefined;
  /** Only rows after this one. */
  readonly after: RowKey | undefined;
}

/** What a replay is read from. */
export interface ReplaySource {
  lines(query: RowQuery): AsyncIterable<string>;
  end(): Promise<Anchor>;
  /** @returns the batches after `sequence` to `through` */
  names(sequence: number, through: number): Promise<readonly NamedBatch[]>;
}

interface ReadRow extends StoredRow {
  readonly batch: string;
}

/** Rows that are read, and held, at a time. */
const pageRows = 1000;

function readRow(json: string): ReadRow {
  const row = JSON.parse(json) as JsonRow;
  const ts = String(row.ts);
  return {
    key: { ts: parseInstant(ts), packetId: BigInt(row.packet_id), hop: Number(row.hop) },
    ts,
    json,
    batch: keyOf(String(row.agent_id), BigInt(row.batch_id)),
  };
}

/** @returns the condition for the rows after one of them, in the order of the store's answers */
function afterKey({ ts, packetId, hop }: RowKey, inclusive = false): Filter {
  return and([
    compare('ts', '>=', ts),
    or([
      compare('ts', '>', ts),
      and([equal('ts', ts), compare('packet_id', '>', packetId)]),
      and([
        equal('ts', ts),
        equal('packet_id', packetId),
        inclusive ? compare('hop', '>=', hop) : compare('hop', '>', hop),
      ]),
    ]),
  ]);
}

/**
 * The rows of the store that a client asked for, page by page: those of the batches through `anchor` of the stream, all
 * of which are stored. Later batches may be stored as well, and more are while it runs: their rows are left out, the
 * client gets them from the stream. So rows and stream meet without a gap and without a row twice, and whoever comes
 * back with a place within them goes on the same way.
 */
export class Replay {
  /** Batches after the anchor, through `#learnt` of the stream. */
  readonly #later = new Set<string>();
  #learnt: number;

  constructor(
    private readonly source: ReplaySource,
    private readonly query: ReplayQuery,
    anchor: Anchor,
  ) {
    this.#learnt = anchor.sequence;
  }

  /** @throws StoreError, or what NATS answers */
  async *rows(): AsyncGenerator<StoredRow, void, undefined> {
    const { last, after } = this.query;
    if (last !== undefined && last <= pageRows) return yield* await this.#wanted(await this.#read({ last }));
    const newest = (await this.#read({ last: 1 }))[0];
    if (!newest) return;
    // What comes later than the newest row is of later batches.
    const before = compare('ts', '<=', newest.key.ts);
    let from = after && afterKey(after);
    if (last !== undefined) from = afterKey(await this.#firstOf(last, newest.key), true);
    for (;;) {
      const page = await this.#read({ first: pageRows }, from ? and([from, before]) : before);
      yield* await this.#wanted(page);
      const end = page.at(-1);
      if (page.length < pageRows || !end) return;
      from = afterKey(end.key);
    }
  }

  async #read(take: RowQuery['take'], more?: Filter): Promise<ReadRow[]> {
    const rows: ReadRow[] = [];
    for await (const line of this.source.lines(this.#ask(take, more))) rows.push(readRow(line));
    return rows;
  }

  /** They are too many to hold: only where they begin is kept. */
  async #firstOf(last: number, newest: RowKey): Promise<RowKey> {
    for await (const line of this.source.lines(this.#ask({ last }))) return readRow(line).key;
    return newest;
  }

  #ask(take: RowQuery['take'], more?: Filter): RowQuery {
    const { decisive, filter } = this.query;
    const parts = [filter, more].filter((part) => part !== undefined);
    return { decisive, ...(parts.length > 0 && { filter: and(parts) }), take };
  }

  /** A row that was read is of a batch that was in the stream before: all of these are known first. */
  async #wanted(page: readonly ReadRow[]): Promise<ReadRow[]> {
    if (page.length === 0) return [];
    const { sequence } = await this.source.end();
    for (const { agentId, batchId } of await this.source.names(this.#learnt, sequence))
      this.#later.add(keyOf(agentId, batchId));
    this.#learnt = Math.max(this.#learnt, sequence);
    return page.filter(({ batch }) => !this.#later.has(batch));
  }
}
