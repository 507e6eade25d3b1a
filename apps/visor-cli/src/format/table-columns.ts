import { columns, type ColumnName } from '#columns';
import { type Choice, chooseColumns } from './column-choice.js';
import { type Clock } from './clock.js';
import { type Names } from './names.js';
import { decision, details, endpoint, groups, outcome, protocol } from './packet.js';
import { type TextRow } from './printable.js';

/** What a cell needs besides its row. */
export interface CellContext {
  readonly clock: Clock;
  readonly names: Names;
}

export interface TableColumn {
  /** As --columns has it. */
  readonly name: string;
  readonly title: string;
  readonly cell: (row: TextRow, context: CellContext) => string;
  /** @returns the same cell with less in it, where it does not fit */
  readonly shorter?: (cell: string) => string;
  /** It does not get narrower than this. */
  readonly min: number;
  /** Width to start with where rows come one by one. */
  readonly usual: number;
  readonly right?: true;
  /** In the colour of a fate or verdict. */
  readonly painted?: true;
  /** Its place among those that are left out where the terminal is narrow, lowest first; absent: it stays. */
  readonly spare?: number;
  /** Where it is left out for a rule that stands below, it stands there, too. */
  readonly moves?: true;
}

/** An address and a port are worth more than what they are called. */
const withoutNames = (endpoint: string): string => endpoint.replace(/(?<! )\([^()]*\)/g, '');

const own = [
  { name: 'ts', title: 'TIME', cell: (row, { clock }) => clock.show(row.ts), min: 32, usual: 15 },
  { name: 'agent_id', title: 'AGENT', cell: (row) => row.agent_id, min: 5, usual: 8, spare: 4, moves: true },
  {
    name: 'packet_id',
    title: 'PACKET',
    cell: (row) => row.packet_id,
    min: 6,
    usual: 19,
    spare: 6,
    moves: true,
  },
  { name: 'hop', title: 'HOP', cell: (row) => row.hop, min: 3, usual: 3, right: true },
  { name: 'iif', title: 'IN', cell: (row) => row.iif, min: 2, usual: 6, spare: 3 },
  { name: 'oif', title: 'OUT', cell: (row) => row.oif, min: 3, usual: 6, spare: 2 },
  {
    name: 'source',
    title: 'SOURCE',
    cell: (row, { names }) => endpoint(row, 'src', names),
    shorter: withoutNames,
    min: 15,
    usual: 21,
  },
  { name: 'source_groups', title: 'FROM', cell: (row) => groups(row, 'src'), min: 6, usual: 4 },
  {
    name: 'destination',
    title: 'DESTINATION',
    cell: (row, { names }) => endpoint(row, 'dst', names),
    shorter: withoutNames,
    min: 15,
    usual: 21,
  },
  { name: 'destination_groups', title: 'TO', cell: (row) => groups(row, 'dst'), min: 6, usual: 2 },
  {
    name: 'proto',
    title: 'PROTO',
    cell: (row, { names }) => protocol(row, names),
    min: 5,
    usual: 5,
    spare: 7,
    moves: true,
  },
  { name: 'info', title: 'INFO', cell: details, min: 4, usual: 7, spare: 5, moves: true },
  { name: 'hook', title: 'HOOK', cell: (row) => row.hook, min: 4, usual: 10, spare: 8, moves: true },
  { name: 'len', title: 'LEN', cell: (row) => row.len, min: 3, usual: 5, right: true, spare: 1 },
  { name: 'fate', title: 'FATE', cell: (row) => row.fate.toUpperCase(), min: 8, usual: 8, painted: true },
  { name: 'verdict', title: 'VERDICT', cell: outcome, min: 8, usual: 8, painted: true },
  { name: 'rule', title: 'RULE', cell: decision, min: 12, usual: 4 },
] as const satisfies readonly TableColumn[];

type OwnName = (typeof own)[number]['name'];

const numbers = new Set(['u8', 'u16', 'u32', 'u64']);

/** The others of libs/columns are shown as they are. */
const others = columns
  .filter(({ name }) => !own.some((column) => column.name === name))
  .map(({ name, kind }): TableColumn => ({
    name,
    title: name.toUpperCase(),
    cell: (row) => row[name],
    min: name.length,
    usual: name.length,
    ...(numbers.has(kind) && { right: true }),
  }));

const byName = new Map<string, TableColumn>([...own, ...others].map((column) => [column.name, column]));

type Usual = readonly (OwnName | ColumnName)[];
const packets: Usual = [
  ...([
    'ts',
    'agent_id',
    'iif',
    'oif',
    'source',
    'destination',
    'proto',
    'info',
    'len',
    'fate',
    'rule',
  ] as const),
];
const hops: Usual = [
  ...([
    'ts',
    'packet_id',
    'hop',
    'source',
    'destination',
    'proto',
    'info',
    'hook',
    'verdict',
    'rule',
  ] as const),
];
const widePackets: Usual = [
  ...([
    'ts',
    'agent_id',
    'netns',
    'packet_id',
    'iif',
    'oif',
    'source',
    'source_groups',
    'destination',
  ] as const),
  ...([
    'destination_groups',
    'proto',
    'info',
    'len',
    'ttl',
    'mark',
    'ct_state',
    'hook',
    'fate',
    'rule',
  ] as const),
];
const wideHops: Usual = [
  ...(['ts', 'agent_id', 'netns', 'packet_id', 'hop', 'iif', 'oif', 'source', 'source_groups'] as const),
  ...([
    'destination',
    'destination_groups',
    'proto',
    'info',
    'len',
    'ttl',
    'mark',
    'ct_state',
    'hook',
  ] as const),
  ...(['fate', 'verdict', 'rule'] as const),
];

/** Titles that are no names. */
const aliases = {
  time: 'ts',
  agent: 'agent_id',
  packet: 'packet_id',
  in: 'iif',
  out: 'oif',
  from: 'source_groups',
  to: 'destination_groups',
  protocol: 'proto',
} satisfies Record<string, OwnName>;

export interface WhichColumns {
  readonly hops: boolean;
  readonly wide: boolean;
  /** What --columns has. */
  readonly chosen?: string | undefined;
}

/** @throws CliError `usage` */
export function tableColumns({ hops: ofHops, wide, chosen }: WhichColumns): readonly TableColumn[] {
  const usual = wide ? (ofHops ? wideHops : widePackets) : ofHops ? hops : packets;
  const choice: Choice = { known: [...byName.keys()], usual, aliases, last: 'rule' };
  return chooseColumns(chosen, choice)
    .map((name) => byName.get(name))
    .filter((column) => column !== undefined);
}
