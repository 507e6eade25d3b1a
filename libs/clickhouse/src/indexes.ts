/** What tells of 8192 neighbouring rows of `traces` (a granule) that a value is not among them. */
export interface SkipIndex {
  readonly name: string;
  /** What it holds: a statement uses it where it compares just this. */
  readonly expression: string;
}

/**
 * The addresses at either end of packets that were not accepted. Drops are few: where an address is in nearly every
 * granule, its drops are not. A statement that asks for them compares this too (refused.ts).
 */
export const refusedAddresses = "if(fate = 'accepted', [], [ip_src, ip_dst])";

const known: readonly SkipIndex[] = [
  { name: 'packet_id_index', expression: 'packet_id' },
  { name: 'batch_id_index', expression: 'batch_id' },
];

/** Those that a table of schema version 4 lacks. */
export const addedIndexes: readonly SkipIndex[] = [
  { name: 'ip_src_index', expression: 'ip_src' },
  { name: 'ip_dst_index', expression: 'ip_dst' },
  { name: 'sport_index', expression: 'sport' },
  { name: 'dport_index', expression: 'dport' },
  { name: 'refused_index', expression: refusedAddresses },
];

/** Of `traces`. Their cost and what they save: ADR 33. */
export const skipIndexes: readonly SkipIndex[] = [...known, ...addedIndexes];

/** @returns the index in a CREATE TABLE or ADD INDEX */
export const indexSql = ({ name, expression }: SkipIndex): string =>
  `${name} ${expression} TYPE bloom_filter(0.01) GRANULARITY 1`;

/**
 * @param table as it is named where rows are changed
 * @returns statements that give a table of an earlier Visor its indexes. The parts that are there get theirs in the
 * background, which goes on over a restart.
 */
export function addIndexes(table: string): string[] {
  const added = addedIndexes.map((index) => `ADD INDEX IF NOT EXISTS ${indexSql(index)}`);
  const made = addedIndexes.map(({ name }) => `MATERIALIZE INDEX ${name}`);
  return [
    `ALTER TABLE ${table} ${added.join(', ')}`,
    `ALTER TABLE ${table} ${made.join(', ')} SETTINGS mutations_sync = 0`,
  ];
}
