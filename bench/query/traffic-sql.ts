import { columns, type ColumnName } from '#columns';

/** A stretch of generated time, and the packets in it: numbered from `first` on, evenly over the stretch. */
export interface Stretch {
  readonly from_us: number;
  readonly length_us: number;
  /** Number of the first packet; each number makes the same packet, but for its time. */
  readonly first: number;
  readonly packets: number;
}

export const AGENTS = 200;
/** Packets of a connection follow one another, so many at a time, among those of so many others. */
const TRAIN = 6;
const BESIDE = 16;
/** Connections that an agent sees within an hour at most. */
const FLOWS = 3000;
const CLIENTS = 20_000;
/** One of so many clients is never dropped. */
export const TRUSTED_EVERY = 10;
/** Packets of 100,000 that a scanner sends, to any port; and those of addresses that hardly send anything. */
const SCANS = 30;
const STRANGERS = 10;
/** Rows of an average packet, for whoever wants a number of rows. */
export const ROWS_PER_PACKET = 3.748;

/** The ways that packets take through the ruleset, each a list of the events below, counted from 1. */
const ways = [
  [1, 2, 3],
  [1, 2, 4, 5],
  [1, 2, 4, 6, 7],
  [1, 2, 4, 6, 8, 9],
  [1, 2, 4, 10],
];
const fatesOfWays = ['accepted', 'accepted', 'dropped', 'accepted', 'rejected'];

interface Event {
  readonly type: string;
  readonly table: string;
  /** '' = the hook's own, '#' = the service's */
  readonly chain: string;
  readonly hook: string;
  readonly handle: number;
  readonly rule: string;
  readonly verdict: string;
}

const event = (
  [table, chain, hook]: readonly [string, string, string],
  verdict: string,
  rule = '',
  handle = 0,
  type = rule ? 'rule' : 'policy',
): Event => ({ type, table, chain, hook, handle, rule, verdict });

const events: readonly Event[] = [
  event(['trace', 'tag', 'prerouting'], 'continue', 'meta l4proto { icmp, tcp, udp } meta nftrace set 1', 3),
  event(['trace', 'tag', 'prerouting'], 'accept'),
  event(['filter', '', ''], 'accept', 'ct state established,related accept', 9),
  event(['filter', '', ''], 'jump', 'jump #', 12),
  event(['filter', '#', ''], 'accept', '@', 40),
  event(['filter', '#', ''], 'continue', '', 0, 'return'),
  event(['filter', '', ''], 'drop'),
  event(['filter', '', ''], 'accept', 'oifname "wan" accept', 30),
  event(['nat', 'postrouting', 'postrouting'], 'accept', 'oifname "wan" masquerade', 5),
  event(['filter', '#', ''], 'drop', 'reject with icmp admin-prohibited', 31),
];

const texts = (values: readonly string[]): string => `[${values.map((text) => `'${text}'`).join(', ')}]`;
const numbers = (values: readonly number[]): string => `[${values.join(', ')}]`;
const ofEvent = (pick: (event: Event) => string): string => `${texts(events.map(pick))}[e]`;

/** @returns SQL for a number of 0 to below 1 out of 32 bits of a hash */
const share = (hash: string): string => `((${hash}) % 4294967296 / 4294967296)`;
/** @returns SQL for 1 to `count`, 1 the most frequent: each rank 1/rank as often as the first */
const zipf = (hash: string, count: number): string => `toUInt32(floor(exp(${share(hash)} * log(${count}))))`;
const bits = (from: number): string => `bitShiftRight(flow, ${from})`;

/** A packet: who saw it, of which connection it is. */
const packetSql = ({ from_us, length_us, first, packets }: Stretch): string => `
  SELECT number AS n, cityHash64(n, 1) AS luck, intDiv(n, ${TRAIN * BESIDE}) * ${BESIDE} + n % ${BESIDE} AS train,
    ${from_us} + intDiv((n - ${first}) * ${length_us}, ${packets}) AS us,
    toUInt32(floor(${AGENTS} * pow(${share('cityHash64(train, 2)')}, 1.5))) AS agent,
    ${zipf('cityHash64(train, 3)', FLOWS)} AS rank,
    cityHash64(agent, rank, if(rank <= 50, 0, intDiv(us, 3600000000))) AS flow,
    luck % 100000 < ${SCANS} AS scan, luck % 100000 BETWEEN ${SCANS} AND ${SCANS + STRANGERS - 1} AS stranger
  FROM numbers(${first}, ${packets})`;

/** What the packets of a connection have in common. Long-lived ones (the first ranks) go on for all days. */
const flowSql = (stretch: Stretch): string => `
  SELECT *, ${zipf(bits(3), CLIENTS)} AS client, toUInt32(floor(40 * pow(${share(bits(7))}, 3))) AS service,
    ${bits(11)} % 100 < 15 AND NOT scan AND NOT stranger AS v6, ${bits(17)} % 1000 AS chance,
    multiIf(scan, 3, client % ${TRUSTED_EVERY} = 0 OR chance >= 110, if(chance < 620, 1, if(chance < 900, 2, 4)), chance < 100, 3, 5) AS kind,
    kind = 1 AND ${bits(23)} % 2 = 0 AS reply, ${bits(29)} % 2 = 0 AS forwarded, if(forwarded, 'forward', 'input') AS here,
    [443, 80, 22, 53, 5432, 6379, 9092, 8080][service % 8 + 1] + intDiv(service, 8) AS port,
    if(service % 8 = 3, 'udp', 'tcp') AS l4,
    multiIf(scan, toUInt32(3325256704) + luck % 300, stranger, toUInt32(3323068416) + ${bits(5)} % 2000, toUInt32(3409969152) + client) AS far,
    toUInt32(167772160) + agent * 65536 + ${bits(31)} % 20 AS near,
    32768 + ${bits(37)} % 28000 AS high, if(scan, luck % 65535 + 1, port) AS low
  FROM (${packetSql(stretch)})`;

const address = (number: string): string =>
  `if(v6, CAST(toFixedString(concat(unhex('20010db80000000000000000'), reverse(reinterpretAsFixedString(toUInt32(${number})))), 16), 'IPv6'), IPv4ToIPv6(toIPv4(${number})))`;
const groupOf = (number: string): string =>
  `concat('sg-', toString(${number} % 60), if(${number} % 7 = 0, concat(',sg-', toString(60 + ${number} % 9)), ''))`;
const mac = (number: string): string => `2199023255552 + ${number}`;

/** The columns that are not absent. */
const values: Partial<Record<ColumnName, string>> = {
  ts: "fromUnixTimestamp64Micro(us + hop * 3, 'UTC')",
  agent_id: "concat('agent-', leftPad(toString(agent), 3, '0'))",
  netns: `['', '', '', 'blue'][${bits(41)} % 4 + 1]`,
  packet_id: 'bitOr(bitShiftLeft(cityHash64(agent, bitShiftRight(n, 24)), 24), n % 16777216)',
  hop: 'hop - 1',
  trid: 'toUInt32(cityHash64(agent, luck % 512))',
  fate: `${texts(fatesOfWays)}[kind]`,
  decisive: 'hop = length(way)',
  sampling: '1',
  type: ofEvent(({ type }) => type),
  family: "'inet'",
  table: ofEvent(({ table }) => table),
  chain: `multiIf(${ofEvent(({ chain }) => chain)} = '', here, ${ofEvent(({ chain }) => chain)} = '#', concat('services_', toString(service % 8)), ${ofEvent(({ chain }) => chain)})`,
  hook: `if(${ofEvent(({ hook }) => hook)} = '', here, ${ofEvent(({ hook }) => hook)})`,
  handle: `${numbers(events.map(({ handle }) => handle))}[e] + if(e = 5, service, 0)`,
  rule: `multiIf(e = 5, concat(l4, ' dport ', toString(port), ' ip saddr @clients_', toString(service), ' accept'), e = 4, concat('jump services_', toString(service % 8)), ${ofEvent(({ rule }) => rule)})`,
  comment: "if(e = 3, 'known', '')",
  verdict: ofEvent(({ verdict }) => verdict),
  jt: "if(e = 4, concat('services_', toString(service % 8)), '')",
  table_version: `lower(hex(cityHash64(${ofEvent(({ table }) => table)}, agent % 20)))`,
  iif: `if(reply, concat('veth', toString(agent % 4)), 'wan')`,
  oif: "if(forwarded, if(reply, 'wan', concat('br', toString(agent % 4))), '')",
  hw_src: mac('agent'),
  hw_dst: mac('65536 + agent'),
  ether_type: "if(v6, 'ip6', 'ip')",
  ip_src: address('if(reply, near, far)'),
  ip_dst: address('if(reply, far, near)'),
  proto: 'l4',
  len: '[52, 1500, 1500, 60, 52 + luck % 1448][bitShiftRight(luck, 20) % 5 + 1]',
  ttl: `64 - ${bits(43)} % 14`,
  ip_ident: 'if(v6, 0, (flow + n) % 65536)',
  sport: 'if(reply, low, high)',
  dport: 'if(reply, high, low)',
  tcp_flags: "if(l4 = 'tcp', if(scan, 2, if(luck % 5 = 0, 24, 16)), 0)",
  tcp_seq: "if(l4 = 'tcp', toUInt32(flow + n * 724), 0)",
  tcp_ack: "if(l4 = 'tcp', toUInt32(flow + intDiv(n, 4) * 1448), 0)",
  tcp_window: "if(l4 = 'tcp', if(scan, 64240, 501 + bitShiftRight(n, 3) % 64), 0)",
  ct_id: 'toUInt32(flow)',
  ct_dir: "if(reply, 'reply', 'original')",
  ct_state: 'if(kind = 1, 2, 8)',
  sg_src: `if(reply, concat('sg-host-', toString(agent % 40)), ${groupOf('client')})`,
  sg_dst: `if(reply, ${groupOf('client')}, concat('sg-host-', toString(agent % 40)))`,
  net_src: "if(reply, concat('net-', toString(agent)), concat('far-', toString(client % 150)))",
  net_dst: "if(reply, concat('far-', toString(client % 150)), concat('net-', toString(agent)))",
  country_src: "if(reply, '', ['DE', 'FR', 'US', 'NL', 'CN', 'BR', 'PL', 'SE'][client % 8 + 1])",
  asn_src: 'if(reply, 0, 64500 + client % 200)',
  batch_id: 'bitOr(bitShiftLeft(cityHash64(agent, 7), 32), intDiv(us, 10000000) % 4294967296)',
};

/**
 * @returns an INSERT that makes the rows of traffic within the engine: agents of different size, connections, clients and
 * services by Zipf, 3 to 6 rows a packet, a tenth of the packets dropped
 */
export function trafficSql(stretch: Stretch): string {
  const made = columns.filter(({ name }) => values[name] !== undefined);
  const list = made.map(({ name }) => `\`${name}\``).join(', ');
  const expressions = made.map(({ name }) => values[name]).join(',\n  ');
  return `INSERT INTO traces (${list})
SELECT
  ${expressions}
FROM (${flowSql(stretch)})
ARRAY JOIN [${ways.map(numbers).join(', ')}][kind] AS e, arrayEnumerate([${ways.map(numbers).join(', ')}][kind]) AS hop
SETTINGS async_insert = 0, insert_deduplicate = 0, max_insert_threads = 2, max_threads = 2`.replaceAll(
    'length(way)',
    `length([${ways.map(numbers).join(', ')}][kind])`,
  );
}
