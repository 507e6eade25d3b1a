import { type RowKey } from '#clickhouse';
import { parseInstant } from '#filter';
import { type ParseContext } from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';
import { shown } from '../http/raw-query.js';

/** @param text `2026-11-21T10:00:00.000001Z,123,0` @throws Problem, FilterError */
export function parseRowKey(text: string, { field }: ParseContext): RowKey {
  const [, time = '', packet = '', hop = ''] = /^([^,]+),(\d{1,20}),(\d{1,5})$/.exec(text) ?? [];
  const key = { packet_id: BigInt(packet || 0), hop: Number(hop) };
  if (time === '' || key.packet_id >= 2n ** 64n || key.hop >= 2 ** 16) {
    const allowed = 'ts,packet_id,hop of a row: 2026-11-21T10:00:00.000001Z,123,0';
    throw badParameter(field, shown(text), `${field}: "${shown(text)}" is no row; use ${allowed}`);
  }
  return { ts: parseInstant(time, { field }), ...key };
}
