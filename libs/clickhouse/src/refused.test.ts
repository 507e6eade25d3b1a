import { describe, expect, it } from 'vitest';
import { and, equal, filterFromParameters, not, or, type Filter } from '#filter';
import { refusedCondition } from './refused.js';
import { selectRows } from './select.js';
import { storageModes, temporaryDatabase } from './testing/directory.js';

const a = filterFromParameters({ 'ip-src': '192.0.2.1' }) as Filter;
const b = filterFromParameters({ 'ip-dst': '2001:db8::1' }) as Filter;
const dropped = equal('fate', 'dropped');
const accepted = equal('fate', 'accepted');

describe('refusedCondition', () => {
  it.each<[string, Filter | undefined, number | undefined]>([
    ['nothing', undefined, undefined],
    ['an address alone', a, undefined],
    ['drops alone', dropped, undefined],
    ['drops of an address', and([dropped, a]), 1],
    ['accepted ones of an address', and([accepted, a]), undefined],
    ['drops of an address or accepted ones', and([or([dropped, accepted]), a]), undefined],
    ['drops, or packets of an address', or([dropped, a]), undefined],
    ['drops with an address at either end', and([dropped, or([a, b])]), 2],
    ['drops with an address, or of a port', and([dropped, or([a, equal('dport', 80)])]), undefined],
    ['all but accepted ones', and([not(accepted), a]), 1],
    ['all but dropped ones', and([not(dropped), a]), undefined],
    ['drops of any other address', and([dropped, not(a)]), undefined],
    ['of nested lists', and([and([or([dropped, equal('fate', 'rejected')])]), and([a, b])]), 2],
  ])('of %s', (_, filter, addresses) => {
    const condition = refusedCondition(filter);
    expect(condition && Object.keys(condition.params).length).toBe(addresses);
  });

  it('names all addresses at which a packet may have an end', () => {
    expect(refusedCondition(and([dropped, or([a, b])]))).toEqual({
      sql: "hasAny(if(fate = 'accepted', [], [ip_src, ip_dst]), [{refused0:IPv6}, {refused1:IPv6}])",
      params: { refused0: '::ffff:192.0.2.1', refused1: '2001:db8::1' },
    });
  });
});

describe.each(storageModes)('drops of an address (%s)', { timeout: 30_000 }, (mode) => {
  it('are those that the filter alone takes', async () => {
    const { store, run } = await temporaryDatabase(mode);
    const addresses = "['::ffff:192.0.2.1', '::ffff:192.0.2.2', '2001:db8::1', '::']";
    await run(`INSERT INTO traces (ts, packet_id, decisive, fate, ip_src, ip_dst) SETTINGS async_insert = 0
SELECT now64(6) - 3600 + number, number, true, ['accepted', 'dropped', 'rejected', 'unknown', ''][intDiv(number, 16) + 1],
  ${addresses}[intDiv(number, 4) % 4 + 1], ${addresses}[number % 4 + 1] FROM numbers(80)`);
    const filter = filterFromParameters({ 'ip-src': ['192.0.2.1', '2001:db8::1'], fate: '!accepted' });
    expect(refusedCondition(filter)).toBeDefined();
    const text = await store.queryText(selectRows({ decisive: true, filter, take: { last: 100 } }));
    const found = text
      .split('\n')
      .filter(Boolean)
      .map((line) => Number((JSON.parse(line) as { packet_id: string }).packet_id));
    const wanted = Array.from({ length: 80 }, (_, n) => n).filter(
      (n) => n >= 16 && [0, 2].includes(Math.floor(n / 4) % 4),
    );
    expect(found).toEqual(wanted);
    expect(found).toHaveLength(32);
  });
});

describe('indexes', { timeout: 30_000 }, () => {
  it.each<[Record<string, string>, string[]]>([
    [{ 'packet-id': '7' }, ['packet_id_index']],
    [{ 'ip-src': '192.0.2.9' }, ['ip_src_index']],
    [{ 'ip-dst': '192.0.2.9' }, ['ip_dst_index']],
    [{ sport: '9' }, ['sport_index']],
    [{ dport: '9' }, ['dport_index']],
    [{ 'ip-src': '192.0.2.9', fate: 'dropped,rejected' }, ['refused_index', 'ip_src_index']],
  ])('of %j are used', async (parameters, names) => {
    const { store, run } = await temporaryDatabase('embedded');
    await run(`INSERT INTO traces (ts, packet_id) SETTINGS async_insert = 0
SELECT now64(6) - 3600, number FROM numbers(100)`);
    const { sql, params = {} } = selectRows({
      decisive: true,
      filter: filterFromParameters(parameters),
      take: { last: 100 },
    });
    const { bytes } = await store.queryWhole(
      { sql: `EXPLAIN indexes = 1 ${sql}`, params },
      { format: 'csv' },
    );
    const plan = Buffer.from(bytes).toString();
    expect([...plan.matchAll(/Name: (\w+_index)/g)].map(([, name]) => name).sort()).toEqual(names.sort());
  });
});
