import { closeSync, createReadStream, fstatSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab } from '../capture/lab.js';
import { type VisorCli } from './visor-cli.js';

/** Rows of the hub in a file, as `watch --all --hops -o jsonl > file` writes them. */
export interface Export {
  /** What says which rows: `--all`, or `--first 1000000`. */
  readonly asked: string;
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

/** Tells how far a file is, every ten seconds. */
function tellSize(fd: number, tell: (text: string) => void): NodeJS.Timeout {
  const began = performance.now();
  return setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1000);
    tell(`  ${Math.round(fstatSync(fd).size / 1e6)} MB in ${seconds} s`);
  }, 10_000);
}

/** @param limit how many rows, the first; all of them where undefined */
export async function measureExport(
  cli: VisorCli,
  lab: Lab,
  limit: number | undefined,
  tell: (text: string) => void,
): Promise<Export> {
  const path = join(lab.directory, 'rows.jsonl');
  const fd = openSync(path, 'w');
  const timer = tellSize(fd, tell);
  const which = limit === undefined ? ['--all'] : ['--first', String(limit)];
  try {
    const { seconds, cpu_s, memory_mib } = await cli.runInto(fd, 'watch', ...which, '--hops', '-o', 'jsonl');
    clearInterval(timer);
    tell('counting them');
    const { rows, bytes } = await count(path);
    return {
      asked: which.join(' '),
      rows,
      bytes,
      rows_per_s: Math.round(rows / seconds),
      cpu_us_per_row: Number(((cpu_s * 1e6) / rows).toFixed(2)),
      memory_mib,
    };
  } finally {
    clearInterval(timer);
    closeSync(fd);
    rmSync(path);
  }
}
