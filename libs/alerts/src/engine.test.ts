import { describe, expect, it } from 'vitest';
import { AlertEngine } from './engine.js';
import { type AlertTransition } from './transition.js';
import { at, feed, rulesOf, type TestRow } from './testing/rows.js';

const engineOf = (yaml: string, maxGroups = 1000): AlertEngine =>
  new AlertEngine(rulesOf(`alerts:\n${yaml}`), { maxGroups, lateness_us: 0 });

/** `10 firing web1 21`: second, state, group, value */
const short = ({ at: time, state, group, value }: AlertTransition): string =>
  `${((Date.parse(time) * 1000 + Number(time.slice(23, 26)) - at(0)) / 1e6).toFixed(1)} ${state} ${Object.values(group).join('/')} ${value}`;

/** Feeds the rows one after the other, ticks to the end, and tells what happened. */
function run(engine: AlertEngine, rows: readonly TestRow[], end = 600): string[] {
  for (const row of rows) feed(engine, [row]);
  engine.tick(at(end));
  return engine.drain().map(short);
}

const every = (count: number, step: number, row: (i: number) => TestRow): TestRow[] =>
  Array.from({ length: count }, (_, i) => ({ s: i * step, ...row(i) }));

describe('conditions', () => {
  it('every: fires with the first row, goes on with more, resolves after the last', () => {
    const engine = engineOf(`
      - name: drops
        filter: fate == dropped
        by: [ip_src]
        when: { every: true }
        resolve-after: 30s`);
    const rows = [
      { s: 1, fate: 'dropped', ip_src: '10.0.0.1' },
      { s: 2, fate: 'accepted', ip_src: '10.0.0.1' },
      { s: 20, fate: 'dropped', ip_src: '10.0.0.1' },
      { s: 40, fate: 'dropped', ip_src: '10.0.0.2' },
    ];
    expect(run(engine, rows)).toEqual([
      '1.0 firing 10.0.0.1 null',
      '40.0 firing 10.0.0.2 null',
      '50.0 resolved 10.0.0.1 null',
      '70.0 resolved 10.0.0.2 null',
    ]);
  });

  it('count: above the limit within the window, of what sampled packets stand for', () => {
    const yaml = `
      - name: many
        when: { count: true, above: 10, window: 15s }
        resolve-after: 5s`;
    expect(
      run(
        engineOf(yaml),
        every(11, 1, () => ({})),
      ),
    ).toEqual([
      '10.0 firing  11',
      // The first second is out of the window when the sixteenth slice begins.
      '21.0 resolved  6',
    ]);
    expect(
      run(
        engineOf(yaml),
        every(10, 1, () => ({})),
      ),
    ).toEqual([]);
    expect(
      run(
        engineOf(yaml),
        every(11, 2, () => ({})),
      ),
    ).toEqual([]);
    expect(run(engineOf(yaml), [{ sampling: 11 }])).toHaveLength(2);
  });

  it('count: below the limit once a whole window was seen', () => {
    const yaml = `
      - name: few
        when: { count: true, below: 3, window: 15s }
        resolve-after: 0s
        cool-down: 0s`;
    expect(
      run(
        engineOf(yaml),
        every(30, 1, () => ({})),
        60,
      ),
    ).toEqual(['43.0 firing  2']);
    const engine = engineOf(yaml);
    engine.tick(at(0));
    engine.tick(at(15));
    expect(engine.drain()).toEqual([]);
    engine.tick(at(16));
    expect(engine.drain().map(short)).toEqual(['16.0 firing  0']);
    feed(engine, [{ s: 17 }, { s: 17.5 }, { s: 18 }]);
    expect(engine.drain().map(short)).toEqual(['18.0 resolved  3']);
  });

  it('rate: packets or bytes a second', () => {
    const yaml = `
      - name: fast
        when: { rate: bytes, above: 1000, window: 10s }`;
    expect(
      run(
        engineOf(yaml),
        every(6, 1, () => ({ len: 1500 })),
      ),
    ).toEqual([]);
    expect(
      run(
        engineOf(yaml),
        every(7, 1, () => ({ len: 1500, sampling: 2 })),
      )[0],
    ).toBe('3.0 firing  1200');
  });

  it('distinct: different values, each once', () => {
    const yaml = `
      - name: scan
        by: [ip_src]
        when: { distinct: dport, above: 20, window: 10s }
        resolve-after: 30s`;
    const scan = every(100, 0.01, (i) => ({ ip_src: '10.0.0.9', dport: 1000 + i }));
    expect(run(engineOf(yaml), scan)).toEqual(['0.2 firing 10.0.0.9 21', '40.9 resolved 10.0.0.9 0']);
    const same = every(100, 0.01, (i) => ({ ip_src: '10.0.0.9', dport: 1000 + (i % 20) }));
    expect(run(engineOf(yaml), same)).toEqual([]);
    const slow = every(100, 1, (i) => ({ ip_src: '10.0.0.9', dport: 1000 + i }));
    expect(run(engineOf(yaml), slow)).toEqual([]);
  });

  it('distinct: goes on while new values come, however many', () => {
    const yaml = `
      - name: scan
        when: { distinct: dport, above: 5, window: 3s }
        resolve-after: 0s`;
    const scan = every(3000, 0.01, (i) => ({ dport: i }));
    const happened = run(engineOf(yaml), scan);
    expect(happened).toHaveLength(2);
    expect(happened[1]).toMatch(/^3[23]\.\d resolved/);
  });

  it('share: a part of the packets, where there are enough', () => {
    const yaml = `
      - name: part
        by: [agent_id]
        when: { share: "fate == dropped", above: 0.5, min: 4, window: 1m }`;
    const row = (fate: string) => ({ agent_id: 'a', fate });
    expect(
      run(
        engineOf(yaml),
        every(3, 1, () => row('dropped')),
      ),
    ).toEqual([]);
    expect(
      run(
        engineOf(yaml),
        every(4, 1, () => row('dropped')),
      )[0],
    ).toBe('3.0 firing a 1');
    expect(
      run(
        engineOf(yaml),
        every(40, 1, (i) => row(i % 2 ? 'dropped' : 'accepted')),
      ),
    ).toEqual([]);
  });

  it('absent: no row for the window; without groups from the start, with groups once there was one', () => {
    const yaml = `
      - name: silent
        by: []
        when: { absent: true, window: 1m }
        resolve-after: 0s
        cool-down: 0s`;
    const engine = engineOf(yaml);
    engine.tick(at(0));
    expect(run(engine, [{ s: 100 }], 400)).toEqual([
      '60.0 firing  60',
      '100.0 resolved  0',
      '160.0 firing  60',
    ]);
    const grouped = engineOf(yaml.replace('[]', '[agent_id]'));
    grouped.tick(at(0));
    expect(run(grouped, [{ s: 100, agent_id: 'a' }], 400)).toEqual(['160.0 firing a 60']);
  });

  it('after: a row that follows another within the window', () => {
    const yaml = `
      - name: cut
        filter: fate == dropped
        by: [sg_src, sg_dst]
        when: { after: "fate == accepted", window: 1h }`;
    const row = (s: number, fate: string, sg_dst = 'db') => ({ s, fate, sg_src: 'web', sg_dst });
    expect(run(engineOf(yaml), [row(0, 'dropped'), row(5, 'accepted'), row(6, 'dropped', 'mail')])).toEqual(
      [],
    );
    expect(run(engineOf(yaml), [row(5, 'accepted'), row(6, 'dropped')])[0]).toBe('6.0 firing web/db null');
    expect(run(engineOf(yaml), [row(5, 'accepted'), row(3606, 'dropped')], 3607)).toEqual([]);
  });

  it('new: values not seen for so long, once so much time is known', () => {
    const yaml = `
      - name: talker
        by: [agent_id]
        when: { new: [ip_src], learn: 1h }
        resolve-after: 1m`;
    const row = (s: number, ip_src: string) => ({ s, agent_id: 'a', ip_src });
    const rows = [row(0, '10.0.0.1'), row(3000, '10.0.0.1'), row(3700, '10.0.0.1'), row(3701, '10.0.0.2')];
    expect(run(engineOf(yaml), [...rows, row(3702, '10.0.0.2')], 4000)).toEqual([
      '3701.0 firing a/10.0.0.2 null',
      '3761.0 resolved a/10.0.0.2 null',
    ]);
    // Long gone, it is new again.
    expect(run(engineOf(yaml), [...rows, row(7302, '10.0.0.2')], 7303).at(-1)).toMatch(/7302.0 firing/);
  });

  it('new: history spares the time of learning', () => {
    const engine = engineOf(`
      - name: talker
        when: { new: [ip_src], learn: 1d }`);
    const [request] = engine.historyRequests(at(0));
    expect(request).toMatchObject({ kind: 'seen', decisive: true, columns: ['ip_src'], until_us: at(0) });
    expect(request?.from_us).toBe(at(-86_400));
    if (request) engine.learn(request, [{ values: { ip_src: '10.0.0.1' }, at_us: at(-500) }]);
    expect(engine.historyRequests(at(0))).toEqual([]);
    expect(
      run(
        engine,
        [
          { s: 1, ip_src: '10.0.0.1' },
          { s: 2, ip_src: '10.0.0.2' },
        ],
        3,
      ),
    ).toEqual(['2.0 firing 10.0.0.2 null']);
  });

  it('deviation: more than so many times the same hour of the day before', () => {
    const yaml = `
      - name: spike
        by: [agent_id]
        when: { deviation: { factor: 3, min: 10 }, window: 15m }`;
    const day = 86_400;
    // Four packets in each quarter of an hour
    const before = every(16, 225, () => ({ agent_id: 'a' }));
    const after = (count: number) =>
      every(count, 1, () => ({})).map(({ s = 0 }) => ({ s: day + 900 + s, agent_id: 'a' }));
    expect(run(engineOf(yaml), [...before, ...after(12)], day + 1000)).toEqual([]);
    expect(run(engineOf(yaml), [...before, ...after(13)], day + 1000)).toEqual([
      `${day + 912}.0 firing a 3.25`,
    ]);
    // Without a day of knowledge nothing is known.
    expect(run(engineOf(yaml), after(100), day + 1100)).toEqual([]);
    const engine = engineOf(yaml);
    const [request] = engine.historyRequests(at(day + 60));
    expect(request).toMatchObject({ kind: 'hours', of: 'packets', columns: ['agent_id'] });
    if (request) engine.learn(request, [{ values: { agent_id: 'a' }, at_us: at(0), sum: 16 }]);
    expect(run(engine, after(13), day + 1000)).toEqual([`${day + 912}.0 firing a 3.25`]);
  });

  it('deviation: less than a part of it', () => {
    const yaml = `
      - name: hole
        by: [agent_id]
        when: { deviation: { factor: 0.5, min: 10 }, window: 15m }`;
    const rows = every(3600, 1, () => ({ agent_id: 'a' }));
    const happened = run(engineOf(yaml), [...rows, { s: 86_400 + 10, agent_id: 'a' }], 86_400 + 60);
    expect(happened).toHaveLength(1);
    expect(happened[0]).toMatch(/^864\d\d\.0 firing a 0/);
  });
});

describe('what has no rows', () => {
  it('an agent that is silent, and is back', () => {
    const engine = engineOf('  - ready: agent-silent');
    const facts = { run: 'a', lost: {} };
    engine.heartbeat('web1', at(0), facts);
    engine.heartbeat('web2', at(1), facts);
    engine.heartbeat('web2', at(20), facts);
    engine.tick(at(40));
    expect(engine.drain().map(short)).toEqual(['30.0 firing web1 30']);
    engine.heartbeat('web1', at(41), facts);
    expect(engine.drain().map(short)).toEqual(['41.0 resolved web1 0']);
  });

  it('an agent that lost events since the heartbeat before, of any run', () => {
    const engine = engineOf('  - ready: agent-lost-events');
    engine.heartbeat('web1', at(0), { run: 'a', lost: { overrun: 7 } });
    expect(engine.drain()).toEqual([]);
    engine.heartbeat('web1', at(5), { run: 'a', lost: { overrun: 9 } });
    engine.heartbeat('web1', at(5), { run: 'a', lost: { overrun: 9 } });
    engine.heartbeat('web1', at(10), { run: 'b', lost: { backlog: 3 } });
    const alerts = engine.drain();
    expect(alerts.map(short)).toEqual(['5.0 firing web1/overrun 2', '10.0 firing web1/backlog 3']);
    expect(alerts[0]?.message).toBe('web1 lost 2 events and more within 1m: overrun');
  });

  it('a ruleset that changed, of the tables that the filter takes', () => {
    const engine = engineOf('  - ready: ruleset-changed\n    filter: table != docker');
    engine.ruleset('web1', at(3), { family: 'inet', table: 'docker', netns: '', version: 'x' });
    engine.ruleset('web1', at(4), { family: 'inet', table: 'filter', netns: '', version: 'x' });
    expect(engine.drain().map(({ message }) => message)).toEqual(['Table inet filter of web1 changed']);
  });
});

describe('when an alert fires and resolves', () => {
  const yaml = (more: string) => `
      - name: many
        when: { count: true, above: 1, window: 15s }
        resolve-after: 5s
        cool-down: 100s
        ${more}`;

  it('for: only what lasts', () => {
    const engine = () => engineOf(yaml('for: 10s'));
    expect(
      run(
        engine(),
        every(2, 1, () => ({})),
      ),
    ).toEqual(['11.0 firing  2', '21.0 resolved  0']);
    const brief = engineOf(yaml('for: 20s'));
    expect(
      run(
        brief,
        every(2, 1, () => ({})),
      ),
    ).toEqual([]);
  });

  it('cool-down: not again so soon, and it is counted', () => {
    const engine = engineOf(yaml(''));
    const twice = [{ s: 0 }, { s: 1 }, { s: 60 }, { s: 61 }];
    expect(run(engine, twice)).toEqual(['1.0 firing  2', '21.0 resolved  0']);
    expect(engine.counters.rules['many']).toMatchObject({ suppressed: 1, matched: 4, firing: 0 });
    // It still holds when the group has cooled down.
    const lasting = [{ s: 0 }, { s: 1 }, ...every(20, 5, () => ({})).map(({ s = 0 }) => ({ s: 60 + s }))];
    expect(run(engineOf(yaml('')), lasting, 122)).toEqual([
      '1.0 firing  2',
      '21.0 resolved  0',
      '121.0 firing  4',
    ]);
  });

  it('tells all of it in the message', () => {
    const engine = new AlertEngine(
      rulesOf(`
alerts:
  - name: port-scan
    severity: critical
    description: Somebody scans.
    filter: fate == dropped
    by: [agent_id, ip-src]
    when: { distinct: dport, above: 1, window: 10s }
    labels: { team: net }
    message: "{{{ip_src}}} {value}>{threshold} in {window} by {rule} {severity} {labels.team} {agent_id}"`),
      { maxGroups: 10 },
    );
    const row = { fate: 'dropped', ip_src: '10.0.0.9', agent_id: 'web1' };
    feed(engine, [
      { ...row, s: 0, dport: 1 },
      { ...row, s: 0.5, dport: 2, packet_id: 2n ** 63n },
    ]);
    const [alert] = engine.drain();
    expect(alert).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      rule: 'port-scan',
      severity: 'critical',
      state: 'firing',
      group: { agent_id: 'web1', ip_src: '10.0.0.9' },
      labels: { team: 'net' },
      value: 2,
      threshold: 1,
      message: '{10.0.0.9} 2>1 in 10s by port-scan critical net web1',
      description: 'Somebody scans.',
      started_at: '2026-11-21T00:00:00.500000Z',
      at: '2026-11-21T00:00:00.500000Z',
      resolved_at: null,
      window_ms: 10_000,
      filter: 'fate == dropped',
      packet_id: '9223372036854775808',
    });
    expect(engine.firing()).toEqual([alert]);
  });
});

describe('limits', () => {
  it('a rule has so many groups; what has no room is counted, and groups are forgotten', () => {
    const engine = engineOf(
      '  - name: by\n    by: [ip_src]\n    when: { count: true, above: 5, window: 10s }',
      2,
    );
    feed(
      engine,
      ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.3'].map((ip_src) => ({ ip_src })),
    );
    expect(engine.counters.rules['by']).toMatchObject({ groups: 2, groupsDropped: 2 });
    engine.tick(at(12));
    expect(engine.counters.rules['by']).toMatchObject({ groups: 0 });
  });

  it('a row that is years ahead does not make others late', () => {
    const engine = engineOf('  - name: many\n    when: { count: true, above: 2, window: 10s }');
    engine.tick(at(0));
    feed(engine, [{ s: 4e7 }]);
    feed(engine, [{ s: 1 }, { s: 1 }]);
    expect(engine.drain().map(short)).toEqual(['1.0 firing  3']);
  });

  it('a row older than the window is counted', () => {
    const engine = engineOf('  - name: many\n    when: { count: true, above: 2, window: 10s }');
    feed(engine, [{ s: 100 }]);
    feed(engine, [{ s: 50 }]);
    expect(engine.counters.rules['many']).toMatchObject({ lateRows: 1, matched: 2 });
  });
});

describe('replaced rules', () => {
  const yaml = (text: string) =>
    rulesOf(`alerts:\n  - name: many\n    when: { count: true, above: 1, window: 10s }\n    ${text}`);

  it('keep their state where they ask the same, and resolve where they are gone', () => {
    const engine = new AlertEngine(yaml(''), { maxGroups: 10, lateness_us: 0 });
    feed(engine, [{ s: 1 }]);
    engine.replaceRules(yaml('severity: critical'));
    feed(engine, [{ s: 2 }]);
    expect(engine.drain().map(({ severity, state }) => [severity, state])).toEqual([['critical', 'firing']]);
    engine.tick(at(3));
    engine.replaceRules(yaml('filter: fate == dropped'));
    expect(engine.drain().map(short)).toEqual(['3.0 resolved  2']);
    expect(engine.firing()).toEqual([]);
  });

  it('two of one name are refused', () => {
    expect(() => new AlertEngine([...yaml(''), ...yaml('')], { maxGroups: 1 })).toThrow('two rules "many"');
  });
});
