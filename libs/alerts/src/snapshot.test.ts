import { describe, expect, it } from 'vitest';
import { AlertEngine } from './engine.js';
import { at, feed, rulesOf } from './testing/rows.js';

const yaml = (when = '{ count: true, above: 1, window: 10s }') =>
  rulesOf(`alerts: [{ name: many, by: [ip_src], when: ${when} }]`);
const engineOf = (rules = yaml(), maxSnapshotGroups = 1000): AlertEngine =>
  new AlertEngine(rules, { maxGroups: 1000, lateness_us: 0, maxSnapshotGroups });
const copy = (engine: AlertEngine): unknown => JSON.parse(JSON.stringify(engine.snapshot())) as unknown;
const fire = (engine: AlertEngine): void =>
  feed(engine, [{ ip_src: '10.0.0.1' }, { s: 1, ip_src: '10.0.0.1' }, { s: 2, ip_src: '10.0.0.2' }]);

describe('a snapshot', () => {
  it('keeps what was not drained, and what fires', () => {
    const engine = engineOf();
    fire(engine);
    const other = engineOf();
    other.restore(copy(engine));
    expect(other.firing()).toEqual(engine.firing());
    expect(other.drain()).toEqual(engine.drain());
    expect(other.counters.rules['many']).toMatchObject({ firing: 1, groups: 2 });
  });

  it('of a rule that is gone, or asks something else, resolves its alerts', () => {
    const engine = engineOf();
    fire(engine);
    engine.tick(at(3));
    const [fired] = engine.drain();
    for (const rules of [[], yaml('{ count: true, above: 5, window: 10s }')]) {
      const other = engineOf(rules);
      other.restore(copy(engine));
      expect(other.drain()).toEqual([
        {
          ...fired,
          state: 'resolved',
          at: '2026-11-21T00:00:03.000000Z',
          resolved_at: '2026-11-21T00:00:03.000000Z',
        },
      ]);
      expect(other.firing()).toEqual([]);
    }
  });

  it('is bounded: groups that fire come first, and what has no room is counted', () => {
    const engine = engineOf(yaml(), 50);
    fire(engine);
    feed(
      engine,
      Array.from({ length: 200 }, (_, i) => ({ s: 3, ip_src: `10.1.0.${i}` })),
    );
    const other = engineOf();
    other.restore(copy(engine));
    expect(other.firing()).toHaveLength(1);
    expect(other.counters.rules['many']?.groups).toBe(50);
    expect(engine.counters.snapshotGroupsDropped).toBe(152);
  });

  it.each([
    null,
    'x',
    [],
    {},
    { version: 2 },
    { version: 1, now_us: 0, agents: [], rules: { a: {} }, pending: [] },
  ])('is not %j', (value) => {
    expect(() => engineOf().restore(value)).toThrow(RangeError);
  });
});
