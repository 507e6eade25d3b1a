import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createInterface } from 'node:readline';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { subjects } from '#bus';
import { type JsonRow } from '#columns';
import { parseAddress } from '#filter';
import { decodeBatch, rewriteBatch } from '#wire';
import { arrowOf, counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { inAs, inCountry, mmdb } from './testing/mmdb.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 30_000 });

const directory = mkdtempSync(join(tmpdir(), 'visor-geo-'));
const city = join(directory, 'City.mmdb');
const asn = join(directory, 'ASN.mmdb');
let hub: TestHub;
let batches = 0;

const cityOf = (v4: string, v6: string): Buffer =>
  mmdb({
    type: 'GeoLite2-City',
    networks: { '5.1.0.0/16': inCountry(v4), '2a00::/16': inCountry(v6), '10.0.0.0/8': inCountry('US') },
  });

function replace(path: string, bytes: Buffer): void {
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}

beforeAll(async () => {
  writeFileSync(city, cityOf('DE', 'NL'));
  const list = { '5.1.7.0/24': inAs(64496), '2a00::/16': inAs(4_200_000_001) };
  writeFileSync(asn, mmdb({ type: 'GeoLite2-ASN', networks: list, recordSize: 24 }));
  hub = await startTestHub({ geoipCity: city, geoipAsn: asn, geoipCheckIntervalMs: 20 });
}, 30_000);

afterAll(async () => {
  await hub.destroy();
  rmSync(directory, { recursive: true });
});

const ip = (text: string): Uint8Array => parseAddress(text)?.bytes as Uint8Array;

/** Publishes packets, each with a hop before the decisive one, and waits until they are stored. */
async function publish(...ends: (readonly [src: string, dst: string])[]): Promise<void> {
  const id = BigInt(++batches);
  const rows = ends.flatMap(([src, dst], i) =>
    [0, 1].map((hop) => ({
      ...{ ts: nowUs(), packet_id: 100n * id + BigInt(i), hop, decisive: hop === 1, rule: `rule ${id}` },
      ...{ ip_src: ip(src), ip_dst: ip(dst), dport: 443 },
    })),
  );
  await publishRows(hub, 'web1', id, rows);
  await counted(hub, 'ingest_batches', batches, 'inserted');
}

async function rows(query: string): Promise<JsonRow[]> {
  const response = await hub.nest.inject(`/api/v1/packets?${query}`);
  expect(response.statusCode).toBe(200);
  return response.json<{ rows: JsonRow[] }>().rows;
}

const geoOf = (row: Partial<JsonRow>): unknown[] => [
  row.ip_src,
  row.country_src,
  row.asn_src,
  row.country_dst,
  row.asn_dst,
];

/** @returns the next row of a live stream, which is followed before `then` */
async function live(query: string, then: () => Promise<void>): Promise<JsonRow> {
  const [response] = (await once(httpGet(`${hub.url}/api/v1/stream?${query}`), 'response')) as [
    IncomingMessage,
  ];
  try {
    let event = '';
    for await (const line of createInterface({ input: response })) {
      if (line === 'event: live') await then();
      if (line.startsWith('event: ')) event = line;
      if (event === 'event: row' && line.startsWith('data: '))
        return JSON.parse(line.slice('data: '.length)) as JsonRow;
    }
    throw new Error('the stream ended');
  } finally {
    response.destroy();
  }
}

const metrics = async (): Promise<string> => (await hub.nest.inject('/metrics')).body;

it('stores country and AS of public addresses, and finds rows by them', async () => {
  await publish(['5.1.7.1', '10.0.0.1'], ['2a00::1', '5.1.8.1'], ['192.168.1.1', '9.9.9.9']);
  expect((await rows('')).map(geoOf)).toEqual([
    ['5.1.7.1', 'DE', 64496, '', 0],
    ['2a00::1', 'NL', 4_200_000_001, 'DE', 0],
    ['192.168.1.1', '', 0, '', 0],
  ]);
  const found = async (query: string): Promise<unknown[]> => (await rows(query)).map((row) => row.ip_src);
  expect(await found('country-src=DE')).toEqual(['5.1.7.1']);
  expect(await found('country-dst=DE&country-src=!DE')).toEqual(['2a00::1']);
  expect(await found('asn-src=64496,4200000001')).toEqual(['5.1.7.1', '2a00::1']);
  expect(await found('asn-src=1-65535')).toEqual(['5.1.7.1']);
});

it('leaves the other columns as they were', async () => {
  const [row] = await rows('country-src=NL');
  expect(row).toMatchObject({
    agent_id: 'web1',
    rule: 'rule 1',
    dport: 443,
    hop: 1,
    sg_src: '',
    batch_id: '1',
  });
});

it('shows them in the live stream, where they are filters, too', async () => {
  const row = await live('country-src=NL', () => publish(['5.1.7.1', '5.1.7.2'], ['2a00::2', '5.1.7.2']));
  expect(geoOf(row)).toEqual(['2a00::2', 'NL', 4_200_000_001, 'DE', 64496]);
});

it('takes a file that replaces the one in use, for the rows to come', async () => {
  const loads = hub.counters.counter('geoip_loads', 'city').value;
  replace(city, cityOf('FR', 'BE'));
  await counted(hub, 'geoip_loads', loads + 1, 'city');
  await publish(['5.1.7.77', '2a00::77']);
  expect((await rows('country-src=FR')).map(geoOf)).toEqual([['5.1.7.77', 'FR', 64496, 'BE', 4_200_000_001]]);
  expect(await rows('country-src=DE')).toHaveLength(2);
});

it('goes on with the last good data when a truncated file comes, and says so in log and metrics', async () => {
  replace(city, cityOf('IT', 'IT').subarray(0, 500));
  expect(await hub.log.next(/truncated/)).toBe(
    `enrich.geoip.city: "${city}" is truncated or no MaxMind database, as no metadata are at its end; put a whole MaxMind database (.mmdb) in its place; the data of 2026-11-18 stay in use.`,
  );
  await publish(['5.1.7.78', '5.1.7.79']);
  expect((await rows('last=1')).map(geoOf)).toEqual([['5.1.7.78', 'FR', 64496, 'FR', 64496]]);
  const text = await metrics();
  const built = Date.parse('2026-11-18T00:00:00Z') / 1000;
  expect(text).toContain(`visor_hub_geoip_built_timestamp_seconds{database="city"} ${built}`);
  expect(text).toContain('visor_hub_geoip_current{database="city"} 0');
  expect(text).toContain('visor_hub_geoip_current{database="asn"} 1');
  expect(text).toContain('visor_hub_geoip_failures_total{database="city"} 1');
  expect(text).toContain('visor_hub_geoip_loads_total{database="city"} 2');
  expect(text).toContain('visor_hub_geoip_damaged_records_total 0');
});

describe('a message as it is', () => {
  const row = { agent_id: 'web1', batch_id: 999n, ts: nowUs(), decisive: true, ip_src: ip('5.1.7.99') };

  async function send(arrow: Uint8Array, extra: Record<string, string> = {}): Promise<void> {
    const headers = natsHeaders();
    const given = { 'Visor-Rows': '1', 'Visor-Batch': '999', 'Content-Encoding': 'gzip', ...extra };
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    await hub.bus.js.publish(subjects.traces('web1'), gzipSync(arrow), { headers });
  }

  it('is stored once where it was published twice, with what it has been given', async () => {
    await send(arrowOf([row]));
    await counted(hub, 'ingest_batches', batches + 1, 'inserted');
    await send(arrowOf([row]), { 'Visor-Attempt': '2' });
    await counted(hub, 'ingest_batches', 1, 'already');
    expect((await rows('ip-src=5.1.7.99')).map(geoOf)).toEqual([['5.1.7.99', 'FR', 64496, '', 0]]);
  });

  it('is rejected where an agent claims what only the hub adds', async () => {
    const other = { ...row, batch_id: 1000n };
    const claims = decodeBatch(arrowOf([other])).with([{ name: 'asn_src', values: Uint32Array.of(1) }]);
    await send(rewriteBatch(claims), { 'Visor-Batch': '1000' });
    await counted(hub, 'deliveries_rejected', 1, 'schema');
  });
});
