import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab } from '../support/lab.js';
import { Disk } from '../support/mounts.js';

/** MiB; small enough to be filled within a moment. */
const NATS_DISK = 256;
const SPOOL_DISK = 64;

/** Where the programs keep what is to outlive them. */
export interface Places {
  readonly nats: Disk;
  readonly spool: Disk;
  /** The directory of ClickHouse. */
  readonly clickhouse: string;
}

/** @returns disks of memory, ClickHouse in a directory */
export async function placesInMemory(lab: Lab, directory: string): Promise<Places> {
  return {
    nats: await Disk.inMemory(lab, join(directory, 'nats'), NATS_DISK),
    spool: await Disk.inMemory(lab, join(directory, 'spool'), SPOOL_DISK),
    clickhouse: join(directory, 'clickhouse'),
  };
}

/** Through which the programs are reached and set, whatever namespace they are in. */
export interface Files {
  readonly sockets: { readonly agent: string; readonly hubs: readonly string[]; readonly nats: string };
  /** Each holds by how many ms a program's time of day differs from the machine's. */
  readonly clocks: { readonly agent: string; readonly hub: string };
  /** Each holds by how many ms what passes a relay is delayed; -1: it refuses. */
  readonly delays: { readonly nats: string; readonly clickhouse: string };
}

export function makeFiles(directory: string, hubs: number): Files {
  const file = (name: string): string => join(directory, name);
  const ofHub = (_: unknown, i: number): string => file(`hub-${i + 1}.sock`);
  const files: Files = {
    sockets: {
      agent: file('agent.sock'),
      hubs: Array.from({ length: hubs }, ofHub),
      nats: file('nats.sock'),
    },
    clocks: { agent: file('agent.clock'), hub: file('hub.clock') },
    delays: { nats: file('nats.delay'), clickhouse: file('clickhouse.delay') },
  };
  for (const path of [...Object.values(files.clocks), ...Object.values(files.delays)]) {
    writeFileSync(path, '0');
  }
  return files;
}
