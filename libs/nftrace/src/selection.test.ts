import { describe, expect, it } from 'vitest';
import * as A from './attributes.js';
import { onlyMask, type OnlyWord } from './wanted.js';
import { AssemblyBench, first, policy, rule } from '#testing/nftrace';

const address = (...bytes: number[]) => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes);

/** The test's packets go from 10.0.0.1:40000 to 10.0.0.2:80. */
const web = { address: address(10, 0, 0, 2), port: 80 };
const client = { address: address(10, 0, 0, 1), port: 40000 };

describe('own traffic', () => {
  it.each([
    ['to a server', web],
    ['from a server', client],
  ])('%s is left out, its events counted', (_, server) => {
    const bench = new AssemblyBench();
    bench.assembler.ownServers = [server];
    bench.feed(first(), rule(7, A.NF_ACCEPT));
    expect(bench.rows()).toEqual([]);
    expect(bench.assembler.counts).toMatchObject({ packets: 1, own: 2, sampled: 0, only: 0 });
    expect(bench.assembler.pending).toBe(0);
  });

  it.each([
    ['another port', { ...web, port: 81 }],
    ['another address', { ...web, address: address(10, 0, 0, 3) }],
    ['the port on the other side', { ...web, port: 40000 }],
  ])('%s is not ours', (_, server) => {
    const bench = new AssemblyBench();
    bench.assembler.ownServers = [server];
    bench.feed(first(), rule(7, A.NF_ACCEPT));
    expect(bench.rows()).toHaveLength(2);
  });

  it('is shown when the firewall drops it', () => {
    const bench = new AssemblyBench();
    bench.assembler.ownServers = [web];
    bench.feed(first(), rule(5, A.NF_DROP));
    expect(bench.rows().map((row) => row.fate)).toEqual(['dropped', 'dropped']);
    expect(bench.assembler.counts.own).toBe(0);
  });

  it('is known by any of its base chains: address translation hides it from the others', () => {
    const bench = new AssemblyBench();
    bench.assembler.ownServers = [web];
    bench.feed(first({ chain: 'prerouting', dport: 8080 }), policy(A.NF_ACCEPT, { chain: 'prerouting' }));
    bench.feed(first({ chain: 'input' }), rule(7, A.NF_ACCEPT));
    expect(bench.rows()).toEqual([]);
    expect(bench.assembler.counts.own).toBe(4);
  });

  it('is nothing once no server is known', () => {
    const bench = new AssemblyBench();
    bench.assembler.ownServers = [web];
    bench.assembler.ownServers = [];
    bench.feed(first(), rule(7, A.NF_ACCEPT));
    expect(bench.rows()).toHaveLength(2);
  });
});

describe('packets that are asked for', () => {
  it.each<[OnlyWord[], string[]]>([
    [[], ['accepted', 'dropped', 'accepted']],
    [['dropped'], ['dropped']],
    [['policy'], ['accepted']],
    [
      ['dropped', 'policy'],
      ['dropped', 'accepted'],
    ],
  ])('%j: %j', (only, fates) => {
    const bench = new AssemblyBench({ only: onlyMask(only) });
    bench.feed(first({ id: 1, ident: 1 }), rule(7, A.NF_ACCEPT, { id: 1 }));
    bench.feed(first({ id: 2, ident: 2 }), rule(5, A.NF_DROP, { id: 2 }));
    bench.feed(first({ id: 3, ident: 3 }), policy(A.NF_ACCEPT, { id: 3 }));
    const rows = bench.rows();
    const decisive = rows.filter((row) => row.decisive).map((row) => row.fate);
    expect(decisive.sort()).toEqual([...fates].sort());
    expect(rows.length + bench.assembler.counts.only).toBe(6);
  });
});

describe('a limit on packets a second', () => {
  const flood = (bench: AssemblyBench, packets: number, verdict: number) => {
    for (let id = 1; id <= packets; id++) bench.feed(first({ id, ident: id }), rule(7, verdict, { id }));
  };

  it('leaves out whole packets, and says in each row for how many it stands', () => {
    const bench = new AssemblyBench({ maxPacketsPerSecond: () => 100 });
    flood(bench, 1000, A.NF_ACCEPT);
    const rows = bench.rows();
    const { sampled, packets } = bench.assembler.counts;
    expect(rows.length + sampled).toBe(2 * packets);
    expect(sampled).toBeGreaterThan(1500);
    const ids = new Set(rows.map((row) => row.packet_id));
    expect(rows).toHaveLength(2 * ids.size);
    expect(Math.max(...rows.map((row) => Number(row.sampling)))).toBeGreaterThan(1);
  });

  it('keeps every drop, which stands for itself', () => {
    const bench = new AssemblyBench({ maxPacketsPerSecond: () => 100 });
    flood(bench, 1000, A.NF_DROP);
    const rows = bench.rows();
    expect(rows).toHaveLength(2000);
    expect(new Set(rows.map((row) => row.sampling))).toEqual(new Set([1]));
  });
});
