import { type AlertJson, type AlertKey } from '#clickhouse';
import { parseInstant } from '#filter';
import { badParameter } from '../http/problem.js';
import { shown } from '../http/raw-query.js';
import { questionOf } from '../read/cursor.js';

/** Where a page of alerts ends, and what it is a page of; see Cursor. */
export interface AlertCursor {
  readonly end: 'first' | 'last';
  /** The last alert that was shown, in the pages' direction. */
  readonly key: AlertKey;
  /** µs; those of the first page. */
  readonly sinceUs: number | null;
  readonly untilUs: number | null;
  /** How they were written; see questionOf. */
  readonly times: string;
  readonly question: string;
}

/** @returns where an alert is in the order in which they began */
export const keyOfAlert = ({ started_at, id }: Pick<AlertJson, 'started_at' | 'id'>): AlertKey => ({
  startedUs: parseInstant(started_at),
  id,
});

/** @returns the cursor as text for URLs; nobody has to understand it */
export function alertCursorText(cursor: AlertCursor): string {
  const { end, key, sinceUs, untilUs, times, question } = cursor;
  const body = [end, key.startedUs, key.id, sinceUs, untilUs, times, question];
  return Buffer.from(JSON.stringify([...body, questionOf(body)])).toString('base64url');
}

const isTime = (value: unknown): value is number | null => value === null || Number.isSafeInteger(value);

/** @throws Problem where the text is none that alertCursorText gave */
export function parseAlertCursor(text: string): AlertCursor {
  const parts = partsOf(text);
  const body = parts.slice(0, -1);
  const [end, startedUs, id, sinceUs, untilUs, times, question] = body;
  const fits =
    parts.length === 8 &&
    parts[7] === questionOf(body) &&
    (end === 'first' || end === 'last') &&
    Number.isSafeInteger(startedUs) &&
    [id, times, question].every((part) => typeof part === 'string') &&
    isTime(sinceUs) &&
    isTime(untilUs);
  if (!fits) {
    const detail = `cursor: "${shown(text)}" is none that this hub gave; use next of an answer as it is`;
    throw badParameter('cursor', shown(text), detail);
  }
  const key = { startedUs: Number(startedUs), id: String(id) };
  return { end, key, sinceUs, untilUs, times: String(times), question: String(question) };
}

function partsOf(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
