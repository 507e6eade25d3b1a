import { describe, expect, it } from 'vitest';
import { AlertEngine } from './engine.js';
import { at, feed, rulesOf, type TestRow } from './testing/rows.js';
import { engineOf, every, oneRule, run, told } from './testing/run.js';

describe('groups are forgotten', () => {
  const groups = (engine: AlertEngine): number | undefined => engine.counters.rules['r']?.groups;

  it('when their values may be new again, and not before', () => {
    const engine = engineOf(oneRule('when: { new: [ip_src], learn: 1h }'));
    feed(engine, [{ s: 0, ip_src: '10.0.0.1' }]);
    engine.tick(at(3500));
    expect(groups(engine)).toBe(1);
    engine.tick(at(3700));
    expect(groups(engine)).toBe(0);
  });

  it('when the day of a deviation is over', () => {
    const engine = engineOf(oneRule('by: [ip_src], when: { deviation: { factor: 3 }, window: 5m }'));
    feed(engine, [{ s: 0, ip_src: '10.0.0.1' }]);
    engine.tick(at(25 * 3600));
    expect(groups(engine)).toBe(1);
    engine.tick(at(27 * 3600));
    expect(groups(engine)).toBe(0);
  });
});

it('of many distinct values no more are kept than tell that there are too many', () => {
  const engine = engineOf(oneRule('when: { distinct: dport, above: 5, window: 1h }'));
  feed(
    engine,
    every(5000, 0.1, (i) => ({ dport: i })),
  );
  expect(JSON.stringify(engine.snapshot()).length).toBeLessThan(5000);
});

describe('rows that come late', () => {
  it('begin nothing that an earlier one would have begun', () => {
    const yaml = oneRule('filter: fate == dropped, when: { after: "fate == accepted", window: 1m }');
    const accepted = (s: number) => ({ s, fate: 'accepted' });
    const dropped = (s: number) => ({ s, fate: 'dropped' });
    expect(run(engineOf(yaml), [accepted(10), dropped(9)])).toEqual([]);
    // The newest counts, in whichever order they come.
    expect(run(engineOf(yaml), [accepted(50), accepted(2), dropped(100)], 101)).toEqual([
      '100.0 firing  null',
    ]);
  });

  it('of both kinds are not before themselves', () => {
    const yaml = oneRule('filter: dport == 1, when: { after: "fate == accepted", window: 1m }');
    expect(run(engineOf(yaml), [{ s: 0, dport: 1, fate: 'accepted' }])).toEqual([]);
    expect(
      run(
        engineOf(yaml),
        every(2, 1, () => ({ dport: 1, fate: 'accepted' })),
        2,
      ),
    ).toEqual(['1.0 firing  null']);
  });

  it('end an absence, and the next one is another alert, though nobody looked in between', () => {
    const engine = engineOf(
      oneRule('by: [agent_id], when: { absent: true, window: 1m }, resolve-after: 5s, cool-down: 0s'),
    );
    feed(engine, [
      { s: 0, agent_id: 'a' },
      { s: 100, agent_id: 'a' },
    ]);
    engine.tick(at(300));
    expect(told(engine)).toEqual(['60.0 firing a 60', '105.0 resolved a 5', '160.0 firing a 60']);
  });

  it('end no absence that was over before', () => {
    const engine = engineOf(oneRule('by: [agent_id], when: { absent: true, window: 1m }, resolve-after: 0s'));
    feed(engine, [{ s: 0, agent_id: 'a' }]);
    engine.tick(at(200));
    feed(engine, [{ s: 5, agent_id: 'a' }]);
    expect(told(engine)).toEqual(['60.0 firing a 60']);
    feed(engine, [{ s: 190, agent_id: 'a' }]);
    expect(told(engine)).toEqual(['200.0 resolved a 10']);
  });

  it('do not take back when a value was seen last', () => {
    const engine = engineOf(oneRule('when: { distinct: dport, above: 1, window: 15s }, resolve-after: 5s'));
    const rows = [
      { s: 10, dport: 1 },
      { s: 10, dport: 2 },
      { s: 1, dport: 1 },
    ];
    expect(run(engine, rows)).toEqual(['10.0 firing  2', '31.0 resolved  0']);
  });

  it('of a window that is over are counted and left out', () => {
    const engine = engineOf(oneRule('when: { count: true, above: 2, window: 15s }'));
    feed(engine, [{ s: 100 }]);
    feed(engine, [{ s: 80 }]);
    feed(engine, [{ s: 81 }]);
    expect(told(engine)).toEqual([]);
    expect(engine.counters.rules['r']).toMatchObject({ lateRows: 2, matched: 3 });
  });

  it('count while the clock leaves time for them', () => {
    const options = { maxGroups: 9 };
    const engine = new AlertEngine(
      rulesOf(`alerts:\n${oneRule('when: { absent: true, window: 10s }, resolve-after: 0s')}`),
      options,
    );
    engine.tick(at(2));
    engine.tick(at(11));
    expect(told(engine)).toEqual([]);
    engine.tick(at(12));
    expect(told(engine)).toEqual(['10.0 firing  10']);
  });
});

describe('a share', () => {
  const row = (s: number, fate: string) => ({ s, fate });

  it('may be too small', () => {
    const engine = engineOf(oneRule('when: { share: "fate == accepted", below: 0.5, min: 3, window: 1m }'));
    const rows = [row(0, 'dropped'), row(1, 'dropped'), row(2, 'accepted')];
    expect(run(engine, rows, 3)).toEqual([`2.0 firing  0.333333333333`]);
    const other = engineOf(oneRule('when: { share: "fate == accepted", below: 0.5, min: 3, window: 1m }'));
    expect(run(other, [row(0, 'accepted'), row(1, 'accepted'), row(2, 'dropped')], 3)).toEqual([]);
  });

  it('is of the window alone', () => {
    const engine = engineOf(oneRule('when: { share: "fate == dropped", above: 0.5, min: 4, window: 15s }'));
    const old = every(3, 1, () => ({ fate: 'dropped' }));
    const fresh = every(4, 1, (i) => ({ fate: i === 3 ? 'dropped' : 'accepted' }));
    expect(run(engine, [...old, ...fresh.map(({ s = 0, ...more }) => ({ s: 30 + s, ...more }))], 34)).toEqual(
      [],
    );
  });
});

describe('a deviation', () => {
  const day = 86_400;
  const rows = (from: number, count: number): TestRow[] =>
    every(count, 1, () => ({})).map(({ s = 0 }) => ({ s: from + s }));

  it('is from the same hour, not from the one before or after', () => {
    const yaml = oneRule('when: { deviation: { factor: 3, min: 10 }, window: 15m }');
    const hours = [...rows(0, 400), ...rows(3600, 16), ...rows(7200, 400)];
    expect(run(engineOf(yaml), [...hours, ...rows(day + 3600 + 900, 14)], day + 3600 + 920)).toEqual([
      `${day + 3600 + 912}.0 firing  3.25`,
    ]);
  });

  it('of few packets is none, of either kind', () => {
    const more = oneRule('when: { deviation: { factor: 3, min: 100 }, window: 15m }');
    expect(run(engineOf(more), [...rows(0, 16), ...rows(day + 900, 99)], day + 1000)).toEqual([]);
    const less = oneRule('when: { deviation: { factor: 0.5, min: 100 }, window: 15m }');
    expect(run(engineOf(less), [...rows(0, 399), { s: day + 900 }], day + 1000)).toEqual([]);
    expect(run(engineOf(less), [...rows(0, 404), { s: day + 900 }], day + 1000)).toHaveLength(1);
  });

  it('from an hour of nothing is from one packet', () => {
    const yaml = oneRule('when: { deviation: { factor: 20, min: 1 }, window: 15m }');
    expect(run(engineOf(yaml), [...rows(3 * 3600, 1), ...rows(day + 900, 5)], day + 1000)).toEqual([]);
    expect(run(engineOf(yaml), [...rows(0, 0), { s: 0 }, ...rows(day + 3600 + 900, 6)], day + 5000)).toEqual([
      `${day + 4505}.0 firing  24`,
    ]);
  });

  it('adds what it is told to what it has seen', () => {
    const engine = engineOf(oneRule('when: { deviation: { factor: 3, min: 10 }, window: 15m }'));
    feed(engine, rows(0, 8));
    const [request] = engine.historyRequests(at(10));
    if (request) engine.learn(request, [{ values: {}, at_us: at(0), sum: 8 }]);
    // Told once.
    if (request) engine.learn(request, [{ values: {}, at_us: at(0), sum: 800 }]);
    expect(run(engine, rows(day + 900, 13), day + 920)).toEqual([`${day + 912}.0 firing  3.25`]);
  });
});

describe('time', () => {
  it('does not go back', () => {
    const engine = engineOf(oneRule('when: { absent: true, window: 10s }, resolve-after: 0s'));
    engine.tick(at(100));
    engine.tick(at(20));
    engine.tick(at(109));
    expect(told(engine)).toEqual([]);
    engine.tick(at(110));
    expect(told(engine)).toEqual(['110.0 firing  10']);
  });

  it('of rows is measured by the clock, also after one that went back', () => {
    const engine = engineOf(oneRule('when: { count: true, above: 1, window: 15s }'));
    engine.tick(at(500));
    engine.tick(at(20));
    feed(engine, [{ s: 600 }, { s: 601 }]);
    expect(told(engine)).toEqual(['601.0 firing  2']);
  });

  it('orders what is told, whatever rule it is of', () => {
    const engine = engineOf(
      '  - { name: b, when: { count: true, above: 1, window: 1m }, for: 9s }\n' +
        '  - { name: a, when: { count: true, above: 1, window: 1m }, for: 20s }\n' +
        '  - { name: c, when: { count: true, above: 1, window: 1m }, for: 3s }',
    );
    feed(engine, [{ s: 0 }, { s: 1 }]);
    engine.tick(at(30));
    expect(engine.drain().map((alert) => alert.rule)).toEqual(['c', 'b', 'a']);
  });
});
