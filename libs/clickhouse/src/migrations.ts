import { createTraces, type TableOptions } from './ddl.js';

export interface Migration {
  /** 1, 2, …; never reused. */
  readonly version: number;
  readonly name: string;
  /** Statements that may run again after a crash between any two of them: `IF NOT EXISTS`. */
  readonly statements: (options: TableOptions) => readonly string[];
}

/**
 * Every step from an empty database to today's, in order. A step that creates a table from libs/columns creates it with
 * the columns of today: the step that adds a later column says ADD COLUMN IF NOT EXISTS, and is right for both.
 */
export const migrations: readonly Migration[] = [
  { version: 1, name: 'traces', statements: (options) => [createTraces(options)] },
];
