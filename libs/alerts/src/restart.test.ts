import { describe, expect, it } from 'vitest';
import { AlertEngine } from './engine.js';
import { at, feed, type TestRow } from './testing/rows.js';
import { engineOf, every, oneRule, run, told } from './testing/run.js';

/** Another engine that goes on where one was. */
function restarted(engine: AlertEngine): AlertEngine {
  // Its rows may be a day after its clock.
  const next = new AlertEngine(engine.rules, { ...engine.options, maxAhead_us: Infinity });
  next.restore(JSON.parse(JSON.stringify(engine.snapshot())));
  return next;
}

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
    let engine = engineOf(oneRule(yaml));
    for (const row of before) feed(engine, [row]);
    engine.tick(at((before.at(-1)?.s ?? 0) + 1));
    engine = restarted(engine);
    expect(run(engine, after, end)).toEqual(expected);
  });

  it('the packet that began it', () => {
    let engine = engineOf(oneRule('when: { count: true, above: 1, window: 1m }, for: 30s'));
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
    const engine = engineOf(oneRule('when: { new: [ip_src], learn: 1d }'));
    const [request] = engine.historyRequests(at(0));
    if (request) engine.learn(request, []);
    const next = restarted(engine);
    expect(next.historyRequests(at(1))).toEqual([]);
    feed(next, [{ s: 2, ip_src: '10.0.0.2' }]);
    expect(told(next)).toEqual(['2.0 firing 10.0.0.2 null']);
  });
});

describe('after a time in which nobody took heartbeats', () => {
  const beat = { run: 'a', lost: {} };
  /** Agents that told of themselves before; one of them was silent then. */
  function resumed(): AlertEngine {
    const engine = engineOf('  - ready: agent-silent');
    engine.heartbeat('gone', at(0), beat);
    engine.heartbeat('web1', at(50), beat);
    engine.tick(at(51));
    expect(told(engine)).toEqual(['30.0 firing gone 30']);
    const next = restarted(engine);
    next.missedHeartbeats();
    return next;
  }

  it('an agent that says that it lives was not silent', () => {
    const engine = resumed();
    engine.heartbeat('web1', at(600), beat);
    engine.tick(at(610));
    expect(told(engine)).toEqual([]);
    engine.heartbeat('web1', at(700), beat);
    expect(told(engine)).toEqual(['630.0 firing web1 30', '700.0 resolved web1 0']);
  });

  it('one that does not is', () => {
    const engine = resumed();
    engine.tick(at(610));
    expect(told(engine)).toEqual(['80.0 firing web1 30']);
    engine.heartbeat('web1', at(620), beat);
    expect(told(engine)).toEqual(['620.0 resolved web1 0']);
  });

  it('what fired before is resolved', () => {
    const engine = resumed();
    engine.heartbeat('gone', at(600), beat);
    expect(told(engine)).toEqual(['600.0 resolved gone 0']);
  });
});

it('rows count at their time when it is known how late it is, also where time has not gone on', () => {
  const engine = engineOf(oneRule('when: { every: true }'));
  feed(engine, [{ s: 0 }]);
  engine.tick(at(1));
  const next = new AlertEngine(engine.rules, engine.options);
  next.restore(JSON.parse(JSON.stringify(engine.snapshot())));
  next.drain();
  next.hear(at(1200));
  feed(next, [{ s: 1190 }]);
  expect(next.snapshot().rules['r']?.groups[0]?.c).toBe(at(1190));
});

it('an alert that was told of under another id ends as that one', () => {
  const engine = engineOf(oneRule('when: { every: true }, resolve-after: 5s'));
  feed(engine, [{ s: 0 }]);
  const [fired] = engine.drain();
  if (!fired) throw new Error('it does not fire');
  engine.rename(fired.id, { ...fired, id: 'known' });
  engine.tick(at(10));
  expect(engine.drain()).toMatchObject([{ id: 'known', state: 'resolved' }]);
});
