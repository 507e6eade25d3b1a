import { type Anchor } from '#bus';
import { badParameter } from '../http/problem.js';

/** What rows of the store are ordered by. */
export interface RowKey {
  /** µs */
  readonly ts: number;
  readonly packetId: bigint;
  readonly hop: number;
}

/**
 * Where a client of the stream has come to. It is a place in the stream of batches, not in what a filter leaves of it,
 * so that any hub can go on from there, also with another filter.
 */
export interface Place extends Anchor {
  /** Losses told up to here, as LossLog counts. */
  readonly losses_us: number;
  /** Of batch `sequence` only the rows up to this one, in the order of time; undefined = all of it. */
  readonly row?: number | undefined;
  /** Rows of the store are still being sent, up to this one; those of batches after `sequence` come from the stream. */
  readonly stored?: RowKey | undefined;
}

const BASE = 36;
const ID =
  /^(?<sequence>\d{1,15})-(?<time>[0-9a-z]{1,11})-(?<losses>[0-9a-z]{1,11})(?:-(?<row>\d{1,9})|-(?<ts>[0-9a-z]{1,11})-(?<packet>\d{1,20})-(?<hop>\d{1,5}))?$/;

/** @returns the id of an event of the stream */
export function formatPlace({ sequence, time_us, losses_us, row, stored }: Place): string {
  const batch = `${sequence}-${time_us.toString(BASE)}-${losses_us.toString(BASE)}`;
  if (stored) return `${batch}-${stored.ts.toString(BASE)}-${stored.packetId}-${stored.hop}`;
  return row === undefined ? batch : `${batch}-${row}`;
}

const parse36 = (text: string | undefined): number => Number.parseInt(text ?? '0', BASE);

/** @throws Problem 400 for what formatPlace never makes */
export function parsePlace(text: string): Place {
  const groups = ID.exec(text)?.groups;
  const place = groups && placeOf(groups);
  if (place && isPossible(place)) return place;
  const shown = text.slice(0, 80);
  throw badParameter(
    'Last-Event-ID',
    shown,
    `Last-Event-ID: "${shown}" is not an id of this stream's events; send one as it came, or none`,
  );
}

type Groups = Readonly<Record<string, string | undefined>>;

function placeOf({ sequence, time, losses, row, ts, packet, hop }: Groups): Place {
  const anchor = { sequence: Number(sequence), time_us: parse36(time), losses_us: parse36(losses) };
  if (packet !== undefined)
    return { ...anchor, stored: { ts: parse36(ts), packetId: BigInt(packet), hop: Number(hop) } };
  return row === undefined ? anchor : { ...anchor, row: Number(row) };
}

/** Times are numbers that dates can be made of, and the database has columns for the others. */
function isPossible({ time_us, losses_us, stored }: Place): boolean {
  if (![time_us, losses_us, stored?.ts ?? 0].every(Number.isSafeInteger)) return false;
  return !stored || (stored.packetId < 1n << 64n && stored.hop < 1 << 16);
}
