import { type Program } from './program.js';

/** What the agent's last line tells: every event of its run. */
export interface Account {
  readonly events: number;
  readonly packets: number;
  readonly rows: number;
  readonly published: number;
  /** Of the published, those that the hub says are in ClickHouse. */
  readonly stored: number;
  /** Left in the spool's directory, and not with the stream. */
  readonly spooled: number;
  /** Of earlier runs, published from the spool. */
  readonly replayed: number;
  readonly merged: number;
  readonly discards: Readonly<Record<string, number>>;
  readonly lost: Readonly<Record<string, number>>;
}

const form = /stopped: (?<whole>[^;]*); discards: (?<discards>[^;]*); lost: (?<lost>.*)$/m;

function numbers(list: string): Record<string, number> {
  const entries = list.split(', ').map((part) => /^(\S+) (\d+)$/.exec(part)?.slice(1) ?? []);
  return Object.fromEntries(entries.map(([name = '', count]) => [name, Number(count)]));
}

/** Stops an agent gracefully. @returns its account; @throws where its log does not end with one */
export async function stopAgent(agent: Program): Promise<Account> {
  await agent.kill('SIGTERM');
  const { whole, discards, lost } = form.exec(agent.stderr)?.groups ?? {};
  if (whole === undefined || discards === undefined || lost === undefined) {
    throw new Error(`the log of ${agent.name} has no account: ${agent.stderr.slice(-2000)}`);
  }
  const { events = NaN, packets = NaN, rows = NaN, published = NaN, merged = NaN } = numbers(whole);
  const { stored = NaN, spooled = NaN, replayed = NaN } = numbers(whole);
  const counts = { events, packets, rows, published, stored, spooled, replayed, merged };
  return { ...counts, discards: numbers(discards), lost: numbers(lost) };
}

/** @returns the sum of counts by cause */
export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** @returns how many events of a run are in no row published or spooled and in no count; there must be none */
export const unaccounted = ({ events, published, spooled, merged, discards }: Account): number =>
  events - published - spooled - merged - sumOf(discards);
