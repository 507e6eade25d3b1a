import { type Account, type Range } from './account.js';
import { type Fault } from './schedule.js';

/** What a run came to. */
export interface Outcome {
  readonly seed: number;
  readonly seconds: number;
  readonly faults: readonly Fault[];
  readonly account: Account;
  /** Rows that no known packet explains. */
  readonly strangers: number;
  readonly undecided: number;
  /** What differs between the sums of the rollup and those of the rows. */
  readonly rollup: readonly string[];
  /** Programs that ended without being told to. */
  readonly casualties: readonly string[];
  /** Known packets that came to the traced host, by the kernel's own count. */
  readonly arrived: number;
}

const row = (name: string, value: number | string): string =>
  `  ${name.padEnd(28)}${(typeof value === 'number' ? value.toLocaleString('en') : value).padStart(12)}`;

/** @returns in sentences what is wrong with a run; none = it is green */
export function complaints(outcome: Outcome): string[] {
  const { account, strangers, undecided, rollup, casualties, arrived } = outcome;
  const list = [...casualties, ...rollup];
  if (account.unexplained > 0) list.push(`${account.unexplained} packets are missing without a cause`);
  if (account.twice > 0) list.push(`${account.twice} packets are stored more than once`);
  if (strangers > 0) list.push(`${strangers} rows are of no packet that was sent`);
  if (undecided > 0) list.push(`${undecided} rows do not tell what decided their packet`);
  if (account.once === 0) list.push('no packet was stored at all');
  if (arrived !== account.sent) list.push(`${account.sent} packets were sent and ${arrived} arrived`);
  return list;
}

/** @returns the table that a run prints */
export function tableOf(outcome: Outcome): string {
  const { account, faults, seed, seconds, rollup } = outcome;
  const counts = new Map<string, number>();
  for (const { kind } of faults) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [
    'packets',
    row('sent', account.sent),
    row('stored once', account.once),
    row('stored twice or more', account.twice),
    ...Object.entries(account.lost).map(([cause, count]) => row(`lost: ${cause}`, count)),
    row('unexplained', account.unexplained),
    ...(account.countedButStored > 0 ? [row('(counted as lost, stored)', account.countedButStored)] : []),
    row('rollup', rollup.length === 0 ? 'equal' : 'DIFFERS'),
    `faults (${faults.length})`,
    ...[...counts].sort().map(([kind, count]) => row(kind, count)),
    row('seed', String(seed)),
    row('seconds', Math.round(seconds)),
  ].join('\n');
}

/** @returns the first of some ranges, each with the faults around its first packet; times are since the first packet */
export function describeRanges(
  name: string,
  ranges: readonly Range[],
  faults: readonly Fault[],
  began_ms: number,
): string[] {
  return ranges.slice(0, 20).map(({ from, to, sent_ms }) => {
    const at_s = (sent_ms - began_ms) / 1000;
    const near = faults
      .filter((fault) => fault.at_s - 5 < at_s && at_s < fault.at_s + fault.lasts_s + 10)
      .map(({ kind, ...fault }) => `${kind} at ${fault.at_s} s for ${fault.lasts_s} s`);
    return `  ${name} ${from}-${to - 1} (${to - from}), sent at ${at_s.toFixed(2)} s; near: ${near.join(', ') || 'nothing'}`;
  });
}
