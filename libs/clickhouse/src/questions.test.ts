import { describe, expect, it } from 'vitest';
import { selectAggregate, type AggregateQuery } from './aggregate.js';
import { selectHints } from './hints.js';
import { selectPacketIds, selectPath, type PacketCandidate } from './path.js';
import { storageModes, storeOne, temporaryDatabase } from './testing/directory.js';
import { count, noon, readRecords, rowsOnly } from './testing/flow-model.js';
import { flowBatch, type FlowRow } from './testing/flow-rows.js';

describe.each(storageModes)('questions (%s)', (mode) => {
  const row = (more: Partial<FlowRow>): FlowRow => ({
    ts: noon,
    packet_id: 1n,
    hop: 0,
    decisive: true,
    sampling: 0,
    fate: 'accepted',
    handle: 0n,
    ip_src: 1,
    dport: 443,
    sg_src: '',
    len: 100,
    ttl: 64,
    hw_src: 0x0a0b0c0d0e0fn,
    tcp_flags: 18,
    ...more,
  });
  const range = { from_us: noon - 30e6, to_us: noon + 90e6 };

  it('show values as rows do, and tell each group apart that is another value', async () => {
    const { store } = await temporaryDatabase(mode);
    const big = { handle: 2n ** 64n - 1n, decisive: false };
    await storeOne(
      store,
      flowBatch(1n, [row({}), row({ hop: 1, ...big }), row({ ts: noon + 60e6, ip_src: 2, ttl: 1 })]),
    );
    const query: AggregateQuery = {
      by: ['time', 'ip_src', 'hw_src', 'tcp_flags', 'decisive'],
      select: [
        count('packets'),
        count('hops'),
        { kind: 'column', fn: 'max', column: 'ts' },
        { kind: 'column', fn: 'min', column: 'handle' },
      ],
      having: [],
      sort: [],
      limit: 10,
      others: false,
      bucket_us: 60e6,
      step_us: 60e6,
    };
    const time = (us: number): string => new Date(us / 1000).toISOString().replace('Z', '000Z');
    const common = { hw_src: '0a:0b:0c:0d:0e:0f', tcp_flags: 'SYN,ACK' };
    expect(await readRecords(store, selectAggregate(query, rowsOnly(range)))).toMatchObject([
      { row_kind: 0, packets: 2, hops: 3, 'min(handle)': '0', 'max(ts)': time(noon + 60e6) },
      {
        ...common,
        time: time(noon),
        ip_src: '10.0.0.1',
        decisive: false,
        packets: 0,
        hops: 1,
        'max(ts)': null,
      },
      { ...common, time: time(noon), ip_src: '10.0.0.1', decisive: true, packets: 1, hops: 1 },
      {
        ...common,
        time: time(noon + 60e6),
        ip_src: '10.0.0.2',
        decisive: true,
        'max(ts)': time(noon + 60e6),
      },
    ]);
  });

  it('find hints by their text in any case, names of a list one by one', async () => {
    const { store } = await temporaryDatabase(mode);
    const rows = [
      row({ sg_src: 'Web,db' }),
      row({ sg_src: 'web' }),
      row({ sg_src: 'Web', sampling: 8 }),
      row({ dport: 80 }),
    ];
    await storeOne(store, flowBatch(1n, rows));
    const hints = (column: 'sg_src' | 'dport' | 'ip_src' | 'decisive' | 'tcp_flags', prefix: string) =>
      readRecords(store, selectHints({ column, prefix, limit: 2 }, rowsOnly(range)));
    expect(await hints('sg_src', 'w')).toEqual([
      { value: 'Web', count: 9 },
      { value: 'web', count: 1 },
    ]);
    expect(await hints('sg_src', '')).toHaveLength(3);
    expect(await hints('dport', '4')).toEqual([{ value: 443, count: 10 }]);
    expect(await hints('ip_src', '10.0.0.')).toEqual([{ value: '10.0.0.1', count: 11 }]);
    expect(await hints('decisive', 'T')).toEqual([{ value: true, count: 11 }]);
    expect(await hints('tcp_flags', "x' OR 1=1 --{p0:String}\\")).toEqual([]);
  });

  it('find the path of a packet, and the packets whose id begins alike', async () => {
    const { store } = await temporaryDatabase(mode);
    const ids = [2n ** 64n - 1n, 1844n, 99n];
    const rows = ids.flatMap((packet_id, at) => [
      row({ packet_id, hop: 1, ts: noon + at }),
      row({ packet_id, hop: 0, ts: noon + at, decisive: false }),
    ]);
    await storeOne(store, flowBatch(1n, rows));
    const path = await readRecords<{ hop: number; packet_id: string }>(store, selectPath(2n ** 64n - 1n, {}));
    expect(path.map(({ packet_id, hop }) => [packet_id, hop])).toEqual([
      ['18446744073709551615', 0],
      ['18446744073709551615', 1],
    ]);
    expect(await readRecords(store, selectPath(1844n, { sinceUs: noon + 2 }))).toEqual([]);
    const found = await readRecords<PacketCandidate>(store, selectPacketIds('1844', {}, 10));
    expect(found.map(({ packet_id }) => packet_id)).toEqual(['1844', '18446744073709551615']);
    expect(await readRecords(store, selectPacketIds('1844', { untilUs: noon + 1 }, 10))).toHaveLength(1);
  });
});
