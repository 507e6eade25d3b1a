import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgentHeartbeat, encodeHeartbeat, heartbeatLimits, parseHeartbeat } from './heartbeat.js';

const loss = { seq: 1, netns: '', cause: 'overrun', events: 12, from_us: 5, until_us: 6 };
const heartbeat: AgentHeartbeat = {
  agent: 'web1',
  run: '00ff',
  seq: 3,
  version: '0.1.0',
  kernel: '6.18.0',
  at_us: 1_700_000_000_000_000,
  uptime_s: 9,
  netns: ['', 'blue'],
  events: 100,
  packets: 40,
  merged: 20,
  rows: 80,
  rowsPublished: 70,
  discards: { queue_full: 10 },
  lost: { overrun: 12, queue_full: 10 },
  rulesetGeneration: 4,
  sgroups: {
    mode: 'push',
    networks: 3,
    groups: 2,
    updatedAt: '2026-11-21T16:00:00.000Z',
    staleSince: '2026-11-21T16:05:00.000Z',
    error: 'the service of security groups is gone',
  },
  spool: {
    mode: 'always',
    batches: 4,
    bytes: 40_000,
    unconfirmed: 3,
    rowsSpooled: 10,
    rowsStored: 20,
    rowsReplayed: 30,
    oldest_us: 1_700_000_000_000_000,
  },
  losses: [loss],
};

const parse = (value: unknown) => parseHeartbeat(new TextEncoder().encode(JSON.stringify(value)));

describe('parseHeartbeat', () => {
  it('gives back what was encoded', () => {
    expect(parseHeartbeat(encodeHeartbeat(heartbeat))).toEqual(heartbeat);
    const { rulesetGeneration: _, sgroups: __, spool: ___, ...without } = heartbeat;
    expect(parseHeartbeat(encodeHeartbeat(without))).toEqual(without);
    const several = { ...loss, seq: 9, first_seq: 2, netns: '*' };
    expect(parse({ ...heartbeat, losses: [several] })).toMatchObject({ losses: [several] });
  });

  it('leaves out what it does not know', () => {
    expect(parse({ ...heartbeat, later: { x: 1 } })).toEqual(heartbeat);
  });

  it.each([
    ['not an object', [], 'it is no JSON object'],
    ['null', null, 'it is no JSON object'],
    ['no agent', { ...heartbeat, agent: undefined }, 'agent is not text of at most 255 characters'],
    ['a long agent', { ...heartbeat, agent: 'x'.repeat(256) }, 'agent is not text of at most 255 characters'],
    ['a run that is no hex', { ...heartbeat, run: 'x"y' }, 'run is not hexadecimal'],
    ['a negative count', { ...heartbeat, events: -1 }, 'events is not a whole number in its range'],
    ['a count beyond 2^53', { ...heartbeat, rows: 2 ** 53 }, 'rows is not a whole number in its range'],
    ['a text for a count', { ...heartbeat, packets: '1' }, 'packets is not a whole number in its range'],
    ['a time past 2099', { ...heartbeat, at_us: 5e15 }, 'at_us is past the year 2099'],
    ['discards as a list', { ...heartbeat, discards: [1] }, 'discards is no object'],
    [
      'a bad discard',
      { ...heartbeat, discards: { x: 0.5 } },
      'discards.x is not a whole number in its range',
    ],
    ['security groups that are none', { ...heartbeat, sgroups: 1 }, 'sgroups is no object'],
    ['losses that are none', { ...heartbeat, losses: {} }, 'losses is no list'],
    ['a loss of a wrong kind', { ...heartbeat, losses: [3] }, 'losses[0] is no object'],
    [
      'a loss that ends before it begins',
      { ...heartbeat, losses: [{ ...loss, from_us: 7 }] },
      'losses[0].from_us is after until_us',
    ],
    [
      'a loss that stands for later ones',
      { ...heartbeat, losses: [{ ...loss, first_seq: 2 }] },
      'losses[0].first_seq is above seq',
    ],
  ])('refuses %s and says why', (_name, value, why) => {
    expect(parse(value)).toEqual({ malformed: why });
  });

  it('refuses what is no JSON, and what is too large', () => {
    expect(parseHeartbeat(Uint8Array.of(0xff, 0x7b))).toEqual({ malformed: 'it is no JSON' });
    expect(parseHeartbeat(new Uint8Array(heartbeatLimits.bytes + 1))).toHaveProperty('malformed');
  });

  it('keeps the newest losses, and unknown causes cut to their length', () => {
    const losses = Array.from({ length: 150 }, (_, i) => ({ ...loss, seq: i + 1, cause: 'y'.repeat(100) }));
    const parsed = parse({ ...heartbeat, losses }) as AgentHeartbeat;
    expect(parsed.losses).toHaveLength(100);
    expect(parsed.losses.at(-1)).toMatchObject({ seq: 150, cause: 'y'.repeat(64) });
  });

  it('takes __proto__ for a cause like any other', () => {
    const text = JSON.stringify(heartbeat).replace('"queue_full"', '"__proto__"');
    const parsed = parseHeartbeat(new TextEncoder().encode(text)) as AgentHeartbeat;
    expect(Object.keys(parsed.discards)).toEqual(['__proto__']);
  });

  it('never throws, whatever comes in whichever field', () => {
    const fields = Object.keys(heartbeat) as (keyof AgentHeartbeat)[];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), fc.jsonValue(), (field, value, inLoss) => {
        const losses = [{ ...loss, seq: inLoss, netns: value }];
        const parsed = parse({ ...heartbeat, losses, [field]: value });
        expect('malformed' in parsed || JSON.stringify(parsed).length < heartbeatLimits.bytes).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(parseHeartbeat(bytes)).toHaveProperty('malformed');
      }),
    );
  });
});
