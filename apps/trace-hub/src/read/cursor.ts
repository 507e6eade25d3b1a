import { createHash } from 'node:crypto';
import { type RowKey } from '#clickhouse';
import { badParameter } from '../http/problem.js';
import { shown } from '../http/raw-query.js';

/** Where a page ends, and what it is a page of. */
export interface Cursor {
  /** Which end of the rows the pages began with. */
  readonly end: 'first' | 'last';
  /** The last row that was shown, in the pages' direction. */
  readonly key: RowKey;
  /** µs; the range of the first page, as `15m` means another time later. */
  readonly sinceUs: number | undefined;
  readonly untilUs: number | undefined;
  /** How the range was written; see questionOf. */
  readonly times: string;
  /** What else the question was; see questionOf. */
  readonly question: string;
}

const form =
  /^2([fl])\.(\d{1,16})\.(\d{1,20})\.(\d{1,5})\.(\d{0,16})\.(\d{0,16})\.([0-9a-f]{12})\.([0-9a-f]{12})\.([0-9a-f]{8})$/;

const hash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** @returns a mark of a question: pages of another one do not continue it */
export const questionOf = (parts: unknown): string => hash(JSON.stringify(parts), 12);

/** @returns the cursor as text for URLs; nobody has to understand it */
export function cursorText({ end, key, sinceUs, untilUs, times, question }: Cursor): string {
  const { ts, packet_id, hop } = key;
  const body = [`2${end[0]}`, ts, packet_id, hop, sinceUs ?? '', untilUs ?? '', times, question].join('.');
  return Buffer.from(`${body}.${hash(body, 8)}`).toString('base64url');
}

/** @throws Problem where the text is none that cursorText gave */
export function parseCursor(text: string): Cursor {
  const plain = Buffer.from(text, 'base64url').toString('latin1');
  const [, end, ts, packet, hop, since, until, written = '', question = '', sum] = form.exec(plain) ?? [];
  const body = plain.slice(0, plain.lastIndexOf('.'));
  const key = { ts: Number(ts), packet_id: BigInt(packet ?? 0), hop: Number(hop) };
  const time = (digits = ''): number | undefined => (digits === '' ? undefined : Number(digits));
  const numbers = [key.ts, time(since) ?? 0, time(until) ?? 0];
  const fits = numbers.every(Number.isSafeInteger) && key.packet_id < 2n ** 64n && key.hop < 2 ** 16;
  if (sum === undefined || sum !== hash(body, 8) || !fits) {
    const detail = `cursor: "${shown(text)}" is none that this hub gave; use next of an answer as it is`;
    throw badParameter('cursor', shown(text), detail);
  }
  const range = { sinceUs: time(since), untilUs: time(until), times: written };
  return { end: end === 'f' ? 'first' : 'last', key, ...range, question };
}
