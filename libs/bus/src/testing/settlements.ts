import { type EventEmitter, on } from 'node:events';
import { type Settlement } from '../index.js';

/** Waits for so many events `settled`. @returns what became of each message, and why */
export async function settlementsOf(settled: EventEmitter, count: number): Promise<[Settlement, string][]> {
  const seen: [Settlement, string][] = [];
  for await (const event of on(settled, 'settled') as AsyncIterable<[Settlement, string]>) {
    seen.push(event);
    if (seen.length === count) break;
  }
  return seen;
}
