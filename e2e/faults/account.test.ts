import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountFor, type AgentRun, type Evidence, isClean, type Tick } from './account.js';

/** Ten packets every 10 ms, from 0 on. */
const ticksOf = (count: number): Tick[] =>
  Array.from({ length: count }, (_, i) => ({
    from: i * 10,
    to: i * 10 + 10,
    began_ms: i * 10,
    ended_ms: i * 10 + 1,
  }));

const forever: AgentRun = { capturing_ms: -1, ended_ms: Infinity, killed: false, lost: {} };
const all = (packets: number): Uint8Array => new Uint8Array(packets).fill(1);

function evidence(changes: Partial<Evidence> & { missing?: readonly [number, number][] }): Evidence {
  const { missing = [], ...rest } = changes;
  const stored = all(1000);
  for (const [from, to] of missing) stored.fill(0, from, to);
  return { ticks: ticksOf(100), stored, runs: [forever], memory_ms: 100, reorder_ms: 10, ...rest };
}

describe('the account', () => {
  it('finds nothing to explain where all is stored once', () => {
    const account = accountFor(evidence({}));
    expect(account).toMatchObject({ sent: 1000, once: 1000, twice: 0, lost: {}, unexplained: 0 });
    expect(isClean(account)).toBe(true);
  });

  it('does not find an excuse for one that is missing', () => {
    const account = accountFor(evidence({ missing: [[500, 501]] }));
    expect(account).toMatchObject({ once: 999, lost: {}, unexplained: 1 });
    expect(account.holes).toEqual([{ from: 500, to: 501, sent_ms: 500 }]);
    expect(isClean(account)).toBe(false);
  });

  it('sees one that is stored twice', () => {
    const stored = all(1000);
    stored[7] = 2;
    const account = accountFor(evidence({ stored }));
    expect(account).toMatchObject({ once: 999, twice: 1, doubles: [{ from: 7, to: 8, sent_ms: 0 }] });
    expect(isClean(account)).toBe(false);
  });

  it('takes as many as were counted by cause, and no more', () => {
    const runs = [{ ...forever, lost: { overrun: 3, spool_full: 4 } }];
    expect(accountFor(evidence({ runs, missing: [[100, 107]] }))).toMatchObject({
      lost: { overrun: 3, spool_full: 4 },
      unexplained: 0,
      countedButStored: 0,
    });
    expect(accountFor(evidence({ runs, missing: [[100, 110]] })).unexplained).toBe(3);
    expect(accountFor(evidence({ runs, missing: [[100, 105]] })).countedButStored).toBe(2);
  });

  /** Killed at 500 ms, back at 600: packets 500-609 are sent without it. */
  const killed: AgentRun[] = [
    { ...forever, ended_ms: 500, killed: true },
    { ...forever, capturing_ms: 600 },
  ];

  it('knows when no agent traced', () => {
    expect(accountFor(evidence({ runs: killed, missing: [[500, 610]] }))).toMatchObject({
      lost: { 'no agent': 110 },
      unexplained: 0,
    });
  });

  it('forgives a killed agent its memory: what is younger than that, and than all that it saved', () => {
    const young = accountFor(evidence({ runs: killed, missing: [[450, 610]] }));
    expect(young).toMatchObject({ lost: { 'no agent': 110, 'agent killed': 50 }, unexplained: 0 });
    const old = accountFor(evidence({ runs: killed, missing: [[300, 610]] }));
    expect(old).toMatchObject({ lost: { 'no agent': 110, 'agent killed': 100 }, unexplained: 100 });
    const hole = accountFor(evidence({ runs: killed, missing: [[480, 490]] }));
    expect(hole).toMatchObject({ lost: {}, unexplained: 10 });
    // what is accepted comes a moment later than what was dropped after it
    const late = accountFor(
      evidence({
        runs: killed,
        missing: [
          [480, 485],
          [487, 489],
          [490, 610],
        ],
      }),
    );
    expect(late).toMatchObject({ lost: { 'no agent': 110, 'agent killed': 17 }, unexplained: 0 });
  });

  it('forgives an agent that ended by itself nothing', () => {
    const runs = killed.map((run) => ({ ...run, killed: false }));
    expect(accountFor(evidence({ runs, missing: [[490, 610]] })).unexplained).toBe(10);
  });

  it('adds up, whatever is missing or doubled', () => {
    const run = fc.record({
      capturing_ms: fc.integer({ min: -10, max: 1000 }),
      ended_ms: fc.integer({ min: 0, max: 1000 }),
      killed: fc.boolean(),
      lost: fc.dictionary(fc.constantFrom('overrun', 'spool_full'), fc.nat(200)),
    });
    const counts = fc.uint8Array({ minLength: 1000, maxLength: 1000, max: 2 });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 4 }), counts, fc.nat(300), (runs, stored, memory_ms) => {
        const account = accountFor({ ticks: ticksOf(100), stored, runs, memory_ms, reorder_ms: 10 });
        const { sent, once, twice, lost, unexplained, holes } = account;
        const sum = Object.values(lost).reduce((total, count) => total + count, 0);
        expect(once + twice + sum + unexplained).toBe(sent);
        expect(unexplained).toBeLessThanOrEqual(holes.reduce((total, { from, to }) => total + to - from, 0));
      }),
    );
  });
});
