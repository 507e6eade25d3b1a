import { formatTimestamp } from '#columns';
import { lastLine } from './lines.js';

/** Rows of an answer whose time is to come: the clock of their agents is ahead, or the hub's is behind. */
export interface Ahead {
  readonly rows: number;
  /** Whose they are, in the order of their names. */
  readonly agents: readonly string[];
}

/** Clocks that are kept by NTP differ by less. */
const tolerance_us = 1e6;

/**
 * @param lines NDJSON in the order of time; only those that are ahead are parsed, and one more
 * @param now_us of the hub's clock
 * @returns undefined where no row is later than now
 */
export function aheadOf(lines: Uint8Array, now_us: number): Ahead | undefined {
  const latest = formatTimestamp(now_us + tolerance_us);
  const agents = new Set<string>();
  let rows = 0;
  for (let left = lines; left.length > 0;) {
    const { line, before } = lastLine(left);
    const { ts, agent_id } = JSON.parse(line) as { ts: string; agent_id: string };
    if (ts <= latest) break;
    rows++;
    agents.add(agent_id);
    left = before;
  }
  return rows > 0 ? { rows, agents: [...agents].sort() } : undefined;
}
