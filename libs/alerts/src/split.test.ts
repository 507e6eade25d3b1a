import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlertEngine } from './engine.js';
import { at, feed, rulesOf, type TestRow } from './testing/rows.js';
import { rawSource } from './testing/raw-source.js';
import { type AlertTransition } from './transition.js';

/** A rule of each condition, whose limits random rows do reach. */
const rules = rulesOf(`
alerts:
  - { name: every, filter: fate == dropped, by: [ip_src], when: { every: true }, resolve-after: 5s, cool-down: 3s }
  - { name: count, by: [ip_src], when: { count: true, above: 4, window: 10s }, resolve-after: 2s, cool-down: 7s }
  - { name: held, by: [ip_src], when: { count: true, above: 3, window: 9s }, for: 3s, resolve-after: 0s, cool-down: 0s }
  - { name: few, when: { count: true, below: 4, window: 6s }, resolve-after: 1s, cool-down: 0s }
  - { name: bytes, filter: fate == accepted, when: { rate: bytes, above: 100, window: 8s }, cool-down: 0s }
  - { name: distinct, by: [ip_src], when: { distinct: dport, above: 3, window: 7s }, resolve-after: 3s }
  - { name: hops, of: hops, by: [chain], when: { distinct: dport, above: 4, window: 11s }, resolve-after: 0s, cool-down: 0s }
  - { name: share, by: [agent_id], when: { share: "fate == dropped", above: 0.5, min: 3, window: 10s }, cool-down: 1s }
  - { name: absent, by: [agent_id, ip_src], when: { absent: true, window: 5s }, resolve-after: 1s, cool-down: 2s }
  - { name: after, filter: fate == dropped, by: [dport], when: { after: fate == accepted, window: 20s }, resolve-after: 4s }
  - { name: new, when: { new: [ip_src, dport], learn: 15s }, resolve-after: 2s }
  - { name: deviation, when: { deviation: { factor: 2, min: 2 }, window: 1m }, resolve-after: 0s, cool-down: 0s }
  - { name: less, when: { deviation: { of: bytes, factor: 0.5, min: 1 }, window: 1m }, resolve-after: 0s, cool-down: 0s }`);

const row = fc.record({
  gap: fc.oneof(
    { weight: 20, arbitrary: fc.double({ min: 0, max: 1.5, noNaN: true }) },
    { weight: 3, arbitrary: fc.double({ min: 2, max: 30, noNaN: true }) },
    { weight: 1, arbitrary: fc.constant(86_400) },
  ),
  ip_src: fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1'),
  dport: fc.integer({ min: 1, max: 8 }),
  fate: fc.constantFrom('accepted', 'dropped'),
  chain: fc.constantFrom('input', 'forward'),
  agent_id: fc.constantFrom('a', 'b'),
  len: fc.constantFrom(60, 400),
  sampling: fc.constantFrom(1, 1, 1, 2),
  decisive: fc.boolean().map((hop) => !hop || undefined),
});

/** Rows by time, `s` whole microseconds. */
const rows: fc.Arbitrary<TestRow[]> = fc.array(row, { minLength: 1, maxLength: 120 }).map((list) => {
  let s = 0;
  return list.map(({ gap, decisive, ...values }, i) => {
    s = Math.round((s + gap) * 1e6) / 1e6;
    return { s, packet_id: i + 1, decisive: decisive ?? false, ...values };
  });
});

/** Where to cut, and what happens there. */
const cuts = fc.array(
  fc.record({ at: fc.nat(120), what: fc.constantFrom('batch', 'tick', 'restart', 'reload') }),
  { maxLength: 12 },
);

const order = (a: AlertTransition, b: AlertTransition): number => {
  const [x, y] = [`${a.at} ${a.rule} ${a.id}`, `${b.at} ${b.rule} ${b.id}`];
  return x < y ? -1 : x > y ? 1 : 0;
};

const options = { maxGroups: 100, lateness_us: 0, maxAhead_us: Infinity };

function outcome(all: readonly TestRow[], at_: readonly { at: number; what: string }[]): AlertTransition[] {
  let engine = new AlertEngine(rules, options);
  // Its time begins.
  engine.tick(at(0));
  const told: AlertTransition[] = [];
  let from = 0;
  for (const cut of [...at_].sort((a, b) => a.at - b.at)) {
    const to = Math.min(cut.at, all.length);
    // The same rows in another layout
    if (to > from) feed(engine, all.slice(from, to), cut.at % 2 ? rawSource : undefined);
    from = Math.max(from, to);
    const time_us = at(all[from - 1]?.s ?? 0);
    if (cut.what === 'tick' && from > 0) engine.tick(time_us);
    if (cut.what === 'reload') engine.replaceRules(rules);
    if (cut.what === 'restart') {
      if (cut.at % 2) told.push(...engine.drain());
      const text = JSON.stringify(engine.snapshot());
      engine = new AlertEngine(rules, options);
      engine.restore(JSON.parse(text));
    }
  }
  if (from < all.length) feed(engine, all.slice(from));
  engine.tick(at((all.at(-1)?.s ?? 0) + 300));
  told.push(...engine.drain());
  return told.sort(order);
}

describe('transitions follow from the rows alone', () => {
  it('however they are cut, whoever looks in between, and over restarts', () => {
    const fired = new Set<string>();
    fc.assert(
      fc.property(rows, cuts, (all, where) => {
        const whole = outcome(all, []);
        expect(outcome(all, where)).toEqual(whole);
        for (const { rule, state } of whole) fired.add(`${rule} ${state}`);
        // An alert is told once, and resolves once.
        const ids = whole.map(({ id, state }) => `${id} ${state}`);
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 300 },
    );
    // Each of them did something, or this shows nothing.
    expect([...fired].filter((one) => one.endsWith('firing')).length).toBe(rules.length);
    expect(fired.size).toBe(2 * rules.length);
  });
});
