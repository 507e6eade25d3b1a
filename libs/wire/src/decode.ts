import { columns, findColumn, type ColumnName, type Kind, type RowSource, type ValueOf } from '#columns';
import { malformed, WireError } from './errors.js';
import { readMessages, type BatchInfo, type FieldInfo } from './message.js';
import { arrowTypes, valueBytes } from './types.js';
import { emptyValues, readers, readStrings, valuesOf, type ColumnBytes } from './values.js';

type ReadAny = (row: number) => unknown;

/** The rows of one Arrow stream, read where they lie. */
export class DecodedBatch implements RowSource {
  readonly #readers: ReadonlyMap<string, ReadAny>;

  constructor(
    readonly rows: number,
    readers: ReadonlyMap<string, ReadAny>,
  ) {
    this.#readers = readers;
  }

  get<N extends ColumnName>(column: N, row: number): ValueOf<N> {
    return this.#readers.get(column)?.(row) as ValueOf<N>;
  }
}

interface Parts {
  readonly fields: readonly FieldInfo[];
  readonly dictionaries: ReadonlyMap<number, readonly string[]>;
  readonly batch: BatchInfo;
}

/** Takes the stream apart: one schema, one dictionary for each string column, one record batch. */
function readParts(bytes: Uint8Array): Parts {
  let fields: readonly FieldInfo[] | undefined;
  let batch: BatchInfo | undefined;
  const dictionaries = new Map<number, readonly string[]>();
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
    const column = columns.find((c) => c.name === name);
    if (!column)
      throw schemaError(`has an unknown column ${JSON.stringify(name)}; upgrade the hub before its agents`);
    const expected = arrowTypes[column.kind].text;
    if (type !== expected) throw schemaError(`has column ${name} as ${type}; it must be ${expected}`);
    if (names.has(name)) throw schemaError(`has column ${name} twice`);
    names.add(name);
    if (dictionaryId === undefined) continue;
    if (ids.has(dictionaryId)) throw malformed(`two columns share dictionary ${dictionaryId}`);
    ids.add(dictionaryId);
  }
}

const schemaError = (problem: string): WireError =>
  new WireError('decode', 'schema', `The batch's schema ${problem}.`);

function columnReader({ fields, dictionaries, batch }: Parts, field: FieldInfo): ReadAny {
  const { name, dictionaryId } = field;
  const kind: Kind = findColumn(name)?.kind ?? 'name';
  const strings = dictionaryId === undefined ? [] : dictionaries.get(dictionaryId);
  if (!strings) throw malformed(`${name} has no dictionary`);
  const values = valuesOf(batch, fields.indexOf(field), name, valueBytes(kind, batch.rows));
  const create = readers[kind] as (column: ColumnBytes) => ReadAny;
  return create({ name, rows: batch.rows, values, strings });
}

/** 64-bit values are read in place, so the stream must lie at a multiple of 8 bytes. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}

/**
 * @param bytes a stream as encodeBatch writes it, from a source that is not trusted. It must not change while the
 * result is in use.
 * @returns its rows; a column that the stream lacks has its kind's empty value
 * @throws WireError 'malformed', 'schema' (unknown column or other type) or 'empty', and nothing else
 */
export function decodeBatch(bytes: Uint8Array): DecodedBatch {
  const parts = readParts(aligned(bytes));
  const { fields, batch } = parts;
  if (batch.nodes.length !== fields.length || batch.buffers.length !== 2 * fields.length) {
    throw malformed(`its schema has ${fields.length} columns, its record batch ${batch.nodes.length}`);
  }
  if (batch.rows === 0) throw new WireError('decode', 'empty', 'The batch has no rows.');
  if (fields.length === 0) throw malformed('it has no columns');
  const readers = new Map<string, ReadAny>(columns.map(({ name, kind }) => [name, () => emptyValues[kind]]));
  for (const field of fields) readers.set(field.name, columnReader(parts, field));
  return new DecodedBatch(batch.rows, readers);
}
