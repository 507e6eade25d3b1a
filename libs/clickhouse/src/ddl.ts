import { columns } from '#columns';
import { alertColumns } from './alert-columns.js';
import { columnSql, quote, sortKey } from './columns.js';
import { indexSql, skipIndexes } from './indexes.js';
import { lossColumns } from './loss-columns.js';
import { changeColumns, textColumns } from './ruleset-columns.js';

/** How a table is kept; changes of it apply at the next start, to the rows that are there too. */
export interface TableOptions {
  /** Days after which rows go. */
  readonly ttlDays: number;
  /** Days after which the rollup's rows go. */
  readonly flowsTtlDays: number;
  /** Days after which alerts go; 90 unless given. */
  readonly alertsTtlDays?: number;
  /** The cluster of ClickHouse that the tables are made on; absent: one host. */
  readonly cluster?: string | undefined;
  /** Settings of MergeTree. */
  readonly settings: Readonly<Record<string, number>>;
}

/**
 * Settings of the embedded engine's tables. After a power cut only what was synced is there: without fsync 937 of 938
 * acknowledged inserts were gone. An interrupted merge leaves parts that must not keep the engine from starting.
 */
const onOurDisk = (fsync: boolean): TableOptions['settings'] => ({
  fsync_after_insert: Number(fsync),
  fsync_part_directory: Number(fsync),
  min_rows_to_fsync_after_merge: Number(fsync),
  max_suspicious_broken_parts: 1000,
});

/** @param fsync whether an insert resolves only after its rows are on the disk; undefined = a server decides that */
export function tableSettings(fsync: boolean | undefined): TableOptions['settings'] {
  // A day's rows expire with its partition, so parts are dropped whole instead of rewritten.
  const dropped = { ttl_only_drop_parts: 1 };
  return fsync === undefined ? dropped : { ...dropped, ...onOurDisk(fsync) };
}

/** The tables whose rows expire, and the column that tells their age: a loss is as old as its end. */
export const expiring = {
  traces: 'ts',
  losses: 'until',
  flows_1m: 'minute',
  rollup_marks: 'written',
  doubtful_batches: 'written',
  alerts: 'at',
} as const;

export type ExpiringTable = keyof typeof expiring;

export function ttlSql(
  table: ExpiringTable,
  { ttlDays, flowsTtlDays, alertsTtlDays = 90 }: TableOptions,
): string {
  const days = table === 'flows_1m' ? flowsTtlDays : table === 'alerts' ? alertsTtlDays : ttlDays;
  return `toDateTime(${expiring[table]}) + toIntervalDay(${days})`;
}

export function settingsSql(settings: TableOptions['settings']): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}

/** Settings that one table alone has. */
const ownSettings = {
  // Rows of an answer are few and far apart: of each column a block is unpacked, so blocks are small. An insert, of 20 MB as a
  // rule, is one file instead of two for each column, which are made, synced and merged away again.
  traces: { min_compress_block_size: 16384, min_bytes_for_wide_part: 134217728 },
  // A day that nothing was added to for an hour is merged to one part, which FINAL then has nothing to do with.
  flows_1m: { min_age_to_force_merge_seconds: 3600, min_age_to_force_merge_on_partition_only: 1 },
} as const;

/** @returns the settings of a table that is partitioned by day */
export function dailySettings(
  table: keyof typeof ownSettings,
  { settings }: TableOptions,
): TableOptions['settings'] {
  return { ...settings, ...ownSettings[table] };
}

/** Sorted by second and flow (see sortKey), a packet's hops together. What is looked up beside time has an index. */
export function createTraces(options: TableOptions): string {
  return `CREATE TABLE IF NOT EXISTS traces (
  ${columns.map(columnSql).join(',\n  ')},
  ${skipIndexes.map((index) => `INDEX ${indexSql(index)}`).join(',\n  ')}
)
ENGINE = MergeTree
PARTITION BY toDate(ts)
ORDER BY (${sortKey.join(', ')})
TTL ${ttlSql('traces', options)}
SETTINGS ${settingsSql(dailySettings('traces', options))}`;
}

/** Of tables that are not partitioned by day: there parts never expire as a whole. */
export function smallTableSettings({
  ttl_only_drop_parts: _,
  ...others
}: TableOptions['settings']): TableOptions['settings'] {
  return others;
}

/**
 * Few rows, told again and again while their agent lives: of one key the row with most events is kept. Without
 * partitions, as a time that an agent makes up must not make one.
 */
export function createLosses(options: TableOptions): string {
  const list = settingsSql(smallTableSettings(options.settings));
  return `CREATE TABLE IF NOT EXISTS losses (
  ${lossColumns.map(({ name, type, doc }) => `\`${name}\` ${type} COMMENT ${quote(doc)}`).join(',\n  ')}
)
ENGINE = ReplacingMergeTree(events)
ORDER BY (agent_id, run, seq)
TTL ${ttlSql('losses', options)}${list ? `\nSETTINGS ${list}` : ''}`;
}

const columnsSql = (
  columns: readonly { name: string; type: string; doc: string; codec?: string }[],
): string =>
  columns
    .map(
      ({ name, type, doc, codec }) => `\`${name}\` ${type} COMMENT ${quote(doc)}${codec ? ` ${codec}` : ''}`,
    )
    .join(',\n  ');

/**
 * The texts of tables by version. Of a version that is told again the newest is kept. They do not expire by their age:
 * a text may be in force, or named by rows, long after it was told (see RulesetWriter.prune).
 */
export function createRulesets({ settings }: TableOptions): string {
  const list = settingsSql(smallTableSettings(settings));
  return `CREATE TABLE IF NOT EXISTS rulesets (
  ${columnsSql(textColumns)}
)
ENGINE = ReplacingMergeTree(told)
ORDER BY (version, agent_id, netns, family, table)${list ? `\nSETTINGS ${list}` : ''}`;
}

/** When which version came into force. A change that is told again replaces itself. */
export function createRulesetChanges({ settings }: TableOptions): string {
  const list = settingsSql(smallTableSettings(settings));
  return `CREATE TABLE IF NOT EXISTS ruleset_changes (
  ${columnsSql(changeColumns)}
)
ENGINE = ReplacingMergeTree
ORDER BY (agent_id, netns, ts, run, seq)${list ? `\nSETTINGS ${list}` : ''}`;
}

/** Alerts that fire and are resolved. What is told again replaces itself. */
export function createAlerts(options: TableOptions): string {
  const list = settingsSql(smallTableSettings(options.settings));
  return `CREATE TABLE IF NOT EXISTS alerts (
  ${columnsSql(alertColumns)}
)
ENGINE = ReplacingMergeTree
ORDER BY (started_at, id, state)
TTL ${ttlSql('alerts', options)}${list ? `\nSETTINGS ${list}` : ''}`;
}

export function createMigrations({ settings }: TableOptions): string {
  const list = settingsSql(smallTableSettings(settings));
  return `CREATE TABLE IF NOT EXISTS schema_migrations (
  version UInt32,
  name String,
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY version${list ? `\nSETTINGS ${list}` : ''}`;
}
