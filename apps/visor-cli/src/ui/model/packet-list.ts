import { type JsonRow } from '#columns';
import { parseRow, type TextRow } from '../../format/printable.js';
import { type Entry } from './entry.js';

/** What makes two packets one flow: all that the list shows of it but times and the client's port. */
const same = [
  'agent_id',
  'netns',
  'ether_type',
  'ip_src',
  'ip_dst',
  'proto',
  'dport',
  'icmp_type',
  'icmp_code',
  'fate',
  'family',
  'table',
  'chain',
  'handle',
  'type',
] as const satisfies readonly (keyof JsonRow)[];

class PacketEntry implements Entry {
  #row: TextRow | undefined;

  constructor(
    readonly key: string,
    readonly count: number,
    readonly json: string,
  ) {}

  /** Of 2,000 packets a second a screen shows 60: the others are never made. */
  get row(): TextRow {
    return (this.#row ??= parseRow(this.json));
  }
}

/** @returns what names the row's line */
export function flowKey(row: Partial<JsonRow>): string {
  let key = '';
  for (const name of same) key += `${String(row[name] ?? '')}\u0000`;
  // Without an address it is no flow.
  return row.ip_src === undefined || row.ip_src === '' ? `${key}${row.hw_src}\u0000${row.hw_dst}` : key;
}

/** The newest lines, packets of a flow as one. A flow that comes again is the newest, unless a person looks at it. */
export class PacketList {
  /** In the order of the last packet of each. */
  readonly #entries = new Map<string, Entry>();
  forgotten = 0;

  /** @param max lines that are kept */
  constructor(private readonly max: number) {}

  /** @param pinned the line that keeps its place */
  add(json: string, row: Partial<JsonRow>, pinned: string | undefined): void {
    const key = flowKey(row);
    const before = this.#entries.get(key);
    if (before && key !== pinned) this.#entries.delete(key);
    this.#entries.set(key, new PacketEntry(key, (before?.count ?? 0) + 1, json));
    if (this.#entries.size > this.max) this.#forget(pinned);
  }

  #forget(pinned: string | undefined): void {
    for (const key of this.#entries.keys()) {
      if (key === pinned) continue;
      this.#entries.delete(key);
      this.forgotten++;
      return;
    }
  }

  /** @returns the lines, the newest last */
  lines(): Entry[] {
    return [...this.#entries.values()];
  }
}
