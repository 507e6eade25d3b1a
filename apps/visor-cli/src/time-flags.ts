import { type Query } from '#api-client';
import { formatTimestamp } from '#columns';
import { parseTime } from '#filter';
import { Flags } from '@oclif/core';
import { CliError } from './errors.js';

/** Flags of commands that look at a span of time. */
export const timeFlags = {
  since: Flags.string({
    summary: 'From then on: 15m, 1h30m, 1d (ago), 2026-11-21, "2026-11-21 10:00", RFC 3339; also --time-from',
    helpValue: '<time>',
    aliases: ['time-from'],
  }),
  until: Flags.string({
    summary: 'Before then; forms as of --since; also --time-to',
    helpValue: '<time>',
    aliases: ['time-to'],
  }),
};

export interface TimeValues {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * @param nowUs µs since 1970
 * @returns `since` and `until` as RFC 3339: a time without a zone is local here, and the hub may be elsewhere
 * @throws FilterError, CliError `usage`
 */
export function timeQuery({ since, until }: TimeValues, nowUs: number): Query {
  const time = (field: 'since' | 'until', text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseTime(text, nowUs, { field, zone: 'local' });
  const [from, to] = [time('since', since), time('until', until)];
  if (from !== undefined && to !== undefined && from >= to) {
    const sentence = `--until: ${JSON.stringify(until)} is not after --since ${JSON.stringify(since)}.`;
    throw new CliError('time', 'usage', sentence);
  }
  return {
    ...(from !== undefined && { since: formatTimestamp(from) }),
    ...(to !== undefined && { until: formatTimestamp(to) }),
  };
}
