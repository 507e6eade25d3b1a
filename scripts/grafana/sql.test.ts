import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '#clickhouse';
import { ColumnBatch } from '#columns';
import { encodeBatch, joinStreams } from '#wire';
import { putRow, type RowValues } from '#testing/wire';
import { panelsOf, readDashboard, dashboardFiles, sqlQueries } from './queries.js';

const now_us = Date.now() * 1000;
const from_s = Math.floor(now_us / 1e6) - 3600;

/** What the data source does with its macros: https://grafana.com/docs/plugins/grafana-clickhouse-datasource/ */
function expanded(sql: string, agents: readonly string[] | 'all'): string {
  const quoted = agents === 'all' ? "''" : agents.map((agent) => `'${agent}'`).join(',');
  const text = sql
    .replace(/\$__conditionalAll\((.*?), \$agent\)/g, agents === 'all' ? '1=1' : '$1')
    .replaceAll('${agent:singlequote}', quoted)
    .replace(/\$__timeFilter\((\w+)\)/g, `$1 >= toDateTime(${from_s}) AND $1 <= toDateTime(${from_s + 7200})`)
    .replace(/\$__timeInterval\((\w+)\)/g, 'toStartOfInterval(toDateTime($1), INTERVAL 60 second)');
  expect(text).not.toMatch(/\$/);
  return text;
}

/** A scan of twelve ports, and what is let through. */
function rows(): Partial<RowValues>[] {
  const base = { agent_id: 'web1', batch_id: 1n, family: 'inet', table: 'fw', hook: 'input', decisive: true };
  const rule = { ...base, chain: 'input', handle: 5n, rule: 'tcp dport 1-1000 drop', table_version: 'v1' };
  const scan = Array.from({ length: 12 }, (_, at): Partial<RowValues> => ({
    ...rule,
    ts: now_us - 300e6 + at,
    packet_id: BigInt(at + 1),
    fate: 'dropped',
    dport: at + 1,
    proto: 'tcp',
    len: 60,
  }));
  const accepted = {
    ...base,
    chain: 'input',
    ts: now_us - 299e6,
    packet_id: 99n,
    fate: 'accepted',
    len: 1500,
  };
  return [
    ...scan,
    { ...accepted, type: 'policy', proto: 'udp', dport: 53, sg_src: 'office,all', sg_dst: 'dns' },
  ] as Partial<RowValues>[];
}

let store: Store;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'visor-grafana-'));
  store = await openStore({ url: `embedded:${directory}/clickhouse`, fsync: false, join: joinStreams });
  const values = rows();
  const batch = new ColumnBatch(values.length);
  batch.rows = values.length;
  for (const [at, row] of values.entries()) putRow(batch, at, row);
  const days = [...new Set(values.map(({ ts = 0 }) => new Date(ts / 1000).toISOString().slice(0, 10)))];
  const minutes = [...new Set(values.map(({ ts = 0 }) => Math.floor(ts / 60e6)))];
  const plain = { batchId: 1n, agentId: 'web1', rows: values.length, repeated: false, schema: 'all' };
  await store.storeBatches([{ ...plain, bytes: encodeBatch(batch), days, minutes }]);
  await store.rollUp(now_us + 3600e6);
  const json =
    '{"chains":[],"rules":[{"chain":"input","handle":5,"line":2},{"chain":"input","handle":6,"line":3}],"sets":[]}';
  const told = { agent_id: 'web1', run: 'r', seq: 1, netns: '' };
  const change = {
    ...told,
    change: 'in_force' as const,
    family: 'inet',
    table: 'fw',
    version: 'v1',
    generation: 1,
  };
  const text = 'table inet fw {\ntcp dport 1-1000 drop\nudp dport 9 drop\n}';
  await store.storeRuleset({ change, at_us: now_us - 400e6, text: { text, json, rules: 2 } });
  const span = { from_us: now_us - 20e6, until_us: now_us - 10e6 };
  await store.storeLosses([{ ...told, cause: 'overrun', events: 5, ...span }]);
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const found = async (sql: string): Promise<Record<string, unknown>[]> =>
  (await store.queryText({ sql }))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the queries of ClickHouse', () => {
  it.each(sqlQueries())(
    '$from finds rows, of all agents and of one, and none of a stranger',
    async ({ text }) => {
      expect((await found(expanded(text, 'all'))).length).toBeGreaterThan(0);
      expect((await found(expanded(text, ['web1', 'db1']))).length).toBeGreaterThan(0);
      if (text.includes('$agent')) expect(await found(expanded(text, ["o''neill"]))).toEqual([]);
    },
  );

  it('that are lines have a time, a name at most, and a number', async () => {
    const targets = dashboardFiles
      .flatMap((file) => panelsOf(readDashboard(file)))
      .flatMap(({ targets = [] }) => targets)
      .filter((target) => target['queryType'] === 'timeseries');
    expect(targets.length).toBeGreaterThan(5);
    for (const { rawSql } of targets as { rawSql: string }[]) {
      const [row = {}] = await found(expanded(rawSql, 'all'));
      const { time, ...others } = row;
      expect([rawSql, typeof time]).toEqual([rawSql, 'string']);
      const numbers = Object.values(others).filter((value) => /^\d+$/.test(String(value)));
      expect([rawSql, numbers.length, Object.keys(others).length <= 2]).toEqual([rawSql, 1, true]);
    }
  });

  it('tell what they say: the scan, its rule, and the rule that met nothing', async () => {
    const query = (title: string): string =>
      sqlQueries().find(({ from }) => from.endsWith(`"${title}"`))?.text ?? '';
    expect(await found(expanded(query('Scans'), 'all'))).toMatchObject([{ ports: 12, hosts: 1 }]);
    expect(await found(expanded(query('Rules that drop most'), 'all'))).toMatchObject([
      { decided_by: 'tcp dport 1-1000 drop', drops: 12 },
    ]);
    expect(await found(expanded(query('Not met'), 'all'))).toMatchObject([
      { handle: 6, text: 'udp dport 9 drop', table: 'fw' },
    ]);
    expect((await found(expanded(query('Packets that no rule decided'), 'all')))[0]).toMatchObject({
      policy_of: 'inet fw input',
      packets: 1,
    });
  });
});
