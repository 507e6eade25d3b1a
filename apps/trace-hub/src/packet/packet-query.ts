import { IsAfter } from '../http/checks.js';
import { Parameter } from '../http/parameter.js';
import { oneOf, time } from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';
import { shown } from '../http/raw-query.js';

export const pathFormats = ['json', 'jsonl'] as const;
export type PathFormat = (typeof pathFormats)[number];

/** Parameters of a packet's path. */
export class PacketQuery {
  @Parameter(
    'since',
    'Look among rows from this time on: RFC 3339, a date, or how long ago (15m, 1h30m, 1d); all rows unless given',
    time(),
  )
  sinceUs?: number;

  @Parameter('until', 'Look among rows before this time; the forms of since', time())
  @IsAfter('sinceUs', ['until', 'since'])
  untilUs?: number;

  @Parameter(
    'format',
    'json (one document) or jsonl (the hops, one a line); goes before the Accept header',
    oneOf(pathFormats),
  )
  format?: PathFormat;
}

const MAX_ID = 2n ** 64n - 1n;

/** @returns the digits of a packet's id, or of its beginning @throws Problem */
export function packetDigits(text: string): string {
  const value = shown(text);
  if (!/^(0|[1-9]\d{0,19})$/.test(text) || BigInt(text) > MAX_ID)
    throw badParameter(
      'id',
      value,
      `id: "${value}" is not the id of a packet; use a row's packet_id, a number up to ${MAX_ID}, or its first digits`,
    );
  return text;
}
