import { type AlertRule } from '#alerts';
import { selectValues, type RowKey, type ValueRecord } from '#clickhouse';
import { type ColumnName } from '#columns';
import { Problem } from '../http/problem.js';
import { type QueryService } from '../query/query.service.js';
import { StoredPage } from './stored-page.js';

export interface PageQuery {
  readonly rule: AlertRule;
  /** µs */
  readonly sinceUs: number;
  readonly untilUs: number;
  /** So many rows at most. */
  readonly rows: number;
}

const pageRows = 8000;
const firstWindow_us = 60e6;
const leastWindow_us = 1e6;
const mostWindow_us = 86_400e6;
/** Limits that a narrower window keeps. */
const tooWide: ReadonlySet<string | undefined> = new Set([
  'query.timeout',
  'query.max-memory',
  'query.max-bytes',
]);

/**
 * The stored rows that a rule's filter takes, in the order of time, by pages of a query each: as wide in time as have about a
 * page of rows. Only the columns that the rule reads are read.
 */
export class StoredPages {
  /** Rows that were read. */
  rows = 0;
  /** Up to here all rows were read, µs. */
  through_us: number;
  #window_us = firstWindow_us;

  constructor(
    private readonly queries: QueryService,
    private readonly query: PageQuery,
    private readonly signal: AbortSignal,
  ) {
    this.through_us = query.sinceUs;
  }

  /** @throws Problem 422, 429, 503, 504 */
  async *pages(): AsyncGenerator<StoredPage, void, undefined> {
    const { rule, untilUs, rows: most } = this.query;
    const columns = columnsOf(rule);
    let after: RowKey | undefined;
    while (this.through_us < untilUs && this.rows < most) {
      const until = Math.min(untilUs, this.through_us + this.#window_us);
      const take = Math.min(pageRows, most - this.rows);
      const records = await this.#read(columns, until, after, take);
      if (!records) continue;
      this.rows += records.length;
      const last = records.at(-1);
      const full = records.length === take;
      if (full && last) {
        this.through_us = last.c0;
        after = { ts: last.c0, packet_id: BigInt(last.c1), hop: last.c2 };
      } else {
        this.through_us = until;
        after = undefined;
        if (records.length < take / 4) this.#window_us = Math.min(mostWindow_us, this.#window_us * 4);
      }
      if (records.length > 0) yield new StoredPage(records, columns);
    }
  }

  /** @returns undefined where it took too much: it is tried again with a narrower window */
  async #read(
    columns: readonly ColumnName[],
    untilUs: number,
    after: RowKey | undefined,
    first: number,
  ): Promise<ValueRecord[] | undefined> {
    const { rule } = this.query;
    const statement = selectValues({
      columns,
      decisive: rule.of === 'packets',
      filter: rule.filter,
      sinceUs: this.through_us,
      untilUs,
      after,
      first,
    });
    try {
      const options = { signal: this.signal, patient: this.rows > 0 };
      return (await this.queries.document<ValueRecord>(statement, options)).rows;
    } catch (error) {
      const heavy = error instanceof Problem && tooWide.has(error.details.limit);
      if (!heavy || this.#window_us <= leastWindow_us) throw error;
      this.#window_us = Math.max(leastWindow_us, Math.floor(this.#window_us / 16));
      return undefined;
    }
  }
}

/** Those that the engine asks of each row are among them. */
const columnsOf = ({ columns }: AlertRule): ColumnName[] => [
  ...new Set<ColumnName>([...columns, 'ts', 'packet_id', 'sampling', 'agent_id', 'decisive']),
];
