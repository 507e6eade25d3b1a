import { and, compare, equal, type Filter, or } from '#filter';

/** What the order of rows in time goes by; no two rows have the same. */
export interface RowKey {
  /** µs */
  readonly ts: number;
  readonly packet_id: bigint;
  readonly hop: number;
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
