import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fate, type JsonRow, StringTable, type traceTypes } from '#columns';
import { u16le } from '#netlink';
import {
  ByteInterner,
  isWanted,
  NFT_CONTINUE,
  NFT_NEWGEN_MESSAGE,
  onlyMask,
  onlyWords,
  type OnlyWord,
  type TableFacts,
  TraceDecoder,
  TraceEvent,
  TRACETYPE_RULE,
} from '#nftrace';
import {
  assembleRows,
  connectTcp,
  type Cost,
  describeAsRoot,
  type Heard,
  type Lab,
  listTables,
  makeRouter,
  measureReader,
  type Namespace,
  openLab,
  sendUdp,
  startTcpServer,
  TraceSockets,
} from './support/index.js';

/** Chains that jump, return and go to others, two base chains on one hook, and each way to decide. */
const firewall = `
table inet fw {
  chain tag {
    type filter hook prerouting priority raw; policy accept;
    meta l4proto { tcp, udp } meta nftrace set 1
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established accept
    jump checks
    tcp dport 80 goto web
    udp dport { 53, 54, 55 } accept
  }
  chain checks {
    udp dport 99 drop
    udp dport 53 return
  }
  chain web { accept; }
  chain late {
    type filter hook forward priority filter + 10; policy accept;
    udp dport 54 drop
    udp dport 55 accept
  }
  chain input {
    type filter hook input priority filter; policy drop;
    udp dport 67 accept
    udp dport 68 reject
  }
  chain postrouting { type filter hook postrouting priority 0; policy accept; }
}
table netdev early {
  chain ingress {
    type filter hook ingress device "in" priority 0; policy accept;
    udp dport 77 meta nftrace set 1
    udp dport 77 fwd to "out"
  }
}
table inet changes {
  chain c { }
}`;

const COUNT = 20;
const forwarded = [53, 54, 55, 77, 99, 5000].map((dport, i) => ({ sport: 4000 + i, dport, count: COUNT }));
const local = [67, 68, 69].map((dport, i) => ({ sport: 4100 + i, dport, count: COUNT }));

const isGeneration = (message: Buffer): boolean => u16le(message, 4) === NFT_NEWGEN_MESSAGE;

/** @returns whether the packets that `only` asks for cannot come out right, or whole, without this event */
function needed(message: Buffer, only: readonly OnlyWord[]): boolean {
  if (isGeneration(message)) return true;
  const event = new TraceEvent();
  const decoder = new TraceDecoder(new ByteInterner(new StringTable()));
  if (decoder.decode(message, 0, message.length, event) !== 'event') return false;
  if (event.startsChain) return true;
  if (only.length === 0) return !isEndOfChain(event);
  const verdict = event.hasPolicy ? event.policy : event.verdict;
  if (verdict === 1) return only.includes('accepted') || only.includes('policy');
  return verdict >= 0;
}

/** The kernel tells it as a rule's event, but no rule has the handle 0. */
function isEndOfChain({ type, handleLow, handleHigh, verdict }: TraceEvent): boolean {
  return type === TRACETYPE_RULE && handleLow === 0 && handleHigh === 0 && verdict === NFT_CONTINUE;
}

/** Wanted packets' decisive rows, in an order of their own */
function decisive(rows: readonly JsonRow[], only: readonly OnlyWord[]): Partial<JsonRow>[] {
  return rows
    .filter((row) => row.decisive)
    .filter(({ fate, type }) => isWanted(onlyMask(only), fate as Fate, type as (typeof traceTypes)[number]))
    .map(({ packet_id: _id, hop: _hop, ...said }) => said)
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

const key = (row: Partial<JsonRow>): string => JSON.stringify(row);

/** How many wanted packets came out in each way with the filter for one word */
function tally(
  heard: readonly Heard[],
  { tables }: { tables: readonly TableFacts[] },
  word: OnlyWord,
): Record<string, number> {
  const { messages } = heard[1 + onlyWords.indexOf(word)] as Heard;
  const counts: Record<string, number> = {};
  for (const row of decisive(assembleRows(messages, tables), [word])) {
    const { fate, chain, type, rule, ip_src, ip_dst, sport, dport } = row as Record<string, string>;
    const said = [fate, chain, type, rule, `${ip_src}:${sport}`, `${ip_dst}:${dport}`].join(' | ');
    counts[said] = (counts[said] ?? 0) + 1;
  }
  return counts;
}

const filters: OnlyWord[][] = [[], ...onlyWords.map((word) => [word])];

describeAsRoot('the filter of the trace socket', () => {
  let lab: Lab;
  let client: Namespace;
  let fw: Namespace;
  let server: Namespace;

  beforeAll(async () => {
    lab = await openLab();
    ({ client, fw, server } = await makeRouter(lab));
    await fw.nft(firewall);
    await startTcpServer(lab, server, 80);
  });

  afterAll(() => lab.close());

  describe('on the events of a router', () => {
    let all: Heard;
    let heard: Heard[];
    let snapshot: { tables: TableFacts[] };

    beforeAll(async () => {
      const options = [null, ...filters].map((only) => ({ only }));
      snapshot = { tables: await listTables(fw) };
      const sockets = await TraceSockets.open(lab, fw, options);
      await sendUdp(client, { to: '10.2.0.2', flows: forwarded, gapMs: 1 });
      await sendUdp(client, { to: '10.1.0.2', flows: local, gapMs: 1 });
      await connectTcp(client, { to: '10.2.0.2', dport: 80, sports: [6001, 6002, 6003] });
      await fw.nft('add rule inet changes c accept');
      [all, ...heard] = (await sockets.close()) as [Heard, ...Heard[]];
    });

    it.each(filters.map((only, i) => ({ only, i })))(
      'passes what $only needs, and that alone',
      ({ only, i }) => {
        expect(heard[i]?.messages).toEqual(all.messages.filter((message) => needed(message, only)));
        expect(heard[i]?.drops).toBe(0);
      },
    );

    it.each(filters.map((only, i) => ({ only, i })))(
      'lets the packets of $only come out right',
      ({ only, i }) => {
        const expected = decisive(assembleRows(all.messages, snapshot.tables), only);
        expect(decisive(assembleRows(heard[i]?.messages ?? [], snapshot.tables), only)).toEqual(expected);
      },
    );

    it('shows with [dropped] each dropped packet, its addresses and the rule or policy', () => {
      expect(tally(heard, snapshot, 'dropped')).toEqual({
        'dropped | checks | rule | udp dport 99 drop | 10.1.0.1:4004 | 10.2.0.2:99': COUNT,
        'dropped | forward | policy |  | 10.1.0.1:4005 | 10.2.0.2:5000': COUNT,
        'dropped | late | rule | udp dport 54 drop | 10.1.0.1:4001 | 10.2.0.2:54': COUNT,
        'rejected | input | rule | udp dport 68 reject | 10.1.0.1:4101 | 10.1.0.2:68': COUNT,
        'dropped | input | policy |  | 10.1.0.1:4102 | 10.1.0.2:69': COUNT,
      });
    });

    it('shows with [stolen] what was sent on from the ingress hook', () => {
      expect(tally(heard, snapshot, 'stolen')).toEqual({
        'stolen | ingress | rule | udp dport 77 fwd to "out" | 10.1.0.1:4003 | 10.2.0.2:77': COUNT,
      });
    });
  });

  it('keeps other notifications out, and they are none of the drops', async () => {
    const small = { bufferBytes: 16_384, lazy: true };
    const sockets = await TraceSockets.open(lab, fw, [
      { only: null },
      { only: [] },
      { only: null, ...small },
      { only: [], ...small },
    ]);
    const rules = Array.from({ length: 500 }, (_, i) => `add rule inet changes c tcp dport ${i + 1} accept`);
    await fw.nft(rules.join('\n'));
    for (let i = 0; i < 20; i++) await fw.run(['nft', 'add', 'rule', 'inet', 'changes', 'c', 'accept']);
    const [plain, filtered, smallPlain, smallFiltered] = (await sockets.close()) as [
      Heard,
      Heard,
      Heard,
      Heard,
    ];
    const generations = plain.messages.filter(isGeneration);
    expect(generations).toHaveLength(21);
    expect(plain.messages.length).toBeGreaterThan(2 * generations.length);
    expect(filtered).toEqual({ messages: generations, drops: 0 });
    expect(smallPlain.drops).toBeGreaterThan(0);
    expect(smallFiltered).toEqual({ messages: generations, drops: 0 });
  });

  it('leaves the count of lost events exact: received + drops = what passes', async () => {
    const only: OnlyWord[] = ['dropped'];
    const sockets = await TraceSockets.open(lab, fw, [
      { only: null },
      { only, bufferBytes: 65_536, lazy: true },
    ]);
    await sendUdp(client, { to: '10.2.0.2', flows: forwarded, gapMs: 1 });
    const [all, slow] = (await sockets.close()) as [Heard, Heard];
    expect(slow.drops).toBeGreaterThan(0);
    expect(slow.messages.length + slow.drops).toBe(all.messages.filter((m) => needed(m, only)).length);
  });

  /** What the measured burst costs a packet, after one that warms the reader up */
  async function measure(only: readonly OnlyWord[] | null): Promise<Cost> {
    const send = (scale: number) => () =>
      sendUdp(client, {
        to: '10.2.0.2',
        flows: [53, 55, 99].map((dport, i) => ({
          sport: 4000 + i,
          dport,
          count: (dport === 99 ? 2 : 9) * scale,
        })),
      });
    const [, cost] = await measureReader(lab, fw, only, [send(200), send(1000)]);
    return cost as Cost;
  }

  it('saves messages and CPU time: nine packets in ten are accepted', async () => {
    const messages: number[] = [];
    for (const only of [null, ['accepted'], ['dropped']] as const) {
      const cost = await measure(only);
      const [copied, cpu_us] = [cost.messages, cost.cpu_us].map((total) => (total / 20_000).toFixed(2));
      console.log(`${only?.join() ?? 'no filter'}: ${copied} messages, ${cpu_us} µs CPU a packet`);
      expect(cost.overrun).toBe(0);
      messages.push(cost.messages);
    }
    // to port 53, 55, 99: without a filter; with each base chain's start and verdict; with the starts and a drop
    expect(messages).toEqual([
      9000 * 10 + 9000 * 9 + 2000 * 5,
      9000 * 8 + 9000 * 7 + 2000 * 4,
      9000 * 4 + 9000 * 4 + 2000 * 3,
    ]);
  });
});
