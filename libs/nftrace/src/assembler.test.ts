import { describe, expect, it, test } from 'vitest';
import { type BatchData, type JsonRow } from '#columns';
import * as A from './attributes.js';
import { AssemblyBench, testTable } from './testing/bench.js';
import { chainEnd, first, policy, rule } from './testing/events.js';
import { ipv4, udp } from './testing/headers.js';
import { type TraceMessage } from './testing/trace-message.js';

const brief = (rows: JsonRow[]): string[] =>
  rows.map((r) => `${r.hop} ${r.chain} ${r.type} ${r.verdict} ${r.fate}${r.decisive ? ' *' : ''}`);
const packetCount = (rows: JsonRow[]): number => new Set(rows.map((r) => r.packet_id)).size;

describe('Assembler', () => {
  it('carries the headers of the first event to the packet’s other hops', () => {
    const bench = new AssemblyBench();
    bench.feed(first(), rule(7, A.NF_ACCEPT));
    const rows = bench.rows();
    expect(rows).toHaveLength(2);
    for (const row of rows)
      expect(row).toMatchObject({ ip_src: '10.0.0.1', dport: 80, iif: 'eth2', hook: 'input' });
    expect(rows[1]).toMatchObject({ rule: 'tcp dport 80 accept', handle: '7', table_version: 'v1' });
  });

  it('merges the end of a chain with the event that follows it', () => {
    const bench = new AssemblyBench();
    bench.feed(
      first(),
      rule(4, A.NFT_JUMP, { jumpTarget: 'sub' }),
      chainEnd({ chain: 'sub' }),
      chainEnd(),
      policy(1),
    );
    expect(brief(bench.rows())).toEqual([
      '0 input rule continue accepted',
      '1 input rule jump accepted',
      '2 input policy accept accepted *',
    ]);
    expect(bench.assembler.counts.merged).toBe(2);
  });

  test.each([
    ['dropped', rule(5, A.NF_DROP), 'tcp dport 8443 drop'],
    ['rejected', rule(6, A.NF_DROP), 'udp dport 53 reject'],
    ['queued', rule(4, A.NF_QUEUE), 'meta nftrace set 1'],
    ['stolen', rule(4, A.NF_STOLEN), 'meta nftrace set 1'],
    ['dropped', policy(0), ''],
    ['accepted', policy(1), ''],
    ['accepted', rule(7, A.NF_ACCEPT), 'tcp dport 80 accept'],
    ['unknown', rule(4, A.NFT_CONTINUE), 'meta nftrace set 1'],
  ])('a packet is %s', (fate, event, text) => {
    const bench = new AssemblyBench();
    bench.feed(first(), event);
    const rows = bench.rows();
    expect(rows.map((r) => r.fate)).toEqual([fate, fate]);
    expect(rows.map((r) => r.decisive)).toEqual([false, true]);
    expect(rows[1]?.rule).toBe(text);
  });

  it('an accept is not final: a later hook decides', () => {
    const bench = new AssemblyBench();
    bench.feed(
      first({ chain: 'prerouting' }),
      policy(1, { chain: 'prerouting' }),
      first(),
      rule(5, A.NF_DROP),
    );
    const rows = bench.rows();
    expect(packetCount(rows)).toBe(1);
    expect(rows.filter((r) => r.decisive).map((r) => [r.chain, r.fate])).toEqual([['input', 'dropped']]);
  });

  it('is not accepted when its last chain told no verdict: it may have been dropped there', () => {
    const bench = new AssemblyBench();
    const jump = rule(4, A.NFT_JUMP, { jumpTarget: 'sub' });
    bench.feed(first({ chain: 'prerouting' }), policy(1, { chain: 'prerouting' }), first(), jump);
    const rows = bench.rows();
    expect(new Set(rows.map((r) => r.fate))).toEqual(new Set(['unknown']));
    expect(rows.filter((r) => r.decisive).map((r) => [r.chain, r.verdict])).toEqual([['input', 'jump']]);
  });

  it('a packet whose beginning was lost is unknown, unless a drop was seen', () => {
    const bench = new AssemblyBench();
    bench.feed(policy(1, { id: 1 }), rule(5, A.NF_DROP, { id: 2 }));
    expect(bench.rows().map((r) => r.fate)).toEqual(['unknown', 'dropped']);
  });

  it('a packet that was open at an overrun is unknown; what its id does after the gap is not told of it', () => {
    const bench = new AssemblyBench();
    bench.feed(first({ id: 1 }), first({ id: 2 }), policy(1, { id: 2 }));
    bench.assembler.overrun();
    bench.feed(policy(0, { id: 1 }), first({ id: 2 }), policy(1, { id: 2 }));
    expect(bench.rows().map((r) => [r.ip_src, r.fate])).toEqual([
      ['10.0.0.1', 'unknown'],
      ['10.0.0.1', 'unknown'],
      ['10.0.0.1', 'unknown'],
      ['', 'dropped'],
      ['10.0.0.1', 'accepted'],
      ['10.0.0.1', 'accepted'],
    ]);
  });

  it('waits with a packet for the listing of a ruleset that has just changed', () => {
    const bench = new AssemblyBench();
    bench.assembler.epoch = 1;
    bench.feed(first(), rule(5, A.NF_DROP));
    expect(bench.emitted()).toEqual([]);
    const changed = {
      ...testTable,
      version: 'v2',
      rules: [{ handle: 5, text: 'tcp dport 9 drop', comment: '', rejects: false }],
    };
    bench.rules.add(1, [changed]);
    expect(bench.emitted().map((r) => [r.rule, r.table_version])).toEqual([
      ['unknown rule', 'v2'],
      ['tcp dport 9 drop', 'v2'],
    ]);
  });

  it('carries what enrichment says of the addresses, and forgets it with the slot', () => {
    const names: ['sg_src', 'net_dst'] = ['sg_src', 'net_dst'];
    const ids: Record<string, number> = {};
    const enrich = (data: BatchData, segment: number): void => {
      if (data.dport[segment] !== 80) return;
      for (const name of names) data[name][segment] = ids[name] ?? 0;
    };
    const bench = new AssemblyBench({ maxHops: 8, enrichment: { enrich } });
    for (const name of names) ids[name] = bench.strings.id(`the ${name}`);
    for (const dport of [80, 81, 80, 81, 81]) {
      bench.feed(first({ dport }), rule(7, A.NF_ACCEPT));
      const named = dport === 80;
      for (const row of bench.rows()) {
        expect(names.map((name) => row[name])).toEqual(names.map((name) => (named ? `the ${name}` : '')));
      }
    }
  });

  it('leaves a packet the names that its addresses had when it came, while what is known changes', () => {
    let data = 'old';
    const bench = new AssemblyBench({
      enrichment: {
        enrich: ({ sg_src, net_dst }, segment) => {
          sg_src[segment] = net_dst[segment] = bench.strings.id(data);
        },
      },
    });
    const way = { proto: 6, ident: 1, src: '10.0.0.1' };
    bench.feed(first({ chain: 'prerouting' }), policy(1, { chain: 'prerouting' }));
    data = 'new';
    bench.feed(
      { ...first({ chain: 'forward' }), network: ipv4({ ...way, dst: '10.0.0.9' }) },
      policy(1, { chain: 'forward' }),
      { ...first({ chain: 'postrouting' }), network: ipv4({ ...way, dst: '10.0.0.9' }) },
      policy(1, { chain: 'postrouting' }),
      first({ ident: 2, chain: 'prerouting' }),
    );
    expect(bench.rows().map((r) => `${r.ip_ident} ${r.chain} ${r.ip_dst} ${r.sg_src} ${r.net_dst}`)).toEqual([
      ...Array<string>(2).fill('1 prerouting 10.0.0.2 old old'),
      // another address since: what is known of it now
      ...Array<string>(2).fill('1 forward 10.0.0.9 old new'),
      ...Array<string>(2).fill('1 postrouting 10.0.0.9 old new'),
      '2 prerouting 10.0.0.2 new new',
    ]);
  });

  it('gives an event of before a change the text of before', () => {
    const bench = new AssemblyBench();
    bench.feed(first(), rule(5, A.NF_DROP));
    bench.assembler.epoch = 1;
    bench.rules.add(1, [{ ...testTable, version: 'v2', rules: [] }]);
    expect(bench.rows().map((r) => r.table_version)).toEqual(['v1', 'v1']);
  });

  it('goes on without rule texts when a listing does not come', () => {
    const bench = new AssemblyBench({ maxRulesetWait_ms: 500 }, []);
    bench.feed(first(), rule(5, A.NF_DROP));
    expect(bench.emitted()).toEqual([]);
    bench.now_ms = 501;
    expect(bench.emitted().map((r) => [r.fate, r.rule, r.handle])).toEqual([
      ['dropped', 'unknown rule', '4'],
      ['dropped', 'unknown rule', '5'],
    ]);
  });

  it('says when it is full, and has room again after an eviction', () => {
    const bench = new AssemblyBench({ maxPackets: 2 });
    expect(bench.feed(first({ id: 1 }), first({ id: 2 }))).toBe(true);
    expect(bench.feed(first({ id: 3 }))).toBe(false);
    bench.assembler.evict();
    expect(bench.emitted(true)).toHaveLength(1);
    expect(bench.feed(first({ id: 3 }))).toBe(true);
    expect(bench.rows()).toHaveLength(2);
    expect(bench.assembler.counts).toMatchObject({ evicted: 1, packets: 3 });
  });

  it('does not know what becomes of a packet that it had to close before its time', () => {
    const bench = new AssemblyBench();
    const hop = [first({ chain: 'prerouting' }), policy(1, { chain: 'prerouting' })];
    bench.feed(...hop);
    bench.assembler.evict();
    expect(bench.emitted().map((r) => r.fate)).toEqual(['unknown', 'unknown']);
    bench.feed(...hop);
    bench.now_ms += 20;
    bench.feed(first({ id: 2 }));
    bench.assembler.evict();
    expect(bench.emitted().map((r) => r.fate)).toEqual(['accepted', 'accepted']);
  });

  it('cuts a packet whose way would not fit into a batch', () => {
    const bench = new AssemblyBench({ maxHopsPerPacket: 3 });
    bench.feed(first(), rule(4, A.NFT_CONTINUE), rule(4, A.NFT_CONTINUE), rule(4, A.NFT_CONTINUE), policy(1));
    const rows = bench.rows();
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map((r) => r.fate))).toEqual(new Set(['unknown']));
  });

  it('leaves nothing of an earlier packet in a slot', () => {
    const bench = new AssemblyBench({ maxPackets: 1, maxHops: 4 });
    const link = Buffer.from('020000000002020000000001 8100 0007 0800'.replaceAll(' ', ''), 'hex');
    const all = { mark: 1, ctId: 2, ctDirection: 1, ctState: 3, ctStatus: 4, oif: 5, oifType: 1, link };
    bench.feed({ ...first(), ...all }, rule(5, A.NF_DROP));
    bench.rows();
    bench.feed({ id: 9, chain: 'sub', iif: 2, verdict: A.NF_DROP });
    const [row] = bench.rows();
    const empty = {
      mark: 0,
      ct_id: 0,
      ct_dir: '',
      ct_state: '',
      ct_status: '',
      oif: '',
      hw_src: '',
      hw_dst: '',
    };
    const none = {
      vlan: 0,
      ip_src: '',
      ip_dst: '',
      proto: '',
      ttl: 0,
      sport: 0,
      tcp_flags: '',
      tcp_seq: 0,
      len: 0,
    };
    expect(row).toMatchObject({
      ...empty,
      ...none,
      hook: '',
      iif: 'eth2',
      rule: '',
      handle: '0',
      ether_type: '',
    });
  });

  it('returns every slot: as many packets as ever pass, none is lost', () => {
    const bench = new AssemblyBench({ maxPackets: 8, maxHops: 32 });
    let rows = 0;
    for (let i = 0; i < 1000; i++) {
      expect(bench.feed(first({ id: i, ident: i }), { ...udpMark(i) }, policy(i % 2, { id: i }))).toBe(true);
      bench.now_ms += 30;
      bench.assembler.closeIdle(bench.now_ms);
      rows += bench.emitted(true).length;
    }
    expect(rows).toBe(3000);
    expect(bench.assembler.pending).toBe(0);
  });
});

const udpMark = (id: number): TraceMessage => ({
  id,
  handle: 4,
  verdict: A.NFT_CONTINUE,
  transport: udp({ sport: 1, dport: 2 }),
});
