import { describe, expect, it } from 'vitest';
import { at, feed } from './testing/rows.js';
import { engineOf, every, run, short } from './testing/run.js';

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
    expect(run(engineOf(yaml), [row(0, 'dropped'), row(1, 'dropped')])).toEqual([]);
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
