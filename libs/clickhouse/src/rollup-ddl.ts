import { rollupColumns } from '#columns';
import { columnSql, quote } from './columns.js';
import { dailySettings, settingsSql, smallTableSettings, ttlSql, type TableOptions } from './ddl.js';

interface SmallColumn {
  readonly name: string;
  readonly type: string;
  readonly doc: string;
}

const listSql = (columns: readonly SmallColumn[]): string =>
  columns.map(({ name, type, doc }) => `\`${name}\` ${type} COMMENT ${quote(doc)}`).join(',\n  ');

const written: SmallColumn = {
  name: 'written',
  type: "DateTime('UTC') DEFAULT now()",
  doc: 'When the row was written, by the clock of ClickHouse',
};

const keys = rollupColumns.map(({ name }) => `\`${name}\``).join(', ');

/**
 * Decisive rows by minute. A minute is computed again when rows come late, as a newer version of all of its rows, so it is
 * read with FINAL; a group that has no packets any more is there with 0.
 */
export function createFlows(options: TableOptions): string {
  return `CREATE TABLE IF NOT EXISTS flows_1m (
  \`minute\` DateTime('UTC') COMMENT 'When the minute began' CODEC(Delta, ZSTD(1)),
  ${rollupColumns.map(columnSql).join(',\n  ')},
  \`packets\` UInt64 COMMENT 'Packets; one that was sampled counts as all that it stands for' CODEC(ZSTD(1)),
  \`bytes\` UInt64 COMMENT 'Bytes of these packets' CODEC(ZSTD(1)),
  \`version\` UInt64 COMMENT 'Of a minute the newest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toDate(minute)
PRIMARY KEY (minute, agent_id)
ORDER BY (minute, ${keys})
TTL ${ttlSql('flows_1m', options)}
SETTINGS ${settingsSql(dailySettings('flows_1m', options))}`;
}

const markColumns: readonly SmallColumn[] = [
  { name: 'minute', type: 'UInt32', doc: 'Unix minute' },
  { name: 'run', type: 'String', doc: "The hub's start, random" },
  {
    name: 'kind',
    type: "Enum8('mark' = 1, 'computation' = 2, 'alive' = 3)",
    doc: 'mark: whether its rollup lacks rows; computation: the newest version that was begun; alive: the hub is',
  },
  { name: 'seq', type: 'UInt64', doc: 'Of rows of one key the greatest counts' },
  { name: 'value', type: 'UInt64', doc: 'Of a mark 1 or 0; of a computation the version' },
  written,
];

const noteColumns: readonly SmallColumn[] = [
  { name: 'batch_id', type: 'UInt64', doc: 'The batch' },
  { name: 'agent_id', type: 'String', doc: 'Its agent' },
  { name: 'run', type: 'String', doc: 'The start of the hub that inserted it' },
  { name: 'seq', type: 'UInt64', doc: 'When it was noted (µs); of rows of one key the greatest counts' },
  { name: 'open', type: 'Bool', doc: 'Whether it is still to be looked at' },
  { name: 'rows', type: 'UInt32', doc: 'How many rows it has' },
  { name: 'days', type: 'Array(Date)', doc: 'The UTC days of its rows' },
  { name: 'minutes', type: 'Array(UInt32)', doc: 'The Unix minutes of its decisive rows' },
  written,
];

function small(
  table: 'rollup_marks' | 'doubtful_batches',
  columns: readonly SmallColumn[],
  order: string,
  options: TableOptions,
) {
  const list = settingsSql(smallTableSettings(options.settings));
  return `CREATE TABLE IF NOT EXISTS ${table} (
  ${listSql(columns)}
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY (${order})
TTL ${ttlSql(table, options)}${list ? `\nSETTINGS ${list}` : ''}`;
}

/** Which minutes have rows that the rollup lacks (see RollupMarks). */
export const createRollupMarks = (options: TableOptions): string =>
  small('rollup_marks', markColumns, 'minute, run, kind', options);

/** Batches that may be there twice (see DoubtfulBatches). */
export const createDoubtfulBatches = (options: TableOptions): string =>
  small('doubtful_batches', noteColumns, 'agent_id, batch_id, run', options);

/** Minutes of rows that are there already, as marks of a hub that is over: they are computed by and by. */
export const markExistingRows = `INSERT INTO rollup_marks (minute, run, kind, seq, value)
SETTINGS async_insert = 0, insert_deduplicate = 0
SELECT DISTINCT intDiv(toUnixTimestamp64Micro(ts), 60000000) AS minute, 'before', 'mark', 1, 1 FROM traces WHERE decisive`;
