import { CliError } from '../errors.js';
import { filterOf, type FilterValues } from '../filters/filter-query.js';
import { type FileRequest, fileRows } from '../input-file/replay.js';
import { Among } from './among.js';
import { type WatchParts } from './parts.js';
import { rowRange, type RowFlags } from './request.js';

/**
 * @param nowUs µs since 1970
 * @throws FilterError, CliError `usage`
 */
export function fileRequest(path: string, flags: RowFlags, values: FilterValues, nowUs: number): FileRequest {
  if (flags.follow) {
    throw new CliError(
      'watch',
      'usage',
      '--input-file and --follow exclude each other: a file has no new packets; leave one of them out.',
    );
  }
  const range = rowRange(flags, { all: true }, nowUs);
  return { path, filter: filterOf(values, nowUs), range, hops: flags.hops };
}

/** Prints rows of a file. @returns how many */
export async function watchFile(request: FileRequest, parts: WatchParts): Promise<number> {
  const { output, formatter, signal, notice } = parts;
  const among = new Among(parts);
  for await (const rows of fileRows(request)) {
    if (signal.aborted || output.gone.aborted) break;
    await among.rows(rows);
  }
  await output.write(await formatter.end());
  if (among.count === 0 && !signal.aborted) notice('nothing matches');
  return among.count;
}
