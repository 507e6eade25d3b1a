import { describe, expect, it } from 'vitest';
import { AlertEngine } from './engine.js';
import { at, feed, rulesOf } from './testing/rows.js';
import { engineOf, oneRule, run, told } from './testing/run.js';

describe('an alert of single rows', () => {
  const everyRow = oneRule('when: { every: true }, resolve-after: 5s, cool-down: 100s');

  it('does not fire while it cools down, however often it is looked at, and that is counted', () => {
    const engine = engineOf(everyRow);
    feed(engine, [{ s: 0 }]);
    for (let s = 1; s < 50; s++) engine.tick(at(s));
    feed(engine, [{ s: 50 }, { s: 104 }]);
    expect(told(engine)).toEqual(['0.0 firing  null', '5.0 resolved  null']);
    expect(engine.counters.rules['r']).toMatchObject({ suppressed: 2, firing: 0 });
    feed(engine, [{ s: 105 }]);
    expect(told(engine)).toEqual(['105.0 firing  null']);
  });

  it('has an id of its own each time, and of each group', () => {
    const engine = engineOf(oneRule('by: [ip_src], when: { every: true }, resolve-after: 1s, cool-down: 0s'));
    feed(engine, [
      { s: 0, ip_src: '10.0.0.1' },
      { s: 0, ip_src: '10.0.0.2' },
      { s: 9, ip_src: '10.0.0.1' },
    ]);
    engine.tick(at(20));
    const alerts = engine.drain();
    expect(alerts).toHaveLength(6);
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(3);
  });
});

it('a rule of packets sees the rows that decided, and one of hops all', () => {
  const rows = ['first', 'second', 'third'].map((chain, s) => ({ s, chain, decisive: chain === 'second' }));
  const chains = (of: string): string[] => {
    const engine = engineOf(oneRule(`of: ${of}, by: [chain], when: { every: true }`));
    feed(engine, rows);
    return engine.drain().map(({ group }) => group['chain'] ?? '');
  };
  expect(chains('packets')).toEqual(['second']);
  expect(chains('hops')).toEqual(['first', 'second', 'third']);
});

describe('heartbeats', () => {
  const lost = (overrun: number) => ({ run: 'a', lost: { overrun } });

  it('that come again, or late, count once', () => {
    const engine = engineOf(
      '  - ready: agent-lost-events\n' +
        '  - { name: beats, of: agents, when: { count: true, above: 2, window: 1m } }',
    );
    engine.heartbeat('web1', at(0), lost(7));
    engine.heartbeat('web1', at(5), lost(9));
    engine.heartbeat('web1', at(5), lost(9));
    engine.heartbeat('web1', at(0), lost(7));
    expect(told(engine)).toEqual(['5.0 firing web1/overrun 2']);
    engine.heartbeat('web1', at(10), lost(9));
    expect(told(engine)).toEqual(['10.0 firing  3']);
    expect(engine.counters.rules['agent-lost-events']).toMatchObject({ matched: 1 });
  });

  it('of too many agents are not remembered', () => {
    const engine = engineOf('  - ready: agent-lost-events');
    for (let i = 0; i < 20_010; i++) engine.heartbeat(`a${i}`, at(0), lost(1));
    expect(engine.snapshot().agents).toHaveLength(20_000);
  });
});

it('what there was before is not told to a rule that asks something else by then', () => {
  const rules = (filter: string) =>
    rulesOf(`alerts:\n${oneRule(`filter: ${filter}, when: { new: [ip_src], learn: 1d }`)}`);
  const engine = new AlertEngine(rules('dport == 1'), { maxGroups: 9 });
  const [request] = engine.historyRequests(at(0));
  engine.replaceRules(rules('dport == 2'));
  if (request) engine.learn(request, []);
  expect(request && engine.historyRequests(at(0))).toHaveLength(1);
});

describe('what holds again', () => {
  it('within resolve-after goes on firing', () => {
    const engine = engineOf(oneRule('when: { count: true, above: 1, window: 15s }, resolve-after: 5s'));
    expect(run(engine, [{ s: 0 }, { s: 1 }, { s: 18 }, { s: 18.5 }])).toEqual([
      '1.0 firing  2',
      '39.0 resolved  0',
    ]);
  });

  it('within for begins for anew', () => {
    const engine = engineOf(oneRule('when: { count: true, above: 1, window: 15s }, for: 18s'));
    expect(run(engine, [{ s: 0 }, { s: 1 }, { s: 18 }, { s: 18.5 }])).toEqual([]);
  });
});

describe('a rule whose times change while it holds', () => {
  const counted = (more: string): string =>
    `alerts:\n${oneRule(`when: { count: true, above: 1, window: 1m }, ${more}`)}`;

  it('fires by its new for', () => {
    const engine = new AlertEngine(rulesOf(counted('for: 40s')), { maxGroups: 9, lateness_us: 0 });
    feed(engine, [{ s: 0 }, { s: 1 }]);
    engine.tick(at(10));
    engine.replaceRules(rulesOf(counted('for: 20s')));
    engine.tick(at(30));
    expect(told(engine)).toEqual(['21.0 firing  2']);
  });

  it('resolves by its new resolve-after', () => {
    const engine = new AlertEngine(rulesOf(counted('resolve-after: 1h')), { maxGroups: 9, lateness_us: 0 });
    feed(engine, [{ s: 0 }, { s: 1 }]);
    engine.tick(at(100));
    engine.replaceRules(rulesOf(counted('resolve-after: 50s')));
    engine.tick(at(300));
    expect(told(engine)).toEqual(['1.0 firing  2', '114.0 resolved  0']);
  });
});

describe('what fires when its rule is changed', () => {
  const options = { maxGroups: 9, lateness_us: 0 };
  const fire = (): AlertEngine => {
    const engine = new AlertEngine(rulesOf(`alerts:\n${oneRule('when: { every: true }')}`), options);
    feed(engine, [{ s: 0 }]);
    engine.tick(at(3));
    expect(told(engine)).toEqual(['0.0 firing  null']);
    return engine;
  };

  it.each([
    ['is gone', []],
    ['asks for other rows', rulesOf(`alerts:\n${oneRule('filter: dport == 1, when: { every: true }')}`)],
    ['has other groups', rulesOf(`alerts:\n${oneRule('by: [ip_src], when: { every: true }')}`)],
    ['has another condition', rulesOf(`alerts:\n${oneRule('when: { count: true, above: 5, window: 1m }')}`)],
  ])('resolves where the rule %s', (_what, rules) => {
    const engine = fire();
    engine.replaceRules(rules);
    expect(told(engine)).toEqual(['3.0 resolved  null']);
    expect(engine.firing()).toEqual([]);
  });

  it('goes on where only words are others, with those that it fired with', () => {
    const engine = fire();
    const words = oneRule('when: { every: true }, severity: critical, message: other, labels: { a: b }');
    engine.replaceRules(rulesOf(`alerts:\n${words}`));
    expect(told(engine)).toEqual([]);
    engine.tick(at(60));
    const [end] = engine.drain();
    expect(end).toMatchObject({ state: 'resolved', severity: 'warning', labels: {} });
  });
});
