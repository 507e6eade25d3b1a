import { type ArgumentsHost, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Counters, type Log } from '#app-kit';
import { StoreError } from '#clickhouse';
import { recordingLog } from '#testing/bus';
import { type HubParts } from '../parts.js';
import { Problem, type ProblemDetails } from './problem.js';
import { ProblemFilter } from './problem.filter.js';
import { shown } from './raw-query.js';

/** @returns what a request is answered that failed so */
function answered(error: unknown, log?: Log): ProblemDetails {
  let sent: ProblemDetails | undefined;
  const reply = {
    raw: {},
    header: () => reply,
    status: () => reply,
    type: () => reply,
    send: (details: ProblemDetails) => (sent = details),
  };
  const host = { switchToHttp: () => ({ getResponse: () => reply }) } as unknown as ArgumentsHost;
  new ProblemFilter({ log, counters: new Counters() } as HubParts).catch(error, host);
  if (!sent) throw new Error('nothing was answered');
  return sent;
}

describe('problems', () => {
  it.each([
    ['a NUL', 'a\0b', 'a\\u0000b'],
    ['an escape of a terminal', '\u001b[2J', '\\u001b[2J'],
    ['a line break', 'a\nb', 'a\\u000ab'],
    ['a turned direction', '\u202eevil', '\\u202eevil'],
    ['half of a pair', 'a\ud83d', 'a\\ud83d'],
    ['what prints', 'é 👩‍👩‍👧 שלום "\\', 'é 👩‍👩‍👧 שלום "\\'],
  ])('tell %s in one line that prints', (_name, text, told) => {
    expect(new Problem(400, `the parameter ${text} is not known`).details.detail).toBe(
      `the parameter ${told} is not known`,
    );
  });

  it('quote the beginning of what is long, and no half of a character', () => {
    expect(shown('a'.repeat(80))).toBe('a'.repeat(80));
    expect(shown('a'.repeat(81))).toBe(`${'a'.repeat(80)}…`);
    expect(shown(`${'a'.repeat(79)}😀😀`)).toBe(`${'a'.repeat(79)}…`);
    expect(shown(`${'a'.repeat(78)}😀😀`)).toBe(`${'a'.repeat(78)}😀…`);
  });

  it('do not repeat a path of any length', () => {
    const error = new NotFoundException(`Cannot GET /api/v1/${'x'.repeat(9000)}`);
    expect(answered(error).detail).toBe(
      `Cannot GET /api/v1/${'x'.repeat(61)}…; /openapi.json tells what there is`,
    );
  });

  it('tell the log what ClickHouse says, and no one else', () => {
    const log = recordingLog();
    const error = new StoreError(
      'read',
      'failed',
      'ClickHouse at /var/lib could not read (Code: 62. SELECT …).',
    );
    expect(answered(error, log)).toMatchObject({
      status: 503,
      detail: 'ClickHouse failed on this query; the log of the hub tells why',
    });
    expect(JSON.stringify(log)).toContain('Code: 62');
  });

  it('cut an answer that has begun, instead of putting a document into it', () => {
    let cut = 0;
    const raw = { headersSent: true, destroy: () => cut++ };
    const host = { switchToHttp: () => ({ getResponse: () => ({ raw }) }) } as unknown as ArgumentsHost;
    const parts = { log: recordingLog(), counters: new Counters() } as unknown as HubParts;
    new ProblemFilter(parts).catch(new Error('half way'), host);
    expect(cut).toBe(1);
  });
});
