/**
 * What a column's values are. Everything that depends on the type of a column (Arrow, DDL, JSON, filters, flags)
 * is a table by kind with `satisfies Record<Kind, …>`: a new kind breaks the build where work is due.
 */
export type Kind =
  /** Microseconds since 1970-01-01 UTC; a safe integer in JavaScript. */
  | 'timestamp'
  | 'u8'
  | 'u16'
  | 'u32'
  /** A bigint in JavaScript, a decimal string in JSON. */
  | 'u64'
  | 'bool'
  /** A string out of few different ones; '' = absent. */
  | 'name'
  /** A string out of the column's `values`; '' = absent. */
  | 'enum'
  /** 16 bytes, IPv4 as ::ffff:a.b.c.d; all zero = absent. */
  | 'ip'
  /** A 48-bit number as bigint; 0 = absent. */
  | 'mac'
  /** A bit mask whose bits the column's `bits` name; 0 = absent. */
  | 'flags';

/** The JavaScript value of one cell. */
export interface KindValue {
  timestamp: number;
  u8: number;
  u16: number;
  u32: number;
  u64: bigint;
  bool: boolean;
  name: string;
  enum: string;
  ip: Uint8Array;
  mac: bigint;
  flags: number;
}

export type ColumnValue = KindValue[Kind];

const noIp = new Uint8Array(16);

/** The absent value of each kind: what a row has in a column that its batch lacks. */
export const emptyValues = {
  timestamp: 0,
  u8: 0,
  u16: 0,
  u32: 0,
  u64: 0n,
  bool: false,
  name: '',
  enum: '',
  ip: noIp,
  mac: 0n,
  flags: 0,
} satisfies KindValue;

/** The groups in which help, forms and documentation list the columns, in their order. */
export const groups = {
  when: 'When and where',
  packet: 'Packet',
  ruleset: 'Ruleset',
  link: 'Link',
  network: 'Network',
  transport: 'Transport',
  conntrack: 'Connection tracking',
  enrichment: 'Enrichment',
  delivery: 'Delivery',
} as const;

export type Group = keyof typeof groups;

/** Numbers of a protocol's field, which cells show by name; those without one as the number. */
export interface NumberNames {
  readonly names: Readonly<Record<number, string>>;
  /** What else people call them. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly max: number;
  /** How a number without a name is shown. */
  readonly show: (number: number) => string;
}

export interface ColumnDefinition {
  /** Its name in SQL, JSON and Arrow; flags and the query language take `-` for `_` too. */
  readonly name: string;
  readonly kind: Kind;
  readonly group: Group;
  /** One line for help, OpenAPI and the reference page. */
  readonly doc: string;
  /** All legal values of an `enum`. */
  readonly values?: readonly string[];
  /** A `name` column whose cells may hold several names joined by `,`: filters ask for one of them. */
  readonly list?: true;
  /** A `name` column whose names stand for numbers: no other text is a value of it. */
  readonly numbers?: NumberNames;
  /** The names of a `flags` column's bits, from the lowest. */
  readonly bits?: readonly string[];
  /** Left out: the agent sends it. `hub`: no agent's batch has it, the hub adds it before it stores the rows. */
  readonly addedBy?: 'hub';
  /** Whether the rollup by minute (table `flows_1m`) keeps it: packets that differ in it are counted apart. */
  readonly rollup?: true;
}
