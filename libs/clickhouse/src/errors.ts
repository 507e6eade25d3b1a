export type StoreErrorCode =
  /** The URL of the configuration is none. */
  | 'bad_url'
  /** The embedded engine's directory is open in another process, or this process has another one open. */
  | 'in_use'
  /** The embedded engine's directory cannot be made, written or opened. */
  | 'unusable_directory'
  /** No answer from the server: not running, wrong host or port, network. Worth a retry. */
  | 'unreachable'
  /** The server refuses the user or the password. */
  | 'unauthorized'
  | 'unknown_database'
  /** The user may not do what is needed: create tables, insert, select. */
  | 'not_allowed'
  /** The user's profile lets it read only. */
  | 'read_only'
  /** Certificates of the server, or those that it is checked against. */
  | 'bad_certificate'
  /** TLS is spoken to a port that has none. */
  | 'no_tls'
  /** These pass, or somebody makes them pass: worth a retry. */
  | 'busy'
  | 'out_of_memory'
  | 'too_many_parts'
  | 'disk_full'
  | 'read_only_table'
  /** The database was written by a newer Visor. */
  | 'newer_schema'
  /** ClickHouse cannot read the batch: a retry will not help. */
  | 'bad_data'
  /** Of a read: it was more than its settings allow. The same question fails again. */
  | 'too_slow'
  | 'query_memory'
  | 'too_many_rows'
  | 'too_many_bytes'
  | 'too_complex'
  /** Of a read: whoever asked wants it no more. */
  | 'cancelled'
  /** Anything else that ClickHouse says. Worth a retry. */
  | 'failed';

/** What libs/clickhouse throws. The message is one sentence that says what to do, where the reader can do anything. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    readonly op: 'open' | 'migrate' | 'insert' | 'delete' | 'read' | 'close',
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
