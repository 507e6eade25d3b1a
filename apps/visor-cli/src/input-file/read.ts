import { MAX_LINE } from '#api-client';
import { createReadStream } from 'node:fs';
import { CliError } from '../errors.js';
import { fileFault } from '../file-fault.js';
import { type SavedRow } from './row-values.js';

/** Some rows of a file. */
export interface SavedPart {
  readonly rows: readonly SavedRow[];
  /** Each row's JSON text. */
  readonly texts: readonly string[];
  /** @returns the fault of one of these rows, which names its place in the file */
  readonly fault: (row: number, message: string) => CliError;
}

export function badFile(name: string, message: string, cause?: unknown): CliError {
  return new CliError('input-file', 'usage', `--input-file: ${name}${message}`, { cause });
}

/** @param path of a file, or `-` for standard input @throws CliError `usage` */
async function* chunksOf(path: string, name: string): AsyncGenerator<Buffer, void, undefined> {
  const stream = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 2 ** 18 });
  try {
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    throw badFile(name, `: ${fileFault(error)}; give a file that watch -o jsonl or -o arrow wrote`, error);
  }
}

function parse(text: string, name: string, line: number): SavedRow {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (cause) {
    const hint = line === 1 && text.trim() === '[' ? 'a JSON document; save it with -o jsonl' : 'no JSON';
    throw badFile(name, `, line ${line} is ${hint}: ${shown(text)}`, cause);
  }
  if (typeof row === 'object' && row !== null && !Array.isArray(row) && 'ts' in row) return row as SavedRow;
  throw badFile(name, `, line ${line} is no row, which has a ts: ${shown(text)}`);
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** One row a line. Empty lines are left out. */
async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  name: string,
): AsyncGenerator<SavedPart, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let before = 0;
  const partOf = (lines: readonly string[]): SavedPart => {
    const given = lines
      .map((text, i) => ({ text, line: before + i + 1 }))
      .filter(({ text }) => text.trim() !== '');
    before += lines.length;
    return {
      rows: given.map(({ text, line }) => parse(text, name, line)),
      texts: given.map(({ text }) => text.trim()),
      fault: (row, message) => badFile(name, `, line ${given[row]?.line}: ${message}`),
    };
  };
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE)
      throw badFile(name, `, line ${before + lines.length + 1} has no end; rows are lines of JSON`);
    if (lines.length > 0) yield partOf(lines);
  }
  rest += decoder.decode();
  if (rest !== '') yield partOf([rest]);
}

/** Whether a file begins as Arrow's streams or files do. */
function isArrow(start: Buffer): boolean {
  return (
    start.subarray(0, 4).equals(Buffer.from([0xff, 0xff, 0xff, 0xff])) ||
    start.toString('latin1', 0, 6) === 'ARROW1'
  );
}

/** @returns the chunks with the first of them again; at least 8 bytes of it, or all */
async function peek(chunks: AsyncGenerator<Buffer>): Promise<{ start: Buffer; all: AsyncGenerator<Buffer> }> {
  let start = Buffer.alloc(0);
  while (start.length < 8) {
    const next = await chunks.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  const all = async function* (): AsyncGenerator<Buffer, void, undefined> {
    if (start.length > 0) yield start;
    yield* chunks;
  };
  return { start, all: all() };
}

/**
 * Rows that were saved as JSON lines or Arrow, in the order of the file.
 *
 * @param path of a file, or `-` for standard input
 * @throws CliError `usage` for a file that cannot be read, or a line that is no row, by its number
 */
export async function* savedRows(path: string): AsyncGenerator<SavedPart, void, undefined> {
  const name = path === '-' ? 'standard input' : path;
  const { start, all } = await peek(chunksOf(path, name));
  if (isArrow(start)) yield* (await import('./arrow.js')).arrowRows(all, name);
  else yield* linesOf(all, name);
}
