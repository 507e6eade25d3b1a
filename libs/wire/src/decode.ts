import {
  agentColumns,
  columns,
  emptyValues,
  findColumn,
  type ColumnName,
  type HubColumnName,
  type Kind,
  type RowSource,
  type ValueOf,
} from '#columns';
import { malformed, WireError } from './errors.js';
import { readMessages, type BatchInfo, type FieldInfo } from './message.js';
import { arrowTypes, valueBytes } from './types.js';
import { readers, readStrings, stringsOf, valuesOf, type ColumnBytes, type Strings } from './values.js';

type ReadAny = (row: number) => unknown;

/** A column to add to the rows of a batch, in Arrow's layout. */
export interface AddedColumn {
  readonly name: HubColumnName;
  /** A value a row; of a `name` or `enum` its place in `strings` */
  readonly values: Uint8Array | Uint16Array | Uint32Array | Int32Array | BigUint64Array;
  /** Of a `name` or `enum`: each text once */
  readonly strings?: readonly string[];
}

const kindOf = new Map<string, Kind>(columns.map(({ name, kind }) => [name, kind]));

/** The rows of one Arrow stream, read where they lie. */
export class DecodedBatch implements RowSource {
  readonly #readers: ReadonlyMap<string, ReadAny>;

  private constructor(
    readonly rows: number,
    /** What it has, in the order of its stream; libs/columns may have more. */
    readonly columns: readonly ColumnBytes[],
    readers: ReadonlyMap<string, ReadAny>,
  ) {
    this.#readers = readers;
  }

  /** @throws WireError where the bytes are no values of their columns' kinds */
  static of(rows: number, columns: readonly ColumnBytes[], before?: DecodedBatch): DecodedBatch {
    const readers = new Map(before ? before.#readers : emptyReaders);
    for (const column of columns) {
      const create = readersByKind[kindOf.get(column.name) as Kind];
      readers.set(column.name, create(column));
    }
    return new DecodedBatch(rows, before ? [...before.columns, ...columns] : columns, readers);
  }

  get<N extends ColumnName>(column: N, row: number): ValueOf<N> {
    return this.#readers.get(column)?.(row) as ValueOf<N>;
  }

  /** @returns a column's values in Arrow's layout, at a multiple of 8 bytes; undefined where the stream lacks it */
  bytesOf(column: ColumnName): Uint8Array | undefined {
    return this.column(column)?.values;
  }

  /** @returns a column in Arrow's layout; undefined where the stream lacks it */
  column(column: ColumnName): ColumnBytes | undefined {
    return this.columns.find(({ name }) => name === column);
  }

  /**
   * @returns the same rows with more columns; what was there is shared
   * @throws RangeError where a column is too short for the rows, or there already
   */
  with(added: readonly AddedColumn[]): DecodedBatch {
    const more = added.map(({ name, values, strings }): ColumnBytes => {
      if (this.bytesOf(name)) throw new RangeError(`The batch has column ${name} already.`);
      const needed = valueBytes(kindOf.get(name) as Kind, this.rows);
      if (values.byteLength < needed) {
        throw new RangeError(`Column ${name} has ${values.byteLength} bytes of the ${needed} it needs.`);
      }
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      return { name, rows: this.rows, values: aligned(bytes), strings: strings && stringsOf(strings) };
    });
    return DecodedBatch.of(this.rows, more, this);
  }
}

const readersByKind = readers as unknown as Record<Kind, (column: ColumnBytes) => ReadAny>;
const emptyReaders = new Map<string, ReadAny>(
  columns.map(({ name, kind }) => [name, () => emptyValues[kind]]),
);

interface Parts {
  readonly fields: readonly FieldInfo[];
  readonly dictionaries: ReadonlyMap<number, Strings>;
  readonly batch: BatchInfo;
}

/** Takes the stream apart: one schema, one dictionary for each string column, one record batch. */
function readParts(bytes: Uint8Array): Parts {
  let fields: readonly FieldInfo[] | undefined;
  let batch: BatchInfo | undefined;
  const dictionaries = new Map<number, Strings>();
  for (const message of readMessages(bytes)) {
    if (message.kind === 'schema') {
      if (fields) throw malformed('it has two schemas');
      fields = message.fields;
      checkFields(fields);
    } else if (!fields) {
      throw malformed('it does not start with a schema');
    } else if (message.kind === 'dictionary') {
      if (batch) throw malformed('a dictionary follows its rows');
      if (!fields.some((field) => field.dictionaryId === message.id) || dictionaries.has(message.id)) {
        throw malformed(`dictionary ${message.id} belongs to no column or comes twice`);
      }
      dictionaries.set(message.id, readStrings(message.batch));
    } else {
      if (batch) throw malformed('it has two record batches');
      batch = message.batch;
    }
  }
  if (!fields || !batch) throw malformed('it has no record batch');
  return { fields, dictionaries, batch };
}

function checkFields(fields: readonly FieldInfo[]): void {
  const names = new Set<string>();
  const ids = new Set<number>();
  for (const { name, type, dictionaryId } of fields) {
    const column = agentColumns.find((c) => c.name === name);
    if (!column) throw unknownColumn(name);
    const expected = arrowTypes[column.kind].text;
    if (type !== expected) throw schemaError(`has column ${name} as ${type}; it must be ${expected}`);
    if (names.has(name)) throw schemaError(`has column ${name} twice`);
    names.add(name);
    if (dictionaryId === undefined) continue;
    if (ids.has(dictionaryId)) throw malformed(`two columns share dictionary ${dictionaryId}`);
    ids.add(dictionaryId);
  }
}

/** A batch that had a column of the hub's own would say what the hub did not find. */
function unknownColumn(name: string): WireError {
  return kindOf.has(name)
    ? schemaError(`has column ${name}, which only the hub adds; leave it out`)
    : schemaError(`has an unknown column ${JSON.stringify(name)}; upgrade the hub before its agents`);
}

const schemaError = (problem: string): WireError =>
  new WireError('decode', 'schema', `The batch's schema ${problem}.`);

function columnBytes({ dictionaries, batch }: Parts, field: FieldInfo, index: number): ColumnBytes {
  const { name: text, dictionaryId } = field;
  // checkFields has seen to it that there is such a column.
  const { name, kind } = findColumn(text) as { name: ColumnName; kind: Kind };
  const strings = dictionaryId === undefined ? undefined : dictionaries.get(dictionaryId);
  if (dictionaryId !== undefined && !strings) throw malformed(`${name} has no dictionary`);
  const values = valuesOf(batch, index, name, valueBytes(kind, batch.rows));
  return { name, rows: batch.rows, values, strings };
}

/** 64-bit values are read in place, so the stream must lie at a multiple of 8 bytes. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}

/**
 * @param bytes a stream as encodeBatch writes it, from a source that is not trusted. It must not change while the
 * result is in use.
 * @returns its rows; a column that the stream lacks has its kind's empty value
 * @throws WireError 'malformed', 'schema' (a column that agents do not have, or other type) or 'empty', and nothing else
 */
export function decodeBatch(bytes: Uint8Array): DecodedBatch {
  const parts = readParts(aligned(bytes));
  const { fields, batch } = parts;
  if (batch.nodes.length !== fields.length || batch.buffers.length !== 2 * fields.length) {
    throw malformed(`its schema has ${fields.length} columns, its record batch ${batch.nodes.length}`);
  }
  if (batch.rows === 0) throw new WireError('decode', 'empty', 'The batch has no rows.');
  if (fields.length === 0) throw malformed('it has no columns');
  return DecodedBatch.of(
    batch.rows,
    fields.map((field, index) => columnBytes(parts, field, index)),
  );
}
