import { columns, findColumn, flagName, type ColumnDefinition, type ColumnName } from '#columns';
import { distance } from 'fastest-levenshtein';

export type NamedColumn = ColumnDefinition & { readonly name: ColumnName };

/** Names that mean the source's column or the destination's. They are parameters, flags and words of the language. */
export const sides = {
  ip: { columns: ['ip_src', 'ip_dst'], doc: 'Source or destination address' },
  port: { columns: ['sport', 'dport'], doc: 'Source or destination port' },
  hw: { columns: ['hw_src', 'hw_dst'], doc: 'Source or destination hardware address' },
  sg: { columns: ['sg_src', 'sg_dst'], doc: 'Security groups of the source or the destination' },
  net: { columns: ['net_src', 'net_dst'], doc: 'Network of the source or the destination' },
  country: {
    columns: ['country_src', 'country_dst'],
    doc: 'Country of the source or the destination by GeoIP',
  },
  asn: {
    columns: ['asn_src', 'asn_dst'],
    doc: 'Autonomous system of the source or the destination by GeoIP',
  },
} as const satisfies Readonly<Record<string, { columns: readonly [ColumnName, ColumnName]; doc: string }>>;

export type SideName = keyof typeof sides;
export const sideNames = Object.keys(sides) as readonly SideName[];

/** A name by which a filter asks: of a column, or of either side's columns. */
export interface FilterName {
  /** As libs/columns has it, or the side's: `ip_src`, `ip`. */
  readonly name: ColumnName | SideName;
  readonly columns: readonly [NamedColumn, ...NamedColumn[]];
}

const byName = new Map<string, FilterName>(
  columns.map((column) => [column.name, { name: column.name, columns: [column] }]),
);
for (const name of sideNames) {
  const [source, destination] = sides[name].columns.map((side) => findColumn(side));
  if (source && destination) byName.set(name, { name, columns: [source, destination] });
}

/** @returns what filters call `name`; `-` and `_` mean the same, case does not matter */
export function findFilterName(name: string): FilterName | undefined {
  return byName.get(name.toLowerCase().replaceAll('-', '_'));
}

/** @returns whether a parameter of that name filters: `ip-src`, `ip_src`, `ip` */
export function isFilterParameter(name: string): boolean {
  return findFilterName(name) !== undefined;
}

/** What nft and other tools call them. */
const otherNames: Readonly<Record<string, string>> = {
  saddr: 'ip-src',
  daddr: 'ip-dst',
  iifname: 'iif',
  oifname: 'oif',
  protocol: 'proto',
  length: 'len',
  time: 'ts',
  timestamp: 'ts',
  flags: 'tcp-flags',
  src: 'ip-src',
  dst: 'ip-dst',
  src_port: 'sport',
  dst_port: 'dport',
  host: 'agent-id',
};

/** @returns whether `name` with two neighbours exchanged is `known`; Levenshtein's distance has that as two steps */
function exchanged(name: string, known: string): boolean {
  if (name.length !== known.length) return false;
  const at = [...name].findIndex((char, i) => char !== known[i]);
  return (
    known ===
    `${name.slice(0, at)}${name.slice(at + 1, at + 2)}${name.slice(at, at + 1)}${name.slice(at + 2)}`
  );
}

const sorted = (name: string): string => name.split('_').sort().join('_');

/** @returns the known name nearest to an unknown one, as people write it (`ip-src`); undefined where none is near */
export function suggestColumn(name: string): string | undefined {
  if (name.length > 40) return undefined;
  const wanted = name.toLowerCase().replaceAll('-', '_');
  if (Object.hasOwn(otherNames, wanted)) return otherNames[wanted];
  let best: { name: string; steps: number } | undefined;
  for (const known of byName.keys()) {
    const steps =
      sorted(wanted) === sorted(known) ? 0 : exchanged(wanted, known) ? 1 : distance(wanted, known);
    if (!best || steps < best.steps) best = { name: known, steps };
  }
  return best && best.steps <= Math.max(1, Math.round(wanted.length / 3)) ? flagName(best.name) : undefined;
}
