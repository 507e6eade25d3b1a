import { type Engine } from './engine.js';
import { type BrakedMerges, type MergeState } from './merge-brake.js';
import { readRows } from './rows.js';

const ofTraces = "database = currentDatabase() AND table = 'traces'";

const stateSql = `SELECT
  toUInt32((SELECT max(n) FROM (SELECT count() AS n FROM system.parts WHERE active AND ${ofTraces} GROUP BY partition_id))) AS parts,
  toFloat64((SELECT max(elapsed) FROM system.merges WHERE ${ofTraces})) AS longest_s,
  toUInt32((SELECT count() FROM system.mutations WHERE ${ofTraces} AND NOT is_done)) AS mutations`;

/** The merges of table `traces` in an engine that nobody else uses. */
export class TraceMerges implements BrakedMerges {
  constructor(private readonly engine: Engine) {}

  async state(): Promise<MergeState> {
    const [state] = await readRows<Partial<MergeState>>(this.engine, { sql: stateSql });
    return {
      parts: state?.parts ?? 0,
      longest_s: state?.longest_s ?? 0,
      mutations: state?.mutations ?? 0,
    };
  }

  stop(): Promise<void> {
    return this.engine.run({ sql: 'SYSTEM STOP MERGES traces' });
  }

  start(): Promise<void> {
    return this.engine.run({ sql: 'SYSTEM START MERGES traces' });
  }
}
