import { describe, expect, it } from 'vitest';
import { type JsonRow } from '#columns';
import * as A from './attributes.js';
import { AssemblyBench, testTable } from './testing/bench.js';
import { first, policy, rule } from './testing/events.js';
import { ipv4, tcp } from './testing/headers.js';

const packetCount = (rows: JsonRow[]): number => new Set(rows.map((r) => r.packet_id)).size;

describe('a packet', () => {
  it('is one packet where a nat chain runs: all are called at -100 or 100, whatever priority they declare', () => {
    const chains = [
      { name: 'mangle', type: 'filter', hook: 'prerouting', priority: -50 },
      { name: 'dnat', type: 'nat', hook: 'prerouting', priority: 0 },
      { name: 'input', type: 'filter', hook: 'input', priority: 0 },
    ];
    const bench = new AssemblyBench({}, [{ ...testTable, chains }]);
    for (const chain of ['dnat', 'mangle', 'input']) bench.feed(first({ chain }), policy(1, { chain }));
    expect(packetCount(bench.rows())).toBe(1);
  });

  it('is one packet where the IP hooks run inside of the bridge’s (br_netfilter)', () => {
    const bridge = {
      ...testTable,
      family: 'bridge',
      chains: [
        { name: 'pre', hook: 'prerouting', priority: 0 },
        { name: 'fwd', hook: 'forward', priority: 0 },
      ],
    };
    const bench = new AssemblyBench({}, [testTable, bridge]);
    const way: [number, string][] = [
      [7, 'pre'],
      [1, 'prerouting'],
      [7, 'fwd'],
      [1, 'forward'],
    ];
    for (const [family, chain] of way)
      bench.feed({ ...first({ chain }), family }, policy(1, { chain, family }));
    expect(packetCount(bench.rows())).toBe(1);
  });

  it('is one packet through NAT, which changes addresses and ports on the way', () => {
    const bench = new AssemblyBench();
    const after = first({ chain: 'forward' });
    after.network = ipv4({ src: '10.0.0.1', dst: '192.168.7.7', proto: 6, ident: 1, ttl: 63 });
    after.transport = tcp({ sport: 40000, dport: 8080, seq: 1 });
    bench.feed(
      first({ chain: 'prerouting' }),
      policy(1, { chain: 'prerouting' }),
      after,
      rule(7, A.NF_ACCEPT, { chain: 'forward' }),
    );
    const rows = bench.rows();
    expect(packetCount(rows)).toBe(1);
    expect(rows.map((r) => [r.hook, r.ip_dst, r.dport])).toEqual([
      ['prerouting', '10.0.0.2', 80],
      ['prerouting', '10.0.0.2', 80],
      ['forward', '192.168.7.7', 8080],
      ['forward', '192.168.7.7', 8080],
    ]);
  });

  describe('the kernel uses an id again', () => {
    it('after a drop', () => {
      const bench = new AssemblyBench();
      bench.feed(first(), rule(5, A.NF_DROP), first(), rule(5, A.NF_DROP));
      expect(packetCount(bench.rows())).toBe(2);
    });

    it('in the same chain, with a packet that looks the same', () => {
      const bench = new AssemblyBench();
      bench.feed(first(), policy(1), first(), policy(1));
      expect(packetCount(bench.rows())).toBe(2);
    });

    it('at an earlier hook', () => {
      const bench = new AssemblyBench();
      bench.feed(first(), policy(1), first({ chain: 'prerouting' }), policy(1, { chain: 'prerouting' }));
      expect(packetCount(bench.rows())).toBe(2);
    });

    it('at a later hook, with another packet', () => {
      const bench = new AssemblyBench();
      bench.feed(
        first({ chain: 'prerouting' }),
        policy(1, { chain: 'prerouting' }),
        first({ ident: 2 }),
        policy(1),
      );
      expect(packetCount(bench.rows())).toBe(2);
    });

    it('after its first packet has been silent', () => {
      const bench = new AssemblyBench();
      bench.feed(first({ chain: 'prerouting' }), policy(1, { chain: 'prerouting' }));
      const before = bench.rows();
      bench.feed(first(), policy(1));
      expect(packetCount([...before, ...bench.rows()])).toBe(2);
    });
  });

  it('stays one packet when a verdict says repeat', () => {
    const bench = new AssemblyBench();
    bench.feed(first(), rule(4, A.NF_REPEAT), first(), policy(1));
    expect(packetCount(bench.rows())).toBe(1);
  });

  it('keeps interleaved packets apart', () => {
    const bench = new AssemblyBench();
    bench.feed(
      first({ id: 1 }),
      first({ id: 2, dport: 8443 }),
      rule(7, A.NF_ACCEPT, { id: 1 }),
      rule(5, A.NF_DROP, { id: 2 }),
    );
    const rows = bench.rows();
    expect(rows.map((r) => [r.dport, r.fate])).toEqual([
      [80, 'accepted'],
      [80, 'accepted'],
      [8443, 'dropped'],
      [8443, 'dropped'],
    ]);
  });
});
