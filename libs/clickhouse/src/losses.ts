import { and, compare, type Filter, toSql } from '#filter';
import { type Engine, type Statement } from './engine.js';
import { storeFailure } from './failure.js';
import { lossColumnList, lossColumns } from './loss-columns.js';
import { readRows } from './rows.js';

/** A loss as an agent tells it. */
export interface Loss {
  readonly agent_id: string;
  readonly netns: string;
  readonly run: string;
  readonly seq: number;
  /** It stands for all losses of its run and cause from this number to `seq`; absent: for itself alone. */
  readonly first_seq?: number | undefined;
  readonly cause: string;
  readonly events: number;
  /** µs */
  readonly from_us: number;
  readonly until_us: number;
}

/** The newest state of each loss: rows of one key may wait for a merge, and hubs may have written the same twice. */
const newest = 'ORDER BY events DESC LIMIT 1 BY agent_id, run, seq';

const tuple = lossColumns.map(({ name, json }) => `${name} ${json}`).join(', ');
const values = lossColumns
  .map(({ name, json }) => (json === 'Int64' ? `fromUnixTimestamp64Micro(r.${name}, 'UTC')` : `r.${name}`))
  .join(', ');
/** One parameter for all rows: JSON, whatever their number. */
const insertSql = `INSERT INTO losses (${lossColumnList}) SETTINGS async_insert = 0, insert_deduplicate = 0
SELECT ${values} FROM (SELECT arrayJoin(JSONExtract({rows:String}, 'Array(Tuple(${tuple}))')) AS r)`;

/** Brings losses into table `losses`; each as often as one likes, the state with most events counts. */
export class LossWriter {
  constructor(private readonly engine: Engine) {}

  /**
   * @param losses a loss that stands for others after those, as the agent numbers them
   * @throws StoreError; a retry is right
   */
  async store(losses: readonly Loss[]): Promise<void> {
    let rows: Loss[] = [];
    for (const loss of losses) {
      if ((loss.first_seq ?? loss.seq) === loss.seq) {
        rows.push(loss);
        continue;
      }
      // What it stands for may be among these rows: it must be in the table to be counted.
      await this.#insert(rows);
      const rest = await this.#rest(loss);
      rows = rest ? [rest] : [];
    }
    await this.#insert(rows);
  }

  async #insert(rows: readonly Loss[]): Promise<void> {
    if (rows.length === 0) return;
    const json = rows.map(({ from_us: ts, until_us: until, first_seq: _, ...rest }) => ({
      ts,
      until,
      ...rest,
    }));
    try {
      await this.engine.run({ sql: insertSql, params: { rows: JSON.stringify(json) } });
    } catch (cause) {
      throw storeFailure('insert', this.engine.place, cause);
    }
  }

  /**
   * Of a loss that stands for several some are in the table, and tell more than it does: only what they lack is added,
   * to the last of them.
   */
  async #rest(loss: Loss): Promise<Loss | undefined> {
    const { agent_id, run, cause, first_seq = loss.seq, seq } = loss;
    const sql = `SELECT sum(events) AS stored, sumIf(events, seq = {seq:UInt64}) AS last FROM (
  SELECT seq, events FROM losses
  WHERE agent_id = {agent_id:String} AND run = {run:String} AND cause = {cause:String}
    AND seq BETWEEN {first_seq:UInt64} AND {seq:UInt64}
  ${newest}
) SETTINGS output_format_json_quote_64bit_integers = 0`;
    const params = { agent_id, run, cause, first_seq, seq };
    const [row] = await readRows<{ stored: number; last: number }>(this.engine, { sql, params });
    const missing = loss.events - (row?.stored ?? 0);
    return missing > 0 ? { ...loss, events: (row?.last ?? 0) + missing } : undefined;
  }
}

export interface LossQuery {
  /** On the columns `agent_id` and `netns` alone. */
  readonly filter?: Filter | undefined;
  /** Causes that are wanted; absent: all. */
  readonly causes?: readonly string[] | undefined;
  readonly notCauses?: readonly string[] | undefined;
  /** µs; losses that had not ended before. */
  readonly sinceUs?: number | undefined;
  /** µs; losses that had begun before. */
  readonly untilUs?: number | undefined;
  readonly take: { readonly first: number } | { readonly last: number };
}

const shown = lossColumns
  .map(({ name, json }) =>
    json === 'Int64'
      ? `formatDateTime(l.\`${name}\`, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS \`${name}\``
      : `l.\`${name}\``,
  )
  .join(', ');

function causeSql(query: LossQuery): { conditions: string[]; params: Record<string, string> } {
  const params: Record<string, string> = {};
  const list = (prefix: string, causes: readonly string[]): string =>
    causes
      .map((cause, at) => {
        params[`${prefix}${at}`] = cause;
        return `{${prefix}${at}:String}`;
      })
      .join(', ');
  const conditions: string[] = [];
  if (query.causes?.length) conditions.push(`cause IN (${list('cause', query.causes)})`);
  if (query.notCauses?.length) conditions.push(`cause NOT IN (${list('not_cause', query.notCauses)})`);
  return { conditions, params };
}

/** @returns the statement for losses (LossJson), in the order of their ends: there the gap is closed */
export function selectLosses(query: LossQuery): Statement {
  const { filter, sinceUs, untilUs, take } = query;
  const tests = [
    ...(untilUs === undefined ? [] : [compare('ts', '<', untilUs)]),
    ...(filter ? [filter] : []),
  ];
  const where = toSql(tests.length > 0 ? and(tests) : undefined);
  const since = toSql(sinceUs === undefined ? undefined : compare('ts', '>=', sinceUs), 's');
  const causes = causeSql(query);
  const conditions = [where.sql, since.sql.replace('`ts`', '`until`'), ...causes.conditions];
  const [order, limit] = 'first' in take ? ['ASC', take.first] : ['DESC', take.last];
  const sql = `SELECT ${shown}
FROM (
  SELECT * FROM (SELECT ${lossColumnList} FROM losses WHERE ${conditions.join(' AND ')} ${newest})
  ORDER BY until ${order}, agent_id ${order}, run ${order}, seq ${order}
  LIMIT {take:UInt64}
) AS l
ORDER BY l.until, l.agent_id, l.run, l.seq
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0`;
  return { sql, params: { ...where.params, ...since.params, ...causes.params, take: limit } };
}
