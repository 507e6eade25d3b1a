// npm run bench:geo: what country and AS cost the hub, per row of a full batch. The last line is JSON.
import { ColumnBatch } from '#columns';
import { decodeBatch, encodeBatch, rewriteBatch } from '#wire';
import { GeoDatabase } from '../../apps/trace-hub/src/geo/database.js';
import { asnField, countryField } from '../../apps/trace-hub/src/geo/fields.js';
import { GeoLookup } from '../../apps/trace-hub/src/geo/lookup.js';
import { machineNow } from '../machine.js';
import { inAs, inCity, mmdb, type Value } from '../../apps/trace-hub/src/geo/testing/mmdb.js';

/** As many as an agent sends at once. */
const ROWS = 16_384;
const HOPS = 4;
/** Each of 256 addresses */
const NETWORKS = 200_000;
const ROUNDS = 60;
const codes = Array.from('ABCDEFGHIJKLMNOP', (a) => Array.from('ABCDEFGHIJKLMNOP', (b) => a + b)).flat();

const networkOf = (n: number): string => `${16 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.0/24`;

function databases(): { country: GeoDatabase<string>; asn: GeoDatabase<number> } {
  const numbers = Array.from({ length: NETWORKS }, (_, n) => n);
  const records = Array.from({ length: 20_000 }, (_, n) => inCity(codes[n % codes.length] as string, n));
  const owners = Array.from({ length: 70_000 }, (_, n) => inAs(1 + n));
  const networks = (of: readonly Value[]): Record<string, Value> =>
    Object.fromEntries(numbers.map((n): [string, Value] => [networkOf(n), of[n % of.length] as Value]));
  const city = mmdb({ type: 'GeoLite2-City', networks: networks(records) });
  const asn = mmdb({ type: 'GeoLite2-ASN', networks: networks(owners) });
  return { country: GeoDatabase.parse(city, countryField), asn: GeoDatabase.parse(asn, asnField) };
}

/** @returns a batch of packets of four hops each, between `distinct` addresses */
function batchOf(distinct: number, first: number): Uint8Array {
  const batch = new ColumnBatch(ROWS);
  const { data, strings } = batch;
  batch.rows = ROWS;
  const put = (to: Uint8Array, row: number, n: number): void => {
    const network = (n * 7919) % NETWORKS;
    const v4 = [16 + (network >> 16), (network >> 8) & 255, network & 255, 1 + (n % 250)];
    to.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...v4], 16 * row);
  };
  for (let row = 0; row < ROWS; row++) {
    const packet = Math.floor(row / HOPS);
    data.rule[row] = strings.id(`tcp dport ${row % 200} accept`);
    data.table[row] = strings.id('filter');
    data.packet_id[2 * row] = packet;
    put(data.ip_src, row, first + (packet % (distinct / 2)));
    put(data.ip_dst, row, first + distinct / 2 + (packet % (distinct / 2)));
  }
  return encodeBatch(batch);
}

/** @returns µs of CPU time a row: the median of many batches */
function measure(work: (round: number) => unknown): number {
  for (let round = 0; round < 10; round++) work(round);
  const times = Array.from({ length: ROUNDS }, (_, round) => {
    const began = process.cpuUsage();
    work(10 + round);
    const { user, system } = process.cpuUsage(began);
    return user + system;
  });
  return Number(((times.sort((a, b) => a - b)[ROUNDS / 2] as number) / ROWS).toFixed(3));
}

function main(): void {
  console.error(`  making databases of ${NETWORKS} networks`);
  const both = databases();
  const fail = (error: unknown): never => {
    throw error;
  };
  const lookup = new GeoLookup(both, fail);
  const few = batchOf(2000, 0);
  const scans = Array.from({ length: 10 + ROUNDS }, (_, round) => batchOf(2 * (ROWS / HOPS), round * 10_000));
  const without = measure(() => decodeBatch(few));
  const found = measure(() => lookup.enrich(decodeBatch(few)));
  const known = measure(() => rewriteBatch(lookup.enrich(decodeBatch(few))));
  const unknown = measure((round) => rewriteBatch(lookup.enrich(decodeBatch(scans[round] as Uint8Array))));
  const rows: [string, number][] = [
    ['off: the batch is checked, and goes on as it is', without],
    ['columns found, 2,000 addresses that were seen before (live rows)', found],
    ['the same, and the stream written again (stored rows)', known],
    ['stored rows, every packet between two new addresses', unknown],
  ];
  for (const [label, us] of rows) console.log(`${us.toFixed(3).padStart(8)} µs of CPU a row  ${label}`);
  console.log(
    JSON.stringify({
      bench: 'geo',
      rows: ROWS,
      us_per_row: { without, found, with: known, with_new_addresses: unknown },
      machine: machineNow(),
    }),
  );
}

main();
