/** SQL with `{name:Type}` placeholders and their values. */
export interface Statement {
  readonly sql: string;
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

/** What differs between the embedded engine and a server. Its errors are StoreErrors. */
export interface Engine {
  /** For messages: the directory, or the URL without its password. */
  readonly place: string;
  /** Whether the store decides how tables are written to the disk. */
  readonly ownsDisk: boolean;
  /** Runs a statement that has no result; effective when it resolves. */
  run(statement: Statement): Promise<void>;
  insert(insert: ArrowInsert): Promise<void>;
  /** @returns the result's rows as NDJSON, in chunks of whole lines; ending early cancels the query */
  read(statement: Statement): AsyncGenerator<Uint8Array, void, undefined>;
  close(): Promise<void>;
}
