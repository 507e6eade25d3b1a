import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { BenchError } from '../capture/lab.js';
import { type Part } from '../pipeline/stack.js';

/** All rows of a stretch of time, as a hub gave them to a reader that does nothing with them. */
export interface Export {
  readonly format: string;
  readonly rows: number;
  readonly bytes: number;
  readonly rows_per_s: number;
  /** CPU of the hub, all threads. */
  readonly cpu_us_per_row: number;
  /** Of the hub, resident, while it went on: at its beginning and the most that was seen. */
  readonly memory_mib: readonly [number, number];
}

const lineFeed = 0x0a;
/** How often the hub's memory is looked at. */
const look_ms = 50;

/** @param header lines before the rows */
export async function measureExport(
  part: Part,
  url: string,
  { format, header }: { readonly format: string; readonly header: number },
): Promise<Export> {
  const seen = [part.memory_mib];
  const looking = setInterval(() => seen.push(part.memory_mib), look_ms);
  try {
    const [begun, cpu] = [performance.now(), part.cpu_s];
    const [response] = (await once(get(url), 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new BenchError(`${url}: ${response.statusCode}`);
    let lines = 0;
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, at + 1)) lines++;
    }
    const [seconds, used_s] = [(performance.now() - begun) / 1000, part.cpu_s - cpu];
    const rows = lines - header;
    return {
      format,
      rows,
      bytes,
      rows_per_s: Math.round(rows / seconds),
      cpu_us_per_row: Number(((used_s * 1e6) / rows).toFixed(2)),
      memory_mib: [seen[0] ?? 0, Math.max(...seen)],
    };
  } finally {
    clearInterval(looking);
  }
}
