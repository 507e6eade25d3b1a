import { parseDuration } from '#app-kit';
import { isAlertTime } from '#bus';
import { fieldsOfBody } from '../http/json-body.js';
import { badParameter } from '../http/problem.js';
import { shown } from '../http/raw-query.js';
import { matchersOf } from './alerts-query.js';
import { type NewSilence } from './silences.service.js';

const example = 'send {"match": ["rule=port-scan", "ip_src=10.0.0.1"], "for": "2h", "comment": "why"}';
const known = ['match', 'for', 'until', 'comment'] as const;
const longest_ms = 366 * 86_400_000;
const longestComment = 4096;

function matchOf(value: unknown): string[] {
  const texts: unknown[] = Array.isArray(value) ? value : [];
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string'))
    throw badParameter('match', '', `match is no list of matchers; ${example}; "rule=*" is all alerts`);
  matchersOf('match', texts, shown(texts.join(' ')));
  return texts;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? shown(value) : '');
const quoted = (value: unknown): string => shown(JSON.stringify(value));

function endOf({ for: length, until }: Readonly<{ for?: unknown; until?: unknown }>, now_ms: number): string {
  if ((length === undefined) === (until === undefined))
    throw badParameter('for', '', 'for (2h, 1d) or until (RFC 3339) is missing, or both are given; use one');
  if (length !== undefined) {
    const ms = typeof length === 'string' ? (parseDuration(length) ?? 0) : 0;
    if (ms > 0 && ms <= longest_ms) return new Date(now_ms + ms).toISOString();
    throw badParameter(
      'for',
      textOf(length),
      `for ${quoted(length)} is no length of time; use 30m, 2h, 1d, up to 366d`,
    );
  }
  const ms = typeof until === 'string' ? Date.parse(until) : NaN;
  const text = Number.isNaN(ms) ? '' : new Date(ms).toISOString();
  if (isAlertTime(text) && ms > now_ms && ms <= now_ms + longest_ms) return text;
  throw badParameter(
    'until',
    textOf(until),
    `until ${quoted(until)} is no time of the 366 days to come; use RFC 3339: ${new Date(now_ms + 7_200_000).toISOString()}`,
  );
}

/** @param by who asks @returns what the body of a request for a silence says @throws Problem */
export function readSilence(raw: unknown, by: string, now_ms = Date.now()): NewSilence {
  const fields = fieldsOfBody(raw, known, example);
  const { comment = '' } = fields;
  if (typeof comment !== 'string' || comment.length > longestComment)
    throw badParameter('comment', '', `comment is no text of at most ${longestComment} characters`);
  return { match: matchOf(fields['match']), until: endOf(fields, now_ms), comment, by };
}
