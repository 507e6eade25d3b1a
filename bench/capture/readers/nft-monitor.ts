import { type ChildProcess } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError } from '../lab.js';
import { READER_CPU } from '../programs.js';
import { traceSocket } from '../trace-socket.js';
import { type Counted, isRunning, type Reader, type ReaderKind, stop } from './reader.js';

/** What everybody has: one line of text an event, in a file */
export const nftMonitor: ReaderKind = {
  name: 'nft-monitor',
  label: 'nft monitor trace',
  start: async ({ lab, namespaces, insider }) => {
    const file = openSync(join(lab.directory, 'nft-monitor.txt'), 'a+');
    const child = lab.launch(['nft', 'monitor', 'trace'], {
      namespace: namespaces.firewall,
      cpu: READER_CPU,
      stdio: ['ignore', file, 'ignore'],
    });
    for (let tries = 0; !traceSocket(insider); tries++) {
      if (tries > 100 || !isRunning(child)) throw new BenchError('nft monitor trace did not start');
      await sleep(50);
    }
    return new NftMonitor(child, file);
  },
};

/**
 * nft prints what it knows of a packet as a line of its own; every other line is an event. Not every event is a line:
 * 1.0.6 leaves out the ends of chains.
 */
const PACKET_LINE = / packet: /;
const QUIET_MS = 300;

class NftMonitor implements Reader {
  #counted = { events: undefined, rows: 0, bytes: 0, discarded: 0 };
  #rest = '';
  readonly #chunk = Buffer.alloc(1 << 20);

  constructor(
    private readonly child: ChildProcess,
    private readonly file: number,
  ) {}

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return isRunning(this.child);
  }

  /** Waits until it prints nothing more, and empties its file. */
  async counted(): Promise<Counted> {
    let at = 0;
    for (let quietSince = Date.now(); Date.now() - quietSince < QUIET_MS;) {
      const length = readSync(this.file, this.#chunk, 0, this.#chunk.length, at);
      if (length === 0) {
        await sleep(20);
        continue;
      }
      at += length;
      this.#count(this.#chunk.toString('latin1', 0, length));
      quietSince = Date.now();
    }
    ftruncateSync(this.file, 0);
    return this.#counted;
  }

  async stop(): Promise<void> {
    await stop(this.child);
    ftruncateSync(this.file, 0);
    closeSync(this.file);
  }

  #count(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    let { rows, bytes } = this.#counted;
    for (const line of lines) {
      bytes += line.length + 1;
      if (line.startsWith('trace id ') && !PACKET_LINE.test(line)) rows++;
    }
    this.#counted = { ...this.#counted, rows, bytes };
  }
}
