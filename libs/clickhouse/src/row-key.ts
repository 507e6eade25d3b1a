import { and, compare, equal, type Filter, or } from '#filter';

/** What the order of rows in time goes by; no two rows have the same. */
export interface RowKey {
  /** µs */
  readonly ts: number;
  readonly packet_id: bigint;
  readonly hop: number;
}

/** What of a row in the form of the API is its key. */
export interface RowKeyJson {
  readonly ts: string;
  readonly packet_id: string;
  readonly hop: number;
}

/** @returns the key of a row in the form of the API */
export function keyOfRow({ ts, packet_id, hop }: RowKeyJson): RowKey {
  const [, seconds = '', fraction = ''] = /^(.*)\.(\d{6})Z$/.exec(ts) ?? [];
  return { ts: Date.parse(`${seconds}Z`) * 1000 + Number(fraction), packet_id: BigInt(packet_id), hop };
}

/** @returns the filter for rows after that one, in the order of time; the condition on ts alone lets ClickHouse leave out parts */
export function afterRow({ ts, packet_id, hop }: RowKey): Filter {
  const later = and([equal('packet_id', packet_id), compare('hop', '>', hop)]);
  const same = and([equal('ts', ts), or([compare('packet_id', '>', packet_id), later])]);
  return and([compare('ts', '>=', ts), or([compare('ts', '>', ts), same])]);
}

/** @returns the filter for rows before that one */
export function beforeRow({ ts, packet_id, hop }: RowKey): Filter {
  const earlier = and([equal('packet_id', packet_id), compare('hop', '<', hop)]);
  const same = and([equal('ts', ts), or([compare('packet_id', '<', packet_id), earlier])]);
  return and([compare('ts', '<=', ts), or([compare('ts', '<', ts), same])]);
}

const thisRow = ({ ts, packet_id, hop }: RowKey): Filter =>
  and([equal('ts', ts), equal('packet_id', packet_id), equal('hop', hop)]);

/** @returns the filter for rows from that one on, and it */
export const fromRow = (key: RowKey): Filter =>
  and([compare('ts', '>=', key.ts), or([afterRow(key), thisRow(key)])]);

/** @returns the filter for rows up to that one, and it */
export const upToRow = (key: RowKey): Filter =>
  and([compare('ts', '<=', key.ts), or([beforeRow(key), thisRow(key)])]);
