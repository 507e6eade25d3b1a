import { describe, expect, it } from 'vitest';
import { Clock } from '../format/clock.js';
import { lossJson } from '../testing/losses.js';
import { LossLines } from './loss-lines.js';

const lines = (): LossLines => new LossLines(new Clock(() => Date.parse('2026-11-21T12:00:00Z')));
const local = (ts: string): string => new Date(ts).toTimeString().slice(0, 8);
const [from, until] = [local('2026-11-21T14:03:11Z'), local('2026-11-21T14:03:12Z')];

describe('LossLines', () => {
  it.each([
    ['overrun', {}, `EVENTS LOST: 1234 on web1 between ${from} and ${until} (receive buffer overrun)`],
    [
      'a namespace',
      { netns: 'blue' },
      `EVENTS LOST: 1234 on web1 netns blue between ${from} and ${until} (receive buffer overrun)`,
    ],
    [
      'an instant',
      { until: '2026-11-21T14:03:11.900000Z', cause: 'backlog' },
      `EVENTS LOST: 1234 on web1 at ${from} (agent too slow)`,
    ],
    [
      'malformed',
      { cause: 'malformed', events: 1 },
      `EVENTS LOST: 1 on web1 between ${from} and ${until} (malformed message)`,
    ],
    [
      'queue_full',
      { cause: 'queue_full' },
      `EVENTS LOST: 1234 on web1 between ${from} and ${until} (NATS away, queue full)`,
    ],
    [
      'too_large',
      { cause: 'too_large' },
      `EVENTS LOST: 1234 on web1 between ${from} and ${until} (batch larger than NATS takes)`,
    ],
    [
      'shutdown',
      { cause: 'shutdown' },
      `EVENTS LOST: 1234 on web1 between ${from} and ${until} (agent stopped before NATS took all)`,
    ],
    ['unknown', { cause: 'toString' }, `EVENTS LOST: 1234 on web1 between ${from} and ${until} (toString)`],
    [
      'names that would rewrite the screen',
      { agent_id: 'a\x1b[2J\n', cause: '\u202e' },
      `EVENTS LOST: 1234 on a\\x1b[2J\\x0a between ${from} and ${until} (\\u202e)`,
    ],
  ])('tells of %s', (_name, values, line) => {
    expect(lines().line(lossJson(values))).toBe(line);
  });

  it('tells each event once: of what has grown the growth, from where it was told last', () => {
    const told = lines();
    told.line(lossJson());
    expect(told.line(lossJson())).toBeUndefined();
    expect(told.line(lossJson({ events: 1240, until: '2026-11-21T14:03:15.000000Z' }))).toBe(
      `EVENTS LOST: 6 on web1 between ${until} and ${local('2026-11-21T14:03:15Z')} (receive buffer overrun)`,
    );
    for (const other of [{ seq: 2 }, { run: 'bb' }, { agent_id: 'web2' }]) {
      expect(told.line(lossJson(other))).toContain('EVENTS LOST: 1234 on');
    }
  });

  it.each(['x', 'null', '[]', '{"events":"1","seq":1}'])('refuses %s', (json) => {
    expect(() => lines().line(json)).toThrow(/^the hub sent a loss/);
  });
});
