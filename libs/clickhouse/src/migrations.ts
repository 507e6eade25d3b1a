import { everywhere } from './cluster.js';
import { addIndexes } from './indexes.js';
import { createDoubtfulBatches, createFlows, createRollupMarks, markExistingRows } from './rollup-ddl.js';
import {
  createAlerts,
  createLosses,
  createRulesetChanges,
  createRulesets,
  createTraces,
  type TableOptions,
} from './ddl.js';

export interface Migration {
  /** 1, 2, …; never reused. */
  readonly version: number;
  readonly name: string;
  /** Statements that may run again after a crash between any two of them: `IF NOT EXISTS`. */
  readonly statements: (options: TableOptions) => readonly string[];
}

/**
 * Every step from an empty database to today's, in order. A column that is new in libs/columns needs none: whatever the
 * tables of an earlier Visor lack is added at each start (add-columns.ts).
 */
export const migrations: readonly Migration[] = [
  { version: 1, name: 'traces', statements: (options) => [createTraces(options)] },
  { version: 2, name: 'losses', statements: (options) => [createLosses(options)] },
  {
    version: 3,
    name: 'rulesets',
    statements: (options) => [createRulesets(options), createRulesetChanges(options)],
  },
  {
    version: 4,
    name: 'flows',
    statements: (options) => [
      createFlows(options),
      createRollupMarks(options),
      createDoubtfulBatches(options),
      markExistingRows,
    ],
  },
  {
    version: 5,
    name: 'indexes',
    statements: ({ cluster }) => addIndexes(everywhere('traces', cluster)),
  },
  { version: 6, name: 'alerts', statements: (options) => [createAlerts(options)] },
];
