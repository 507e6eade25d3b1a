import { join } from 'node:path';
import { run } from './command.js';
import { projectRoot } from './root.js';

/** Reads a ClickHouse directory that no hub has open. @returns the answer's lines, each split at its tabs */
export async function readDirectory(directory: string, query: string): Promise<string[][]> {
  const script = join(projectRoot, 'e2e/support/readers/stored-packets.mjs');
  const job = JSON.stringify({ directory, query });
  const text = await run([process.execPath, script, job], { timeoutMs: 300_000 });
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));
}

/** The number that a row tells of a known packet (see senders/known-packets.mjs), in SQL. */
export const knownNumber = '(toUInt64(sport) - 20000) * 65000 + ip_ident - 1';
