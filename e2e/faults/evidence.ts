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
