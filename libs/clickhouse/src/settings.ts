import { type Statement } from './engine.js';

/** What one query may take; ClickHouse ends it where it needs more. 0 = no limit. */
export interface QueryLimits {
  /** Seconds, from 0.001. */
  readonly seconds: number;
  readonly memoryBytes: number;
  /** Rows of the result. */
  readonly rows: number;
  /** Bytes read from tables, unpacked. */
  readonly readBytes: number;
}

export type Settings = Readonly<Record<string, string | number>>;

export const limitSettings = ({ seconds, memoryBytes, rows, readBytes }: QueryLimits): Settings => ({
  max_execution_time: seconds,
  max_memory_usage: memoryBytes,
  max_result_rows: rows,
  max_bytes_to_read: readBytes,
});

/** The settings that a statement ends with already. */
const own = /\bSETTINGS (?:[^()'{}]|'[^'\\(){}]*')*$/;

/**
 * @param statement one whose text is ours: values are its parameters
 * @returns the statement with the settings in its text. Settings of the client would stay with the embedded engine's session.
 */
export function withSettings(statement: Statement, settings: Settings): Statement {
  const list = Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : `'${value}'`}`)
    .join(', ');
  if (list === '') return statement;
  const separator = own.test(statement.sql) ? ', ' : '\nSETTINGS ';
  return { ...statement, sql: `${statement.sql.trimEnd()}${separator}${list}` };
}
