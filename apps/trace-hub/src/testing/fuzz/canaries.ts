import { createHash } from 'node:crypto';
import { header, packRulesetContent, packRulesetMessage, publishInParts, subjects } from '#bus';
import { type Store } from '#clickhouse';
import { agentColumns, type ColumnName, columns, emptyValues, type RowSource } from '#columns';
import { decodeBatch } from '#wire';
import { type RowValues } from '#testing/wire';
import { arrowOf, counted, type TestHub } from '../hub.js';
import { ip4, trafficStart } from '../traffic.js';
import { injections } from './texts.js';

const minute_us = 60e6;

/** The texts that rows may have: names of the kernel end at a NUL. */
export const storable = injections.filter((text) => !text.includes('\0'));

/** Packets of two hops each, whose names and texts are what somebody might try to inject. */
export function canaryRows(agent: string, batchId: bigint): Partial<RowValues>[] {
  const at = (i: number): string => storable[i % storable.length] ?? '';
  return Array.from(storable, (_, i) => i).flatMap((i) => {
    const common: Partial<RowValues> = {
      agent_id: agent,
      batch_id: batchId,
      ts: trafficStart + (i % 5) * minute_us + i,
      packet_id: 8_000_000_000_000_000_001n + BigInt(i),
      trid: 4_294_967_295 - i,
      fate: i % 3 === 0 ? 'dropped' : 'accepted',
      family: 'inet',
      table: at(i),
      iif: 'eth0',
      oif: at(i + 1),
      ip_src: ip4(1 + (i % 7)),
      ip_dst: ip4(200 - (i % 3)),
      proto: i % 2 === 0 ? 'tcp' : 'udp',
      len: 40 + i,
      ttl: 64,
      sport: 1024 + i,
      dport: [80, 443, 53, 65535, 0][i % 5] ?? 0,
      tcp_flags: i % 2 === 0 ? 2 : 0,
      sg_src: i % 4 === 0 ? 'web,inside' : at(i).replaceAll(',', ''),
      net_dst: at(i + 2).replaceAll(',', ''),
    };
    const rule = { rule: at(i), comment: at(i + 3), handle: 2n ** 63n + BigInt(i), type: 'rule' };
    return [
      { ...common, ...rule, hop: 0, decisive: false, chain: at(i + 4), verdict: 'continue' },
      {
        ...common,
        ...rule,
        hop: 1,
        decisive: true,
        chain: 'input',
        verdict: i % 3 === 0 ? 'drop' : 'accept',
      },
    ];
  });
}

/** @returns the rows as filters see them; columns that the hub adds are empty, as it has no database of addresses here */
export function sourceOf(rows: readonly Partial<RowValues>[]): RowSource {
  const batch = decodeBatch(arrowOf(rows));
  const ofAgents = new Set<string>(agentColumns.map(({ name }) => name));
  const kinds = Object.fromEntries(columns.map(({ name, kind }) => [name, kind]));
  const get = (column: ColumnName, row: number): unknown => {
    if (ofAgents.has(column)) return batch.get(column, row);
    const kind = kinds[column];
    return kind === undefined ? undefined : emptyValues[kind];
  };
  return { rows: rows.length, get: get as RowSource['get'] };
}

const tableTexts = [80, 81].map(
  (port) =>
    `table inet fw { # handle 1\n\tchain in { # handle 2\n\t\ttcp dport ${port} accept comment "{p0:String}" # handle 3\n\t}\n}\n`,
);

/** Publishes two versions of a table, as an agent would. @returns their names */
export async function tellRulesets(hub: TestHub, agent: string): Promise<string[]> {
  const versions: string[] = [];
  for (const [i, text] of tableTexts.entries()) {
    const version = createHash('sha256').update(text).digest('hex').slice(0, 16);
    const content = {
      text,
      chains: [{ name: 'in' }],
      rules: [{ chain: 'in', handle: 3, line: 3 }],
      sets: [],
    };
    const [family, table] = ['inet', 'fw'];
    const at_us = trafficStart + i * minute_us;
    const change = { agent, run: 'aa', seq: i + 1, netns: '', change: 'in_force' as const, family, table };
    const bytes = packRulesetMessage(
      { ...change, version, generation: i + 1, at_us },
      await packRulesetContent(content),
    );
    const headers = { [header.contentEncoding]: 'gzip' };
    await publishInParts(hub.bus, { subject: subjects.rulesets(agent), bytes, headers }, 5000);
    await counted(hub, 'ruleset_changes_stored', i + 1);
    versions.push(version);
  }
  return versions;
}

/** What no request may change: the tables, what they are, their rows but those of the rollup, and who may do what. */
export async function stateOf(store: Store): Promise<unknown> {
  const ask = async (sql: string): Promise<unknown[]> =>
    (await store.queryText({ sql }))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  const tables = (await ask(
    'SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name',
  )) as { name: string }[];
  const contents: Record<string, unknown> = {};
  for (const name of ['traces', 'rulesets', 'ruleset_changes', 'losses', 'schema_migrations']) {
    if (tables.some((table) => table.name === name))
      contents[name] = await ask(`SELECT count() AS rows, sum(cityHash64(*)) AS hash FROM ${name}`);
  }
  return {
    tables,
    contents,
    databases: await ask('SELECT name FROM system.databases ORDER BY name'),
    settings: await ask(
      // The comment is this query's own.
      "SELECT name, value FROM system.settings WHERE changed AND name != 'log_comment' ORDER BY name",
    ),
  };
}
