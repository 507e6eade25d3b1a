import { parseInstant } from '#filter';
import { Chains } from '../format/chains.js';
import { type TextRow } from '../format/printable.js';

/** A hop on a packet's way, and where it stands in it. */
export interface Step {
  readonly row: TextRow;
  /** How many jumps deep its chain is. */
  readonly depth: number;
  /** µs since the hop before; undefined of the first one */
  readonly after_us: number | undefined;
  /** How many hops are missing before it. */
  readonly missing: number;
  /** Whether it is the first of its hook, of its base chain, of a chain that was jumped to. */
  readonly entersHook: boolean;
  readonly entersChain: boolean;
}

const timeOf = ({ ts }: TextRow): number | undefined => {
  try {
    return parseInstant(ts);
  } catch {
    return undefined;
  }
};

/** @returns µs from the first to the last hop */
export function elapsed(rows: readonly TextRow[]): number {
  const times = rows.map(timeOf).filter((time) => time !== undefined);
  return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
}

/** Hooks of IP, of bridges, of devices and of ARP have the same names, and are others. */
const layerOf = ({ family }: TextRow): string => (/^(ip6?|inet)$/.test(family) ? 'ip' : family);

/** @param rows of one packet, in the order of hops */
export function stepsOf(rows: readonly TextRow[]): Step[] {
  const chains = new Chains();
  let before: TextRow | undefined;
  return rows.map((row) => {
    const { depth, anew } = chains.enter(row);
    const [now, then] = [timeOf(row), before && timeOf(before)];
    const step: Step = {
      row,
      depth,
      after_us: now === undefined || then === undefined ? undefined : Math.max(now - then, 0),
      missing: Math.max(Number(row.hop) - (before ? Number(before.hop) + 1 : 0), 0),
      entersHook: before?.hook !== row.hook || layerOf(before) !== layerOf(row),
      entersChain: anew,
    };
    before = row;
    return step;
  });
}
