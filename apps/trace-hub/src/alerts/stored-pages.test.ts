import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseRules, type AlertRule } from '#alerts';
import { columns, jsonRow, type JsonRow } from '#columns';
import { QueryService } from '../query/query.service.js';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { ip4 } from '../testing/traffic.js';
import { StoredPages } from './stored-pages.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const agent = 'pages';
const many = 9000;
const start = nowUs() - 3600e6;
const day_us = 86_400e6;

let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
  const rich = {
    ts: start,
    packet_id: 2n ** 64n - 1n,
    hop: 3,
    decisive: true,
    fate: 'dropped',
    handle: 2n ** 60n + 1n,
    ip_src: ip4(7),
    ip_dst: Uint8Array.from({ length: 16 }, (_, i) => 0x20 + i),
    hw_src: 0x0200_5e10_0001n,
    tcp_flags: 0x12,
    rule: 'tcp dport 22 comment "a\\b\'ü"',
    netns: 'blue',
    sport: 65_535,
    len: 1500,
  };
  // All of one time: only packets and hops tell their order.
  const rows = Array.from({ length: many }, (_, i) => ({
    ts: start + 1e6 + (i < 4000 ? 0 : i),
    packet_id: BigInt(many - i),
    decisive: i % 3 === 0,
    dport: i % 1000,
    ip_src: ip4(i % 5),
  }));
  await publishRows(hub, agent, 1n, [rich, { ...rich, packet_id: 5n, decisive: false }]);
  await publishRows(hub, agent, 2n, rows);
  await counted(hub, 'ingest_rows', many + 2);
});
afterAll(() => hub.destroy());

function rule(text: string, more: Partial<AlertRule> = {}): AlertRule {
  const { rules, faults } = parseRules(`alerts:\n  - { name: a, when: { every: true }, ${text} }`, 'test');
  expect(faults).toEqual([]);
  return { ...(rules[0] as AlertRule), ...more };
}

function pages(of: AlertRule, rows = 1e6, sinceUs = start - day_us, untilUs = start + day_us): StoredPages {
  const query = { rule: of, sinceUs, untilUs, rows };
  return new StoredPages(hub.nest.get(QueryService, { strict: false }), query, new AbortController().signal);
}

async function read(stored: StoredPages): Promise<JsonRow[]> {
  const rows: JsonRow[] = [];
  for await (const page of stored.pages())
    for (let row = 0; row < page.rows; row++) rows.push(jsonRow(page, row));
  return rows;
}

async function answered(path: string): Promise<JsonRow[]> {
  const { body } = await hub.nest.inject(path);
  return body
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JsonRow);
}

const all = { columns: columns.map(({ name }) => name) };

describe('StoredPages', () => {
  it('have every column as the API has it', async () => {
    const rows = await read(pages(rule('filter: netns == blue', all)));
    expect(rows).toHaveLength(1);
    expect(rows).toEqual(await answered('/api/v1/packets?netns=blue&since=2h&format=jsonl'));
    const hops = await read(pages(rule('of: hops, filter: netns == blue', all)));
    expect(hops).toEqual(await answered('/api/v1/traces?netns=blue&since=2h&format=jsonl'));
  });

  it('have all rows once, in the order of time, over several pages', async () => {
    const stored = pages(rule('of: hops, filter: dport < 2000', all));
    const rows = await read(stored);
    expect(rows.map(({ packet_id, hop }) => `${packet_id} ${hop}`)).toEqual(
      (await answered('/api/v1/traces?since=2h&all=true&format=jsonl')).map(
        ({ packet_id, hop }) => `${packet_id} ${hop}`,
      ),
    );
    expect(stored.rows).toBe(many + 2);
    expect(stored.through_us).toBe(start + day_us);
  });

  it('end after so many rows, and say how far that is', async () => {
    const stored = pages(rule('filter: dport < 1000 and netns != blue'), 500);
    const rows = await read(stored);
    expect([rows.length, stored.rows]).toEqual([500, 500]);
    expect(stored.through_us).toBe(start + 1e6);
  });
});
