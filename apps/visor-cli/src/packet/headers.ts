import { type Names, numeric } from '../format/names.js';
import { details, endpoint, names, protocol } from '../format/packet.js';
import { type TextRow } from '../format/printable.js';

/** A line of the headers: what it is of, and its facts. */
export interface HeaderLine {
  readonly name: string;
  readonly facts: readonly string[];
}

const some = (value: string): boolean => value !== '' && value !== '0';
const fact = (name: string, value: string): string => (some(value) ? `${name} ${value}` : '');
const pair = (name: string, from: string, to: string): string =>
  from === '' && to === '' ? '' : `${name}${from || '-'} -> ${to || '-'}`;

/** @returns `10.9.0.1:6000 (clients) -> 10.9.0.2:80 (web)` */
export function whoToWhom(row: TextRow, known: Names = numeric): string {
  return [
    endpoint(row, 'src', known),
    names(row, 'src'),
    '->',
    endpoint(row, 'dst', known),
    names(row, 'dst'),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** @returns `wan -> lan`, `in wan`, `out lan`; '' where neither is known */
export function interfaces({ iif, oif }: TextRow): string {
  if (iif !== '' && oif !== '') return `${iif} -> ${oif}`;
  if (iif !== '') return `in ${iif}`;
  return oif === '' ? '' : `out ${oif}`;
}

/** @returns what is known of one end beside its address */
function end(row: TextRow, side: 'src' | 'dst'): string[] {
  return [
    fact('groups', row[`sg_${side}`]),
    fact('network', row[`net_${side}`]),
    row[`country_${side}`],
    some(row[`asn_${side}`]) ? `AS${row[`asn_${side}`]}` : '',
  ];
}

/** @returns `tcp SYN, 60 bytes` */
export function whatItIs(row: TextRow, known: Names = numeric): string {
  const kind = [protocol(row, known), details(row)].filter((part) => part !== '').join(' ');
  return some(row.len) ? `${kind}, ${row.len} bytes` : kind;
}

function sequence(row: TextRow): string[] {
  if (row.proto !== 'tcp' || some(row.frag_offset)) return [];
  return [`seq ${row.tcp_seq}`, row.tcp_flags.split(',').includes('ACK') ? `ack ${row.tcp_ack}` : ''];
}

/** @returns the headers as they were where the packet was first seen; what is not there is left out */
export function headerLines(row: TextRow): HeaderLine[] {
  const mark = some(row.mark) ? `mark 0x${Number(row.mark).toString(16)}` : '';
  const lines: HeaderLine[] = [
    {
      name: 'link',
      facts: [
        interfaces(row),
        pair('', row.hw_src, row.hw_dst),
        fact('type', row.ether_type),
        fact('vlan', row.vlan),
        mark,
      ],
    },
    {
      name: 'ip',
      facts: [fact('ttl', row.ttl), fact('dscp', row.dscp), fact('id', row.ip_ident)],
    },
    { name: 'tcp', facts: sequence(row) },
    {
      name: 'conntrack',
      facts: [row.ct_state, row.ct_dir, fact('id', row.ct_id), fact('status', row.ct_status)],
    },
    { name: 'from', facts: end(row, 'src') },
    { name: 'to', facts: end(row, 'dst') },
  ];
  return lines
    .map(({ name, facts }) => ({ name, facts: facts.filter((text) => text !== '') }))
    .filter(({ facts }) => facts.length > 0);
}
