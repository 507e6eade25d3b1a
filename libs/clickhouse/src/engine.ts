import { type ColumnDefinition } from '#columns';
import { type RowKey } from './row-key.js';

/** Rows of `traces` as they are stored: Visor itself gives them the form of the API. */
export interface StoredColumns {
  readonly columns: readonly ColumnDefinition[];
  /** Whether ClickHouse gives the last row first. */
  readonly turned: boolean;
}

/** SQL with `{name:Type}` placeholders and their values. */
export interface Statement {
  readonly sql: string;
  /** Absent: ClickHouse gives values the form that they have in the answer. */
  readonly stored?: StoredColumns;
  readonly params?: Readonly<Record<string, string | number | boolean>>;
}

export interface ArrowInsert {
  /** An Arrow IPC stream, in pieces that follow one another. */
  readonly pieces: readonly Uint8Array[];
  /** The stream's columns as `input` and `file` take them; unless given those of `traces`. */
  readonly structure?: string;
  /** @param source the table function that reads the stream: `input(…)` or `file(…)` */
  readonly sql: (source: string) => string;
}

/** ClickHouse's names of the forms that a result may have. */
export type ResultFormat = 'JSONEachRow' | 'JSONCompactEachRow' | 'CSVWithNames' | 'ArrowStream';

export interface ReadOptions {
  /** JSONEachRow unless given: NDJSON, a row a line. JSONCompactEachRow: an array a line. */
  readonly format?: ResultFormat | undefined;
  /** Ends the query in ClickHouse too; the read then throws StoreError 'cancelled'. */
  readonly signal?: AbortSignal | undefined;
}

/** A result as a whole, with what ClickHouse did for it. */
export interface WholeResult {
  readonly bytes: Uint8Array;
  /** Rows and bytes (unpacked) that were read from tables. */
  readonly readRows: number;
  readonly readBytes: number;
  readonly elapsed_ms: number;
  /** Of stored columns: how many rows came, and the last of them in the order of time. */
  readonly found?: { readonly rows: number; readonly last: RowKey | undefined };
}

/** What differs between the embedded engine and a server. Its errors are StoreErrors. */
export interface Engine {
  /** For messages: the directory, or the URL without its password. */
  readonly place: string;
  /** Whether the store decides how tables are written to the disk. */
  readonly ownsDisk: boolean;
  /** Runs a statement that has no result; effective when it resolves. */
  run(statement: Statement): Promise<void>;
  insert(insert: ArrowInsert): Promise<void>;
  /** @returns the result in chunks, of text whole lines each; ending early cancels the query */
  read(statement: Statement, options?: ReadOptions): AsyncGenerator<Uint8Array, void, undefined>;
  /** @returns a result that is small enough to hold */
  readWhole(statement: Statement, options?: ReadOptions): Promise<WholeResult>;
  close(): Promise<void>;
}
