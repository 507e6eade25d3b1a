/** Tables whose rows are spread over the shards; of the others, which are small, every host has all rows. */
const sharded: ReadonlySet<string> = new Set(['traces', 'flows_1m']);

/** A packet's and a batch's rows are of one agent, and so on one shard. */
const shardingKey = 'cityHash64(agent_id)';

const nameSql = (cluster: string): string => `\`${cluster.replaceAll('`', '\\`')}\``;

/** @returns the table that holds the rows: itself, or on a cluster the local one of each shard */
export function localTable(table: string, cluster: string | undefined): string {
  return cluster !== undefined && sharded.has(table) ? `${table}_local` : table;
}

/** @returns how a statement names the table whose rows it changes: on a cluster on all hosts */
export function everywhere(table: string, cluster: string | undefined): string {
  if (cluster === undefined) return table;
  return `${localTable(table, cluster)} ON CLUSTER ${nameSql(cluster)}`;
}

/**
 * @param sql a CREATE TABLE of one host
 * @returns what makes the same table on a cluster: a replicated one, and over those of the shards a distributed one. The
 * hosts' macros `shard` and `replica` are used, so `replica` must be unique within the cluster.
 */
export function clustered(sql: string, cluster: string | undefined): string[] {
  const [, table] = /^CREATE TABLE IF NOT EXISTS (\w+)/.exec(sql) ?? [];
  if (cluster === undefined || table === undefined) return [sql];
  const path = `/clickhouse/tables/${sharded.has(table) ? '{shard}' : 'all'}/{database}/visor_${table}`;
  const local = sql
    .replace(`EXISTS ${table} (`, () => `EXISTS ${everywhere(table, cluster)} (`)
    .replace(
      /\nENGINE = (\w*)MergeTree(?:\((\w+)\))?\n/,
      (_, kind: string, version?: string) =>
        `\nENGINE = Replicated${kind}MergeTree('${path}', '{replica}'${version ? `, ${version}` : ''})\n`,
    );
  if (!sharded.has(table)) return [local];
  const target = `${nameSql(cluster)}, currentDatabase(), ${localTable(table, cluster)}, ${shardingKey}`;
  const over = `CREATE TABLE IF NOT EXISTS ${table} ON CLUSTER ${nameSql(cluster)} AS ${localTable(table, cluster)}
ENGINE = Distributed(${target})`;
  return [local, over];
}
