import { type RowValues } from '#testing/wire';
import { type CliTable, cliTables, ruleOf } from './cli-tables.js';

/** One stop on a packet's way. */
interface Stop {
  readonly table: CliTable;
  readonly chain: string;
  readonly hook: string;
  readonly verdict: string;
  /** Absent: the chain's policy. */
  readonly handle?: bigint;
  readonly jt?: string;
}

export interface CliPacket {
  readonly agent: string;
  /** ms after the start of the data */
  readonly at_ms: number;
  readonly fate: string;
  readonly headers: Partial<RowValues>;
  readonly way: readonly Stop[];
}

const address = (...last: readonly number[]): Uint8Array =>
  Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...last]);
const address6 = (last: number): Uint8Array =>
  Uint8Array.from([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);

const hosts = {
  client: (n: number) => ({ ip: address(10, 0, 0, n), group: 'clients', net: 'lan' }),
  web1: { ip: address(10, 0, 1, 10), group: 'web', net: 'servers' },
  db1: { ip: address(10, 0, 1, 20), group: 'db', net: 'servers' },
  blocked: { ip: address(198, 51, 100, 7), group: '', net: '' },
  scanner: { ip: address(203, 0, 113, 7), group: '', net: '' },
  customer: { ip: address(203, 0, 113, 40), group: '', net: '' },
  v6: (n: number) => ({ ip: address6(n), group: '', net: '' }),
};
interface Host {
  readonly ip: Uint8Array;
  readonly group: string;
  readonly net: string;
}

const SYN = 2;
const NEW = 8;

function between(from: Host, to: Host, values: Partial<RowValues>): Partial<RowValues> {
  return {
    ip_src: from.ip,
    ip_dst: to.ip,
    sg_src: from.group,
    sg_dst: to.group,
    net_src: from.net,
    net_dst: to.net,
    ether_type: 'ip',
    ttl: 63,
    ct_state: NEW,
    hw_src: 0x02_00_00_00_00_01n,
    hw_dst: 0x02_00_00_00_00_02n,
    iif: 'eth0',
    ...values,
  };
}
const tcp = (sport: number, dport: number): Partial<RowValues> => ({
  proto: 'tcp',
  sport,
  dport,
  len: 60,
  tcp_flags: SYN,
});
const udp = (sport: number, dport: number): Partial<RowValues> => ({ proto: 'udp', sport, dport, len: 72 });

const { web, db, gateway, nat } = cliTables;
const input = (table: CliTable, verdict: string, handle?: bigint): Stop => ({
  table,
  chain: 'input',
  hook: 'input',
  verdict,
  ...(handle !== undefined && { handle }),
});
const toWeb: Stop = { ...input(web, 'jump', 6n), jt: 'web' };
const inWeb = (verdict: string, handle: bigint): Stop => ({ ...input(web, verdict, handle), chain: 'web' });
const forward = (verdict: string, handle?: bigint): Stop => ({
  ...input(gateway, verdict, handle),
  chain: 'forward',
  hook: 'forward',
});
const outside = (verdict: string, handle: bigint): Stop => ({
  ...forward(verdict, handle),
  chain: 'outside',
});
const goOutside: Stop = { ...forward('goto', 3n), jt: 'outside' };
const through = { iif: 'eth1', oif: 'eth0' };
const leave: Stop = { table: nat, chain: 'postrouting', hook: 'postrouting', verdict: 'accept', handle: 2n };

function atWeb(
  at_ms: number,
  from: Host,
  values: Partial<RowValues>,
  fate: string,
  ...way: Stop[]
): CliPacket {
  return { agent: 'web1', at_ms, fate, headers: between(from, hosts.web1, values), way };
}
function atDb(at_ms: number, from: Host, sport: number, fate: string, handle: bigint): CliPacket {
  const headers = between(from, hosts.db1, tcp(sport, 5432));
  return {
    agent: 'db1',
    at_ms,
    fate,
    headers,
    way: [input(db, fate === 'accepted' ? 'accept' : 'drop', handle)],
  };
}
function atGateway(at_ms: number, headers: Partial<RowValues>, fate: string, ...way: Stop[]): CliPacket {
  return {
    agent: 'gw1',
    at_ms,
    fate,
    headers: { ...headers, ...through, oif: fate === 'dropped' ? 'eth1' : 'eth0' },
    way,
  };
}

/** The packets, by their times: accepted, dropped by a rule, by a policy, rejected, forwarded, in IPv6, and one that is not known whole. */
export const cliPackets: readonly CliPacket[] = [
  ...Array.from({ length: 12 }, (_, n) =>
    atWeb(
      n * 20_000,
      hosts.client(11 + (n % 4)),
      tcp(40_000 + n, 443),
      'accepted',
      toWeb,
      inWeb('accept', 11n),
    ),
  ),
  ...Array.from({ length: 4 }, (_, n) =>
    atWeb(5_000 + n * 60_000, hosts.blocked, tcp(50_000 + n, 80), 'dropped', toWeb, inWeb('drop', 10n)),
  ),
  ...Array.from({ length: 3 }, (_, n) =>
    atWeb(70_000 + n * 1000, hosts.scanner, tcp(60_000, 3389 + n), 'dropped', input(web, 'drop')),
  ),
  ...Array.from({ length: 2 }, (_, n) =>
    atWeb(90_000 + n * 30_000, hosts.client(11), udp(35_000 + n, 53), 'rejected', input(web, 'drop', 8n)),
  ),
  atWeb(130_000, hosts.client(11), tcp(41_000, 22), 'accepted', input(web, 'accept', 7n)),
  atWeb(200_000, hosts.client(12), tcp(51_034, 8443), 'dropped', input(web, 'drop', 12n)),
  ...Array.from({ length: 5 }, (_, n) => atDb(15_000 + n * 40_000, hosts.web1, 45_000 + n, 'accepted', 3n)),
  ...Array.from({ length: 2 }, (_, n) =>
    atDb(100_000 + n * 500, hosts.client(13), 47_000 + n, 'dropped', 4n),
  ),
  ...Array.from({ length: 4 }, (_, n) =>
    atGateway(
      30_000 + n * 45_000,
      between(hosts.client(11 + n), hosts.customer, { ...tcp(42_000 + n, 443), len: 1500 }),
      'accepted',
      forward('accept'),
      leave,
    ),
  ),
  ...Array.from({ length: 3 }, (_, n) =>
    atGateway(
      150_000 + n * 10,
      between(hosts.scanner, hosts.db1, tcp(60_001 + n, 22 + n)),
      'dropped',
      goOutside,
      outside('drop', 5n),
    ),
  ),
  atGateway(
    160_000,
    between(hosts.v6(1), hosts.v6(2), { ...udp(5353, 5353), ether_type: 'ip6' }),
    'accepted',
    forward('accept'),
  ),
  atGateway(
    185_000,
    between(hosts.client(14), hosts.customer, { proto: 'icmp', icmp_type: 8, len: 84 }),
    'unknown',
    forward('accept'),
  ),
].sort((a, b) => a.at_ms - b.at_ms);

const agents = ['web1', 'db1', 'gw1'];

/**
 * @param at its place among cliPackets
 * @returns a number that is the packet's for ever; 4711000000000000042 is the one to port 8443
 */
function packetId({ agent, headers }: CliPacket, at: number): bigint {
  if (headers.dport === 8443) return 4_711_000_000_000_000_042n;
  return BigInt(agents.indexOf(agent) + 1) * 1_000_000_000_000_000_000n + BigInt(at + 1);
}

/** @param start_us the time of the data's start, µs since 1970 @returns the rows of an agent, a hop each */
export function cliRows(agent: string, start_us: number): Partial<RowValues>[] {
  return cliPackets.flatMap((packet, at) => {
    if (packet.agent !== agent) return [];
    const rows = packet.way.map((stop, hop): Partial<RowValues> => {
      const { table, chain, hook, verdict, handle, jt = '' } = stop;
      return {
        ...packet.headers,
        agent_id: agent,
        // Each hop is a few µs after the one before.
        ts: start_us + packet.at_ms * 1000 + 7 * hop,
        packet_id: packetId(packet, at),
        trid: 0x1000 + at,
        hop,
        fate: packet.fate,
        decisive: hop === packet.way.length - 1,
        sampling: 1,
        ...{
          family: table.family,
          table: table.table,
          table_version: table.version,
          chain,
          hook,
          verdict,
          jt,
        },
        ...(handle === undefined ? { type: 'policy' } : { type: 'rule', handle, ...ruleOf(table, handle) }),
      };
    });
    return rows;
  });
}
