import { icmpName } from './icmp.js';
import { type Names, numeric } from './names.js';
import { type TextRow } from './printable.js';

type Side = 'src' | 'dst';
const ports = { src: 'sport', dst: 'dport' } as const;

const isArp = (row: TextRow): boolean => row.ether_type === 'arp';

/** An absent address is the unspecified one (`::`) where the rest of the packet is IPv6. */
function address(row: TextRow, side: Side): string {
  const ip = row[`ip_${side}`];
  if (ip !== '') return ip;
  const other = side === 'src' ? row.ip_dst : row.ip_src;
  return other.includes(':') || row.ether_type === 'ip6' ? '::' : '';
}

const beside = (text: string, name: string): string => (name === '' ? text : `${text}(${name})`);

/**
 * @returns `51034`, `443(https)`. A client's port may happen to be a service's: it bears a name only where the other end's
 * does not, or where only a server gets such a port
 */
function port(row: TextRow, side: Side, known: Names): string {
  const text = row[ports[side]];
  if (side === 'src' && Number(text) >= 1024 && known.service(Number(row.dport), row.proto) !== '')
    return text;
  return beside(text, known.service(Number(text), row.proto));
}

/**
 * @returns `10.0.0.2:51034`, `[fd00::1]:443(https)`, of ARP `10.0.0.1 (aa:…)`; without an IP address the hardware
 * address. A name stands beside its address, `10.0.0.2(web1.example):51034`: who owns an address chooses its name
 */
export function endpoint(row: TextRow, side: Side, known: Names = numeric): string {
  const ip = address(row, side);
  const hardware = row[`hw_${side}`];
  if (ip === '') return hardware || '-';
  const name = known.host(ip);
  if (isArp(row)) return hardware ? `${beside(ip, name)} (${hardware})` : beside(ip, name);
  // A fragment or a packet without ports has 0 in both.
  if ((row.sport || '0') === '0' && (row.dport || '0') === '0') return beside(ip, name);
  return `${beside(ip.includes(':') ? `[${ip}]` : ip, name)}:${port(row, side, known)}`;
}

/** @returns the security groups of one end, or its network where it is in none */
export function groups(row: TextRow, side: Side): string {
  return row[`sg_${side}`] || row[`net_${side}`];
}

/** @returns the same in parentheses, to stand behind an endpoint */
export function names(row: TextRow, side: Side): string {
  const found = groups(row, side);
  return found === '' ? '' : `(${found})`;
}

/** @returns the protocol's name, `88(eigrp)`, `arp`, or the ether type; `?` where the packet's headers are not known */
export function protocol(row: TextRow, known: Names = numeric): string {
  const text = (isArp(row) ? '' : row.proto) || row.ether_type || '?';
  return beside(text, known.protocol(text));
}

/** @returns TCP flags, ICMP type and code, where a fragment starts; '' where there is nothing to tell */
export function details(row: TextRow): string {
  if (row.frag_offset !== '' && row.frag_offset !== '0') return `fragment@${row.frag_offset}`;
  if (row.proto === 'icmp') return icmpName(4, Number(row.icmp_type), Number(row.icmp_code));
  if (row.proto === 'icmpv6') return icmpName(6, Number(row.icmp_type), Number(row.icmp_code));
  return row.tcp_flags;
}

/** @returns the fate on the hop that decided it, else the hop's verdict, in capitals */
export function outcome(row: TextRow): string {
  return (row.decisive === 'true' ? row.fate : row.verdict).toUpperCase() || '?';
}

/** @returns the chain that a hop was in: `inet filter forward` */
export function place({ family, table, chain }: TextRow): string {
  return [family, table, chain].filter((part) => part !== '').join(' ');
}

/**
 * @returns what decided: `inet filter forward handle 12 "tcp dport 8443 drop" # no admin`, `policy drop: inet filter input`,
 * `end of chain: inet filter web`
 */
export function decision(row: TextRow): string {
  if (row.type === 'policy') return `policy ${row.verdict}: ${place(row)}`;
  if (row.handle === '' || row.handle === '0') return `end of chain: ${place(row)}`;
  return `${place(row)} ${statement(row)}`;
}

/** @returns a rule: `handle 12 "tcp dport 8443 drop" # no admin` */
export function statement(row: TextRow): string {
  // The comment ends the rule's text, in quotes of its own: it stands behind, where it reads better.
  const suffix = row.comment === '' ? '' : ` comment "${row.comment}"`;
  const statements =
    suffix !== '' && row.rule.endsWith(suffix) ? row.rule.slice(0, -suffix.length) : row.rule;
  const rule = statements === '' ? '' : ` "${statements}"`;
  const comment = row.comment === '' ? '' : ` # ${row.comment}`;
  // A map's rule text names every target; a plain jump ends with the one there is.
  const target = row.jt === '' || statements.endsWith(` ${row.jt}`) ? '' : ` to ${row.jt}`;
  return `handle ${row.handle}${rule}${target}${comment}`;
}
