import { type SentTick } from '../support/known-packets.js';
import { knownNumber, readDirectory } from '../support/stored-packets.js';

/** What ClickHouse holds in the end. */
export interface Findings {
  /** Of each packet sent, in how many rows it is. */
  readonly stored: Uint8Array;
  /** Rows that no packet sent accounts for. */
  readonly strangers: number;
  /** Rows that do not say what decided their packet, as each of ours must. */
  readonly undecided: number;
}

/** Reads the directory of a hub that has ended. */
export async function readFindings(directory: string, ticks: readonly SentTick[]): Promise<Findings> {
  const sent = ticks.at(-1)?.to ?? 0;
  const query = `SELECT ${knownNumber} AS number, count(), countIf(NOT decisive) FROM traces GROUP BY number`;
  const stored = new Uint8Array(sent);
  let [strangers, undecided] = [0, 0];
  for (const line of await readDirectory(directory, query)) {
    const [number = -1, count = 0, without = 0] = line.map(Number);
    undecided += without;
    if (number >= 0 && number < sent) stored[number] = Math.min(count, 255);
    else strangers += count;
  }
  return { stored, strangers, undecided };
}

/** What one group of packets has in common; all of it is in the rollup. */
const keys = 'agent_id, iif, oif, ip_src, ip_dst, proto, dport, fate, family, `table`, chain, handle, rule';

/** @returns of each group and minute whose sums in the rollup are not those of the rows: what they are; none = they agree */
export async function rollupDifferences(directory: string): Promise<string[]> {
  const query = `
SELECT minute, dport, fate, sum(rolled_packets), sum(row_packets), sum(rolled_bytes), sum(row_bytes) FROM (
  SELECT minute, ${keys}, packets AS rolled_packets, bytes AS rolled_bytes, 0 AS row_packets, 0 AS row_bytes
  FROM flows_1m FINAL
  UNION ALL
  SELECT toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, ${keys}, 0, 0, 1, len FROM traces WHERE decisive
)
GROUP BY minute, ${keys} HAVING sum(rolled_packets) != sum(row_packets) OR sum(rolled_bytes) != sum(row_bytes)
ORDER BY minute LIMIT 20`;
  return (await readDirectory(directory, query)).map(
    ([minute, dport, fate, packets, rowPackets, bytes, rowBytes]) =>
      `the rollup of ${minute} has ${packets} packets and ${bytes} bytes to port ${dport} ${fate}; the rows are ${rowPackets} with ${rowBytes}`,
  );
}
