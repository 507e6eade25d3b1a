import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createMigrations, tableSettings } from './ddl.js';
import { migrations } from './migrations.js';
import { storeOne, temporaryDatabase } from './testing/directory.js';
import { flowBatch, type FlowRow } from './testing/flow-rows.js';
import { readRecords } from './testing/flow-model.js';

const page = readFileSync('docs/sql.md', 'utf8');
/** The queries, with their headings. */
const queries = [...page.matchAll(/^### (.*)\n[^]*?```sql\n([^]*?)```/gm)].map(([, name = '', sql = '']) => ({
  name,
  sql,
}));

const now = Date.now() * 1000;

function rows(): FlowRow[] {
  const common = {
    hop: 1,
    decisive: true,
    sampling: 0,
    handle: 7n,
    dport: 443,
    sg_src: 'web,all',
    len: 100,
    ttl: 64,
    hw_src: 1n,
    tcp_flags: 2,
  };
  return Array.from({ length: 30 }, (_, i): FlowRow => {
    const fate = i % 2 === 0 ? 'accepted' : 'dropped';
    return {
      ...common,
      ts: now - 1200e6 + i * 1e6,
      packet_id: 7_000_000_000_000_000_000n + BigInt(i),
      fate,
      ip_src: i % 2,
    };
  });
}

it('docs/sql.md has ten queries that find what they say', async () => {
  const { store } = await temporaryDatabase('embedded');
  await storeOne(store, flowBatch(1n, rows()));
  await store.rollUp(Date.now() * 1000 + 3600e6);
  const json = '{"chains":[],"rules":[{"chain":"in","handle":3,"line":4}],"sets":[]}';
  const change = {
    agent_id: 'a',
    run: 'r',
    seq: 1,
    netns: '',
    change: 'in_force' as const,
    family: 'inet',
    table: 'fw',
    version: 'v1',
    generation: 1,
  };
  await store.storeRuleset({ change, at_us: now, text: { text: 't', json, rules: 1 } });
  const loss = {
    agent_id: 'a',
    run: 'r',
    seq: 1,
    netns: '',
    cause: 'overrun',
    events: 5,
    from_us: now - 2e6,
    until_us: now - 1e6,
  };
  await store.storeLosses([loss]);

  expect(queries).toHaveLength(10);
  for (const { name, sql } of queries) {
    const found = await readRecords(store, { sql });
    expect([name, found.length > 0]).toEqual([name, true]);
  }
  const [drops] = await readRecords<{ drops: string }>(store, { sql: queries[0]?.sql ?? '' });
  expect(Number(drops?.drops)).toBe(15);
}, 60_000);

it('docs/sql.md names every table', () => {
  const options = { ttlDays: 7, flowsTtlDays: 90, settings: tableSettings(true) };
  const statements = [
    createMigrations(options),
    ...migrations.flatMap((migration) => migration.statements(options)),
  ];
  const tables = statements.flatMap((sql) => /^CREATE TABLE IF NOT EXISTS (\w+)/.exec(sql)?.[1] ?? []);
  expect(tables.length).toBeGreaterThan(5);
  expect(tables.filter((table) => !page.includes(`\`${table}\``))).toEqual([]);
});
