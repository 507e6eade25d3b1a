import { StringTable } from '#columns';
import { EventEmitter, once } from 'node:events';
import { type PackedPrefixes } from '../pack.js';
import { PrefixTable } from '../prefix-table.js';
import { type SgroupsSink } from '../source.js';
import { addressBytes } from './addresses.js';

/** A sink that tests read, and can wait on. */
export interface RecordingSink extends SgroupsSink {
  readonly lines: string[];
  /** How often data came */
  readonly count: number;
  /** @returns `networks | groups` of an address by the data that came last; '' before any came */
  names(address: string): string;
  /** Waits until `done` holds; it is asked again at each line and each data. */
  until(done: () => boolean): Promise<void>;
}

export function recordingSink(): RecordingSink {
  const events = new EventEmitter();
  const lines: string[] = [];
  const strings = new StringTable();
  let table: PrefixTable | undefined;
  let count = 0;
  const write = (message: string): void => {
    lines.push(message);
    events.emit('news');
  };
  return {
    lines,
    log: { log: write, warn: write },
    get count() {
      return count;
    },
    onData: (packed: PackedPrefixes) => {
      table = new PrefixTable(packed, strings);
      count++;
      events.emit('news');
    },
    names: (address) => {
      if (!table) return '';
      const entry = table.find(addressBytes(address), 0);
      return `${strings.text(table.net(entry))} | ${strings.text(table.sg(entry))}`;
    },
    until: async (done) => {
      while (!done()) await once(events, 'news');
    },
  };
}
