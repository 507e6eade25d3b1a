import { type Store } from '../store.js';
import { queryRows } from './query.js';

/** Packets and bytes of a minute and table. */
export interface MinuteSum {
  readonly minute: number;
  readonly table: string;
  readonly packets: number;
  readonly bytes: number;
}

const numbers = 'toUInt32(sum(weight)) AS packets, toUInt32(sum(size)) AS bytes';

/** @returns what the decisive rows come to */
export const rowSums = (store: Store): Promise<MinuteSum[]> =>
  queryRows(
    store,
    `SELECT minute, \`table\`, ${numbers} FROM (
  SELECT toUInt32(intDiv(toUnixTimestamp64Micro(ts), 60000000)) AS minute, \`table\`,
    if(sampling = 0, 1, sampling) AS weight, weight * len AS size FROM traces WHERE decisive
) GROUP BY minute, \`table\` ORDER BY minute, \`table\``,
  );

/** @returns what the rollup says they come to */
export const flowSums = (store: Store): Promise<MinuteSum[]> =>
  queryRows(
    store,
    `SELECT minute, \`table\`, ${numbers} FROM (
  SELECT intDiv(toUInt32(minute), 60) AS minute, \`table\`, packets AS weight, bytes AS size FROM flows_1m FINAL WHERE packets > 0
) GROUP BY minute, \`table\` ORDER BY minute, \`table\``,
  );
