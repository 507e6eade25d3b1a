import { columns, formatTimestamp } from '#columns';
import { type RecordBatch, RecordBatchReader, type Vector } from 'apache-arrow';
import { CliError } from '../errors.js';
import { badFile, type SavedPart } from './read.js';
import { type SavedRow } from './row-values.js';

/** @returns a cell as JSON has it @throws where it is of another form than `-o arrow` writes */
function cellReader(name: string, kind: string, vector: Vector): (row: number) => unknown {
  if (kind !== 'timestamp') {
    return (row) => {
      const value: unknown = vector.get(row);
      if (typeof value === 'bigint') return value.toString();
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
      throw new Error(`column ${name} is of another form than watch -o arrow writes`);
    };
  }
  // Through get() a time has milliseconds only.
  const values: unknown = vector.data[0]?.values;
  if (!(values instanceof BigInt64Array)) throw new Error(`column ${name} has no times in microseconds`);
  return (row) => formatTimestamp(Number(values[row]));
}

interface Cell {
  readonly name: string;
  readonly read: (row: number) => unknown;
}

function cellsOf(batch: RecordBatch): Cell[] {
  const cells: Cell[] = [];
  for (const { name, kind } of columns) {
    const vector: Vector | null = batch.getChild(name);
    if (vector) cells.push({ name, read: cellReader(name, kind, vector) });
  }
  if (!cells.some(({ name }) => name === 'ts')) throw new Error('it has no column ts');
  return cells;
}

/** A batch may have many rows; so many are objects at a time. */
const AT_ONCE = 4096;

function* partsOf(batch: RecordBatch): Generator<SavedRow[]> {
  const cells = cellsOf(batch);
  for (let from = 0; from < batch.numRows; from += AT_ONCE) {
    const length = Math.min(AT_ONCE, batch.numRows - from);
    yield Array.from({ length }, (_, i) =>
      Object.fromEntries(cells.map(({ name, read }) => [name, read(from + i)])),
    );
  }
}

/** @throws CliError `usage` for what is no Arrow, or not of our columns */
export async function* arrowRows(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<SavedPart, void, undefined> {
  let before = 0;
  try {
    for await (const batch of (await RecordBatchReader.from(chunks)) as AsyncIterable<RecordBatch>) {
      for (const rows of partsOf(batch)) {
        const first = before + 1;
        before += rows.length;
        yield {
          rows,
          texts: rows.map((row) => JSON.stringify(row)),
          fault: (row, message) => badFile(name, `, row ${first + row}: ${message}`),
        };
      }
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw badFile(name, ` cannot be read as Arrow after row ${before}: ${(error as Error).message}`, error);
  }
}
