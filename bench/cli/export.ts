import { closeSync, createReadStream, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab } from '../capture/lab.js';
import { type VisorCli } from './visor-cli.js';

/** All rows of the hub in a file, as `watch --all --hops -o jsonl > file` writes them. */
export interface Export {
  readonly rows: number;
  readonly bytes: number;
  readonly rows_per_s: number;
  /** CPU of visor-cli alone. */
  readonly cpu_us_per_row: number;
  /** Of visor-cli: the most that was resident at a time. */
  readonly memory_mib: number;
}

const lineFeed = 0x0a;

async function count(path: string): Promise<{ rows: number; bytes: number }> {
  let [rows, bytes] = [0, 0];
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, at + 1)) rows++;
  }
  return { rows, bytes };
}

export async function measureExport(cli: VisorCli, lab: Lab): Promise<Export> {
  const path = join(lab.directory, 'rows.jsonl');
  const fd = openSync(path, 'w');
  try {
    const { seconds, cpu_s, memory_mib } = await cli.runInto(fd, 'watch', '--all', '--hops', '-o', 'jsonl');
    const { rows, bytes } = await count(path);
    return {
      rows,
      bytes,
      rows_per_s: Math.round(rows / seconds),
      cpu_us_per_row: Number(((cpu_s * 1e6) / rows).toFixed(2)),
      memory_mib,
    };
  } finally {
    closeSync(fd);
    rmSync(path);
  }
}
