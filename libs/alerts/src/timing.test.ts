import { describe, expect, it } from 'vitest';
import { AlertEngine } from './engine.js';
import { at, feed, rulesOf, type TestRow } from './testing/rows.js';
import { engineOf, every, run, short } from './testing/run.js';

const rule = (text: string): string => `  - { name: r, ${text} }`;
const told = (engine: AlertEngine): string[] => engine.drain().map(short);

/** Another engine that goes on where one was. */
function restarted(engine: AlertEngine): AlertEngine {
  // Its rows may be a day after its clock.
  const next = new AlertEngine(engine.rules, { ...engine.options, maxAhead_us: Infinity });
  next.restore(JSON.parse(JSON.stringify(engine.snapshot())));
  return next;
}

describe('an alert of single rows', () => {
  const everyRow = rule('when: { every: true }, resolve-after: 5s, cool-down: 100s');

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
    const engine = engineOf(rule('by: [ip_src], when: { every: true }, resolve-after: 1s, cool-down: 0s'));
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
    const engine = engineOf(rule(`of: ${of}, by: [chain], when: { every: true }`));
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
    rulesOf(`alerts:\n${rule(`filter: ${filter}, when: { new: [ip_src], learn: 1d }`)}`);
  const engine = new AlertEngine(rules('dport == 1'), { maxGroups: 9 });
  const [request] = engine.historyRequests(at(0));
  engine.replaceRules(rules('dport == 2'));
  if (request) engine.learn(request, []);
  expect(request && engine.historyRequests(at(0))).toHaveLength(1);
});

describe('what holds again', () => {
  it('within resolve-after goes on firing', () => {
    const engine = engineOf(rule('when: { count: true, above: 1, window: 15s }, resolve-after: 5s'));
    expect(run(engine, [{ s: 0 }, { s: 1 }, { s: 18 }, { s: 18.5 }])).toEqual([
      '1.0 firing  2',
      '39.0 resolved  0',
    ]);
  });

  it('within for begins for anew', () => {
    const engine = engineOf(rule('when: { count: true, above: 1, window: 15s }, for: 18s'));
    expect(run(engine, [{ s: 0 }, { s: 1 }, { s: 18 }, { s: 18.5 }])).toEqual([]);
  });
});

describe('a rule whose times change while it holds', () => {
  const counted = (more: string): string =>
    `alerts:\n${rule(`when: { count: true, above: 1, window: 1m }, ${more}`)}`;

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
    const engine = new AlertEngine(rulesOf(`alerts:\n${rule('when: { every: true }')}`), options);
    feed(engine, [{ s: 0 }]);
    engine.tick(at(3));
    expect(told(engine)).toEqual(['0.0 firing  null']);
    return engine;
  };

  it.each([
    ['is gone', []],
    ['asks for other rows', rulesOf(`alerts:\n${rule('filter: dport == 1, when: { every: true }')}`)],
    ['has other groups', rulesOf(`alerts:\n${rule('by: [ip_src], when: { every: true }')}`)],
    ['has another condition', rulesOf(`alerts:\n${rule('when: { count: true, above: 5, window: 1m }')}`)],
  ])('resolves where the rule %s', (_what, rules) => {
    const engine = fire();
    engine.replaceRules(rules);
    expect(told(engine)).toEqual(['3.0 resolved  null']);
    expect(engine.firing()).toEqual([]);
  });

  it('goes on where only words are others, with those that it fired with', () => {
    const engine = fire();
    const words = rule('when: { every: true }, severity: critical, message: other, labels: { a: b }');
    engine.replaceRules(rulesOf(`alerts:\n${words}`));
    expect(told(engine)).toEqual([]);
    engine.tick(at(60));
    const [end] = engine.drain();
    expect(end).toMatchObject({ state: 'resolved', severity: 'warning', labels: {} });
  });
});

describe('a restart changes nothing of', () => {
  /** Rows before and after it, up to when, and what is told. */
  const cases: [string, string, TestRow[], TestRow[], number, string[]][] = [
    [
      'a cool-down',
      'when: { every: true }, resolve-after: 5s, cool-down: 100s',
      [{ s: 0 }, { s: 10 }],
      [{ s: 20 }, { s: 105 }],
      106,
      ['0.0 firing  null', '5.0 resolved  null', '105.0 firing  null'],
    ],
    [
      'for',
      'when: { count: true, above: 1, window: 1m }, for: 30s',
      [{ s: 0 }, { s: 1 }],
      [],
      40,
      ['31.0 firing  2'],
    ],
    [
      'resolve-after',
      'when: { every: true }, resolve-after: 30s',
      [{ s: 0 }],
      [],
      40,
      ['0.0 firing  null', '30.0 resolved  null'],
    ],
    [
      'counts',
      'when: { count: true, above: 3, window: 1m }',
      [{ s: 0 }, { s: 1 }],
      [{ s: 2 }, { s: 3 }],
      4,
      ['3.0 firing  4'],
    ],
    [
      'distinct values',
      'when: { distinct: dport, above: 3, window: 1m }',
      [1, 2].map((dport) => ({ s: dport, dport })),
      [2, 3, 4].map((dport) => ({ s: 5 + dport, dport })),
      10,
      ['9.0 firing  4'],
    ],
    [
      'shares',
      'when: { share: "fate == dropped", above: 0.5, min: 4, window: 1m }',
      [0, 1].map((s) => ({ s, fate: 'dropped' })),
      [
        { s: 2, fate: 'accepted' },
        { s: 3, fate: 'dropped' },
      ],
      4,
      ['3.0 firing  0.75'],
    ],
    [
      'absence',
      'by: [agent_id], when: { absent: true, window: 1m }',
      [{ s: 0, agent_id: 'a' }],
      [],
      70,
      ['60.0 firing a 60'],
    ],
    [
      'what was before',
      'filter: fate == dropped, when: { after: "fate == accepted", window: 1h }',
      [{ s: 0, fate: 'accepted' }],
      [{ s: 9, fate: 'dropped' }],
      10,
      ['9.0 firing  null'],
    ],
    [
      'known values',
      'when: { new: [ip_src], learn: 1h }',
      [
        { s: 0, ip_src: '10.0.0.1' },
        { s: 3000, ip_src: '10.0.0.1' },
      ],
      [
        { s: 4000, ip_src: '10.0.0.1' },
        { s: 4001, ip_src: '10.0.0.2' },
      ],
      4002,
      ['4001.0 firing 10.0.0.2 null'],
    ],
    [
      'the hours of a deviation',
      'when: { deviation: { factor: 3, min: 10 }, window: 15m }',
      every(16, 225, () => ({})),
      every(13, 1, () => ({})).map(({ s = 0 }) => ({ s: 86_400 + 900 + s })),
      86_400 + 920,
      ['87312.0 firing  3.25'],
    ],
  ];

  it.each(cases)('%s', (_name, yaml, before, after, end, expected) => {
    let engine = engineOf(rule(yaml));
    for (const row of before) feed(engine, [row]);
    engine.tick(at((before.at(-1)?.s ?? 0) + 1));
    engine = restarted(engine);
    expect(run(engine, after, end)).toEqual(expected);
  });

  it('the packet that began it', () => {
    let engine = engineOf(rule('when: { count: true, above: 1, window: 1m }, for: 30s'));
    feed(engine, [
      { s: 0, packet_id: 7n },
      { s: 1, packet_id: 8n },
    ]);
    engine = restarted(engine);
    engine.tick(at(40));
    expect(engine.drain()[0]).toMatchObject({ state: 'firing', packet_id: '8' });
  });

  it('what agents have lost', () => {
    let engine = engineOf('  - ready: agent-lost-events');
    engine.heartbeat('web1', at(0), { run: 'a', lost: { overrun: 7 } });
    engine = restarted(engine);
    engine.heartbeat('web1', at(5), { run: 'a', lost: { overrun: 9 } });
    expect(told(engine)).toEqual(['5.0 firing web1/overrun 2']);
  });

  it('that a rule was told what there was before', () => {
    const engine = engineOf(rule('when: { new: [ip_src], learn: 1d }'));
    const [request] = engine.historyRequests(at(0));
    if (request) engine.learn(request, []);
    const next = restarted(engine);
    expect(next.historyRequests(at(1))).toEqual([]);
    feed(next, [{ s: 2, ip_src: '10.0.0.2' }]);
    expect(told(next)).toEqual(['2.0 firing 10.0.0.2 null']);
  });
});

describe('groups are forgotten', () => {
  const groups = (engine: AlertEngine): number | undefined => engine.counters.rules['r']?.groups;

  it('when their values may be new again, and not before', () => {
    const engine = engineOf(rule('when: { new: [ip_src], learn: 1h }'));
    feed(engine, [{ s: 0, ip_src: '10.0.0.1' }]);
    engine.tick(at(3500));
    expect(groups(engine)).toBe(1);
    engine.tick(at(3700));
    expect(groups(engine)).toBe(0);
  });

  it('when the day of a deviation is over', () => {
    const engine = engineOf(rule('by: [ip_src], when: { deviation: { factor: 3 }, window: 5m }'));
    feed(engine, [{ s: 0, ip_src: '10.0.0.1' }]);
    engine.tick(at(25 * 3600));
    expect(groups(engine)).toBe(1);
    engine.tick(at(27 * 3600));
    expect(groups(engine)).toBe(0);
  });
});

it('of many distinct values no more are kept than tell that there are too many', () => {
  const engine = engineOf(rule('when: { distinct: dport, above: 5, window: 1h }'));
  feed(
    engine,
    every(5000, 0.1, (i) => ({ dport: i })),
  );
  expect(JSON.stringify(engine.snapshot()).length).toBeLessThan(5000);
});

describe('rows that come late', () => {
  it('begin nothing that an earlier one would have begun', () => {
    const yaml = rule('filter: fate == dropped, when: { after: "fate == accepted", window: 1m }');
    const accepted = (s: number) => ({ s, fate: 'accepted' });
    const dropped = (s: number) => ({ s, fate: 'dropped' });
    expect(run(engineOf(yaml), [accepted(10), dropped(9)])).toEqual([]);
    // The newest counts, in whichever order they come.
    expect(run(engineOf(yaml), [accepted(50), accepted(2), dropped(100)], 101)).toEqual([
      '100.0 firing  null',
    ]);
  });

  it('of both kinds are not before themselves', () => {
    const yaml = rule('filter: dport == 1, when: { after: "fate == accepted", window: 1m }');
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
      rule('by: [agent_id], when: { absent: true, window: 1m }, resolve-after: 5s, cool-down: 0s'),
    );
    feed(engine, [
      { s: 0, agent_id: 'a' },
      { s: 100, agent_id: 'a' },
    ]);
    engine.tick(at(300));
    expect(told(engine)).toEqual(['60.0 firing a 60', '105.0 resolved a 5', '160.0 firing a 60']);
  });

  it('end no absence that was over before', () => {
    const engine = engineOf(rule('by: [agent_id], when: { absent: true, window: 1m }, resolve-after: 0s'));
    feed(engine, [{ s: 0, agent_id: 'a' }]);
    engine.tick(at(200));
    feed(engine, [{ s: 5, agent_id: 'a' }]);
    expect(told(engine)).toEqual(['60.0 firing a 60']);
    feed(engine, [{ s: 190, agent_id: 'a' }]);
    expect(told(engine)).toEqual(['200.0 resolved a 10']);
  });

  it('do not take back when a value was seen last', () => {
    const engine = engineOf(rule('when: { distinct: dport, above: 1, window: 15s }, resolve-after: 5s'));
    const rows = [
      { s: 10, dport: 1 },
      { s: 10, dport: 2 },
      { s: 1, dport: 1 },
    ];
    expect(run(engine, rows)).toEqual(['10.0 firing  2', '31.0 resolved  0']);
  });

  it('of a window that is over are counted and left out', () => {
    const engine = engineOf(rule('when: { count: true, above: 2, window: 15s }'));
    feed(engine, [{ s: 100 }]);
    feed(engine, [{ s: 80 }]);
    feed(engine, [{ s: 81 }]);
    expect(told(engine)).toEqual([]);
    expect(engine.counters.rules['r']).toMatchObject({ lateRows: 2, matched: 3 });
  });

  it('count while the clock leaves time for them', () => {
    const options = { maxGroups: 9 };
    const engine = new AlertEngine(
      rulesOf(`alerts:\n${rule('when: { absent: true, window: 10s }, resolve-after: 0s')}`),
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
    const engine = engineOf(rule('when: { share: "fate == accepted", below: 0.5, min: 3, window: 1m }'));
    const rows = [row(0, 'dropped'), row(1, 'dropped'), row(2, 'accepted')];
    expect(run(engine, rows, 3)).toEqual([`2.0 firing  0.333333333333`]);
    const other = engineOf(rule('when: { share: "fate == accepted", below: 0.5, min: 3, window: 1m }'));
    expect(run(other, [row(0, 'accepted'), row(1, 'accepted'), row(2, 'dropped')], 3)).toEqual([]);
  });

  it('is of the window alone', () => {
    const engine = engineOf(rule('when: { share: "fate == dropped", above: 0.5, min: 4, window: 15s }'));
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
    const yaml = rule('when: { deviation: { factor: 3, min: 10 }, window: 15m }');
    const hours = [...rows(0, 400), ...rows(3600, 16), ...rows(7200, 400)];
    expect(run(engineOf(yaml), [...hours, ...rows(day + 3600 + 900, 14)], day + 3600 + 920)).toEqual([
      `${day + 3600 + 912}.0 firing  3.25`,
    ]);
  });

  it('of few packets is none, of either kind', () => {
    const more = rule('when: { deviation: { factor: 3, min: 100 }, window: 15m }');
    expect(run(engineOf(more), [...rows(0, 16), ...rows(day + 900, 99)], day + 1000)).toEqual([]);
    const less = rule('when: { deviation: { factor: 0.5, min: 100 }, window: 15m }');
    expect(run(engineOf(less), [...rows(0, 399), { s: day + 900 }], day + 1000)).toEqual([]);
    expect(run(engineOf(less), [...rows(0, 404), { s: day + 900 }], day + 1000)).toHaveLength(1);
  });

  it('from an hour of nothing is from one packet', () => {
    const yaml = rule('when: { deviation: { factor: 20, min: 1 }, window: 15m }');
    expect(run(engineOf(yaml), [...rows(3 * 3600, 1), ...rows(day + 900, 5)], day + 1000)).toEqual([]);
    expect(run(engineOf(yaml), [...rows(0, 0), { s: 0 }, ...rows(day + 3600 + 900, 6)], day + 5000)).toEqual([
      `${day + 4505}.0 firing  24`,
    ]);
  });

  it('adds what it is told to what it has seen', () => {
    const engine = engineOf(rule('when: { deviation: { factor: 3, min: 10 }, window: 15m }'));
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
    const engine = engineOf(rule('when: { absent: true, window: 10s }, resolve-after: 0s'));
    engine.tick(at(100));
    engine.tick(at(20));
    engine.tick(at(109));
    expect(told(engine)).toEqual([]);
    engine.tick(at(110));
    expect(told(engine)).toEqual(['110.0 firing  10']);
  });

  it('of rows is measured by the clock, also after one that went back', () => {
    const engine = engineOf(rule('when: { count: true, above: 1, window: 15s }'));
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
